#include "unidg/dataset/sets/duplicates.h"

#include <algorithm>
#include <bit>
#include <opencv2/imgproc.hpp>

namespace unidg::dataset::sets {
namespace {

cv::Mat grey(const Image& image, cv::Size size) {
  cv::Mat out;
  cv::resize(image.rgb8(), out, size, 0, 0, cv::INTER_AREA);  // before the colours: an eighth of the work
  cv::cvtColor(out, out, cv::COLOR_RGB2GRAY);
  out.convertTo(out, CV_32F);
  return out;
}

cv::Mat fine_structure(const Image& image) {
  cv::Mat out = grey(image, {64, 64}), blurred;
  cv::GaussianBlur(out, blurred, {0, 0}, 3);
  out -= blurred;
  out -= cv::mean(out)[0];
  return out;
}

std::uint16_t band(const PictureHash& hash, int number) {
  return static_cast<std::uint16_t>(hash[static_cast<std::size_t>(number / 4)] >> number % 4 * 16);
}

}  // namespace

PictureHash picture_hash(const Image& image) {
  PictureHash out{};
  const cv::Mat cells = grey(image, {17, 16});
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x)
      if (cells.at<float>(y, x + 1) > cells.at<float>(y, x))
        out[static_cast<std::size_t>(y / 4)] |= std::uint64_t{1} << (y % 4 * 16 + x);
  return out;
}

int distance(const PictureHash& a, const PictureHash& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) bits += std::popcount(a[i] ^ b[i]);
  return bits;
}

double likeness(const Image& a, const Image& b) {
  const cv::Mat x = fine_structure(a), y = fine_structure(b);
  const double length = cv::norm(x) * cv::norm(y);
  if (length < 1e-6) return cv::norm(x) < 1e-3 && cv::norm(y) < 1e-3 ? 1 : 0;  // two flat pictures
  return x.dot(y) / length;
}

std::vector<std::uint32_t> NearIndex::near_then_add(const PictureHash& hash) {
  std::vector<std::uint32_t> out;
  for (int i = 0; i < 16; ++i) {
    for (const auto known : bands_[static_cast<std::size_t>(i)][band(hash, i)]) {
      const auto& other = hashes_[known];
      bool is_seen = false;  // in an earlier band
      for (int j = 0; j < i && !is_seen; ++j) is_seen = band(hash, j) == band(other, j);
      if (!is_seen && distance(hash, other) <= kFarthest) out.push_back(known);
    }
  }
  std::sort(out.begin(), out.end());
  const auto number = static_cast<std::uint32_t>(hashes_.size());
  hashes_.push_back(hash);
  for (int i = 0; i < 16; ++i) bands_[static_cast<std::size_t>(i)][band(hash, i)].push_back(number);
  return out;
}

}  // namespace unidg::dataset::sets
