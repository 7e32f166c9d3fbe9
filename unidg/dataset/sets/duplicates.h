#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "unidg/dataset/sets/set_folder.h"
#include "unidg/image/image.h"

namespace unidg::dataset::sets {

/// 256 bits: is a cell of a 17 x 16 grid brighter than its left neighbour.
using PictureHash = std::array<std::uint64_t, 4>;
PictureHash picture_hash(const Image& image);
/// Bits that differ. @param enough counting may stop beyond
int distance(const PictureHash& a, const PictureHash& b, int enough = 256);

/// Fine structure at 64 x 64, grey minus blur, of length 1: CV_32FC1, whatever the exposure. All zeros when
/// flat.
cv::Mat fine_structure(const Image& image);
/// Correlation of two fine structures, [-1, 1]. @param typical what all pictures of the product share, taken
/// out first: aligned photos of two specimens would pass for one; empty when not known
double likeness(const cv::Mat& a, const cv::Mat& b, const cv::Mat& typical = {});

/// Finds earlier hashes that are near. Exact for distances up to 15 (of 16 bands one must agree) as long as
/// no more than kMost pictures share a band; beyond, the latest kMost are compared, so that time stays
/// linear.
class NearIndex {
 public:
  static constexpr int kFarthest = 15;
  static constexpr std::size_t kMost = 1024;
  struct Near {
    std::uint32_t number = 0;
    int distance = 0;
  };
  /// Earlier numbers within kFarthest, the nearest first, then remembers `hash` under the next number.
  std::vector<Near> near_then_add(const PictureHash& hash);

 private:
  std::vector<PictureHash> hashes_;
  std::array<std::unordered_map<std::uint16_t, std::vector<std::uint32_t>>, 16> bands_;
};

/// Pictures counted as the same one encoded, resized or exposed again, or as two frames of one scene. Two
/// specimens of MVTec's bottle, pill and transistor stay below 0.77 (docs/data.md).
inline constexpr double kSamePicture = 0.85;

/// Finds the earlier picture of a set that shows the same, without holding pictures in memory.
class NearPictures {
 public:
  /// Reads the manifest once, to know which pictures stand for a product.
  explicit NearPictures(std::filesystem::path set);
  struct Found {
    std::uint32_t number = 0;  ///< of the earlier picture, in the order of the calls
    double likeness = 0;
  };
  /// @param compare false: the picture is only remembered
  std::optional<Found> find_then_add(const SetEntry& entry, const PictureHash& hash, bool compare = true);

 private:
  struct Product {
    std::vector<std::pair<std::uint64_t, std::string>>
        pictures;  ///< those that stand for it, by the hash of their id
    std::optional<cv::Mat> typical;
  };
  struct Seen {
    std::string picture;
    const Product* product;
  };
  Product& product_of(const SetEntry& entry);
  const cv::Mat& typical(Product& product);
  std::filesystem::path set_;
  std::map<std::string, Product> products_;
  std::vector<Seen> seen_;
  NearIndex index_;
};

}  // namespace unidg::dataset::sets
