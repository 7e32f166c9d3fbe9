#include "unidg/image/identity.h"

#include <bit>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg {

cv::Mat grey_at(const cv::Mat& rgb, cv::Size size) {
  cv::Mat grey, out;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(grey, CV_32F);
  const bool shrinks = grey.cols > size.width;
  cv::resize(grey, out, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

PhotoIdentity identify(const Image& image) {
  PhotoIdentity out;
  const cv::Mat rgb = image.rgb8();
  std::string bytes = text(rgb.cols, "x", rgb.rows, ":");
  for (int y = 0; y < rgb.rows; ++y)
    bytes.append(reinterpret_cast<const char*>(rgb.ptr(y)), static_cast<std::size_t>(rgb.cols) * 3);
  out.sha256 = sha256_hex(bytes);

  const cv::Mat cells = grey_at(rgb, {17, 16});
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x)
      if (cells.at<float>(y, x + 1) > cells.at<float>(y, x))
        out.brighter[static_cast<std::size_t>(y / 4)] |= std::uint64_t{1} << (y % 4 * 16 + x);
  return out;
}

int hash_distance(const std::array<std::uint64_t, 4>& a, const std::array<std::uint64_t, 4>& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) bits += std::popcount(a[i] ^ b[i]);
  return bits;
}

std::string hash_hex(const std::array<std::uint64_t, 4>& hash) {
  std::string out;
  for (const auto word : hash)
    for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[word >> shift & 15];
  return out;
}

}  // namespace unidg
