#pragma once
#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::evaluation {

/// What identifies a photo.
struct Fingerprint {
  std::string sha256;  ///< of size and decoded RGB samples
  std::array<std::uint64_t, 4>
      brighter{};  ///< 256-bit difference hash: is a cell brighter than its left neighbour
  cv::Mat detail;  ///< fine structure at 256 x 256: CV_16SC1, grey minus its blur, x 64
};
Fingerprint fingerprint(const Image& image);

/// Bits in which two difference hashes differ, 0 .. 256.
int hash_distance(const std::array<std::uint64_t, 4>& a, const std::array<std::uint64_t, 4>& b);
std::string hash_hex(const std::array<std::uint64_t, 4>& hash);

/// The photo that is most like a given one.
struct NearestPhoto {
  std::size_t index = 0;
  double similarity = -1;  ///< [-1, 1]
};

/// Tells copies from photos of another specimen. Aligned photos of one product agree almost everywhere, so
/// what all photos of the product share (mean and deviation of the good ones) is taken out first; what is
/// left, grain and position, is compared by correlation. docs/evaluation.md, "Guards", has the measured
/// levels.
class PhotoIndex {
 public:
  /// @param typical good photos of the product; fewer than 8 are not used
  explicit PhotoIndex(const std::vector<Fingerprint>& typical);
  void add(const Fingerprint& photo);
  std::size_t size() const;

  /// Correlation of each query with each photo added: CV_32FC1, queries x size().
  cv::Mat similarities(const std::vector<Fingerprint>& queries) const;
  std::vector<NearestPhoto> nearest(const std::vector<Fingerprint>& queries) const;

 private:
  void append_characteristic(const Fingerprint& photo, std::vector<float>& rows) const;
  cv::Mat mean_, deviation_;   ///< CV_32FC1 or empty
  std::vector<float> photos_;  ///< one row a photo, each of length 1
};

/// Finds pixels that were taken over unchanged: blocks of 8 x 8 grey values which are found in two
/// photographs only when one was copied, for sensor noise never repeats. Flat and saturated blocks do not
/// count.
class BlockIndex {
 public:
  /// @param where only blocks whose centre lies there; CV_8UC1 of the picture's size
  void add(const Image& image, const Mask& where);
  /// The picture added from which most blocks come.
  struct Hit {
    std::size_t index = 0;
    int blocks = 0;
  };
  Hit most(const Image& image, const Mask& where) const;

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> owner_;
  std::uint32_t added_ = 0;
};

}  // namespace unidg::evaluation
