#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "unidg/weights/scope.h"

namespace unidg::weights {

/// How one tensor is made of another source's tensors: rows of each piece, one below the other.
struct Recipe {
  struct Piece {
    std::string name;
    std::int64_t first_row = 0;
    std::int64_t rows = -1;  ///< -1: all of it, as it is
  };
  std::vector<Piece> pieces;        ///< a single piece is a view, several are concatenated when loaded
  std::vector<std::int64_t> shape;  ///< of the result
};

/// A source under other names: each tensor is made by its recipe when it is loaded. Names of `inner` that no
/// recipe uses stay visible under their own name, so that nothing is ignored in silence.
/// @param note added to the description, for messages
std::shared_ptr<Source> recipe_source(std::shared_ptr<Source> inner, std::map<std::string, Recipe> recipes,
                                      const std::string& note);

/// Weights in fp8 with a scale beside them (`<layer>.scale_weight` or `<layer>.weight_scale`): W
/// = float(w8)
/// * scale, in bf16. Scales and markers disappear from the names. A source without such scales is returned
/// unchanged.
std::shared_ptr<Source> unscale_fp8(std::shared_ptr<Source> inner);

}  // namespace unidg::weights
