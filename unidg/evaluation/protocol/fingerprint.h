#pragma once
#include <cstdint>
#include <opencv2/core.hpp>
#include <unordered_map>
#include <vector>

#include "unidg/image/identity.h"

namespace unidg::evaluation {

/// What identifies a photo, and what tells it from photos of the same product.
struct Fingerprint : PhotoIdentity {
  cv::Mat detail;  ///< fine structure at 256 x 256: CV_16SC1, grey minus its blur, x 64
};
Fingerprint fingerprint(const Image& image);

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
