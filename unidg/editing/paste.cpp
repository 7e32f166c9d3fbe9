#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/editing/diptych.h"

namespace unidg::editing {
namespace {

constexpr std::size_t kEnoughPixels = 32;  // a narrower ring says too little about the tone

/// The samples of a window as R, G, B in [0, 255], 16 bit kept as fractions.
cv::Mat rgb_values(const cv::Mat& pixels) {
  cv::Mat scaled, out;
  const double scale = pixels.depth() == CV_16U ? 1.0 / 257 : 1.0;
  pixels.convertTo(scaled, CV_32F, scale);
  switch (scaled.channels()) {
    case 1:
      cv::cvtColor(scaled, out, cv::COLOR_GRAY2RGB);
      break;
    case 4:
      cv::cvtColor(scaled, out, cv::COLOR_RGBA2RGB);
      break;
    default:
      out = scaled;
  }
  return out;
}

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Differences under `where`, channel by channel.
std::array<std::vector<float>, 3> values_under(const cv::Mat& differences, const cv::Mat& where) {
  std::array<std::vector<float>, 3> out;
  for (int y = 0; y < where.rows; ++y)
    for (int x = 0; x < where.cols; ++x)
      if (where.at<std::uint8_t>(y, x))
        for (std::size_t c = 0; c < 3; ++c)
          out[c].push_back(differences.at<cv::Vec3f>(y, x)[static_cast<int>(c)]);
  return out;
}

template <typename Sample>
void blend(cv::Mat& canvas, const cv::Mat& painted, const cv::Mat& alpha) {
  constexpr float kScale = sizeof(Sample) == 2 ? 257.0f : 1.0f;
  constexpr float kWhite = 255.0f * kScale;
  const int channels = canvas.channels(), colours = std::min(channels, 3);  // a fourth channel is alpha: kept
  for (int y = 0; y < canvas.rows; ++y) {
    auto* pixel = canvas.ptr<Sample>(y);
    for (int x = 0; x < canvas.cols; ++x, pixel += channels) {
      const float a = alpha.at<float>(y, x);
      if (a <= 0) continue;
      const auto colour = painted.at<cv::Vec3f>(y, x);
      for (int c = 0; c < colours; ++c) {
        const float value = kScale * (channels == 1 ? (colour[0] + colour[1] + colour[2]) / 3 : colour[c]);
        const float mixed =
            static_cast<float>(pixel[c]) + std::min(a, 1.0f) * (value - static_cast<float>(pixel[c]));
        pixel[c] = static_cast<Sample>(std::lround(std::clamp(mixed, 0.0f, kWhite)));
      }
    }
  }
}

}  // namespace

cv::Scalar ring_offset(const cv::Mat& painted, const Image& source, const Mask& used,
                       const cv::Rect& window) {
  const cv::Mat difference = rgb_values(source.pixels()(window)) - painted;
  cv::Mat kept, near, distance;
  cv::bitwise_not(used.pixels()(window), kept);
  if (cv::countNonZero(kept) == 0) return {};  // nothing to compare with
  cv::distanceTransform(kept, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  const double reach = std::max(4.0, std::max(window.width, window.height) / 8.0);
  near = kept & (distance <= reach);
  auto values = values_under(difference, near);
  if (values[0].size() < kEnoughPixels) values = values_under(difference, kept);
  return {median(values[0]), median(values[1]), median(values[2])};
}

void paste_back(Image& canvas, const cv::Mat& painted, const cv::Rect& window, const cv::Mat& alpha) {
  if (painted.type() != CV_32FC3 || painted.size() != window.size() || alpha.type() != CV_32FC1 ||
      alpha.size() != canvas.pixels().size())
    throw Error("paste_back: a window of ", window.width, " x ", window.height, " with ", painted.cols, " x ",
                painted.rows, " painted pixels and ", alpha.cols, " x ", alpha.rows,
                " of alpha for a canvas of ", canvas.width(), " x ", canvas.height());
  cv::Mat region = canvas.pixels()(window);
  if (region.depth() == CV_16U)
    blend<std::uint16_t>(region, painted, alpha(window));
  else
    blend<std::uint8_t>(region, painted, alpha(window));
}

}  // namespace unidg::editing
