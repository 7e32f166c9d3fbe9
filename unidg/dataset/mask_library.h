#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "unidg/dataset/masks.h"

namespace unidg::dataset {

/// Masks of real or published defects, given to scenes that have none of their own.
/// `like:DIR` turns, mirrors, scales and places one of them on the product (placed_mask);
/// `from:DIR` takes them as they are, one after the other, resized to the scene (a published set's masks).
struct MaskLibrary {
  enum class Use { Placed, AsTheyAre };
  Use use = Use::Placed;
  std::vector<std::filesystem::path> files;  ///< in natural order: 2 before 10

  /// @param words "like:DIR" or "from:DIR"; anything else is no library
  /// @throws InputError when DIR holds no mask
  static std::optional<MaskLibrary> parse(const std::string& words);

  const char* name() const { return use == Use::Placed ? "like" : "from"; }

  /// The mask of one item. @param foreground the product in the item's scene  @param layout of the scene
  /// @param number the item's place in the plan: which mask is taken as it is
  /// @throws InputError for a file that is no mask, or an empty one
  Mask draw(const Mask& foreground, const SceneLayout& layout, std::size_t number, const MaskConfig& config,
            Rng& rng) const;
};

/// The masks below a folder: those of its references (MVTec layout, a folder that unidg wrote, image/ with
/// mask/), else every picture in it. Natural order. @throws InputError when there is none
std::vector<std::filesystem::path> list_masks(const std::filesystem::path& folder);

}  // namespace unidg::dataset
