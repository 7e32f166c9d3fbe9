#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::dataset::sets {

/// 256 bits: is a cell of a 17 x 16 grid brighter than its left neighbour.
using PictureHash = std::array<std::uint64_t, 4>;
PictureHash picture_hash(const Image& image);
int distance(const PictureHash& a, const PictureHash& b);

/// Likeness of two pictures in their fine structure at 64 x 64, grey minus blur: correlation, [-1, 1].
double likeness(const Image& a, const Image& b);

/// Finds earlier hashes that are near. Exact for distances up to 15: of 16 bands one must agree.
class NearIndex {
 public:
  static constexpr int kFarthest = 15;
  /// Earlier numbers within kFarthest, in their order, then remembers `hash` under the next number.
  std::vector<std::uint32_t> near_then_add(const PictureHash& hash);

 private:
  std::vector<PictureHash> hashes_;
  std::array<std::unordered_map<std::uint16_t, std::vector<std::uint32_t>>, 16> bands_;
};

/// Pictures counted as the same one encoded, resized or exposed again.
inline constexpr double kSamePicture = 0.9;

}  // namespace unidg::dataset::sets
