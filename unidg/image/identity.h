#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "unidg/image/image.h"

namespace unidg {

/// What identifies a photo wherever its file went: training lists (docs/evaluation.md, "Guards") keep both.
struct PhotoIdentity {
  std::string sha256;  ///< of the text "WIDTHxHEIGHT:" and the decoded RGB samples
  std::array<std::uint64_t, 4>
      brighter{};  ///< 256-bit difference hash: is a cell brighter than its left neighbour
};
PhotoIdentity identify(const Image& image);

/// Bits in which two difference hashes differ, 0 .. 256.
int hash_distance(const std::array<std::uint64_t, 4>& a, const std::array<std::uint64_t, 4>& b);
/// 64 hexadecimal digits.
std::string hash_hex(const std::array<std::uint64_t, 4>& hash);

/// Grey values at another size, CV_32FC1: area means when it shrinks, linear when it grows. @param rgb
/// CV_8UC3
cv::Mat grey_at(const cv::Mat& rgb, cv::Size size);

}  // namespace unidg
