#include "unidg/editing/likeness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace unidg::editing {
namespace {

constexpr int kFewest = 60;           // pixels of a ring that tell anything
constexpr double kLargestShift = 30;  // levels between two exposures of one product
// Overlap of the colours: below another surface, above the same.
constexpr double kOther = 0.45, kSame = 0.65;
constexpr double kTextureFactor = 3;  // ratio of fine texture from which surfaces differ
constexpr int kBins = 32;             // of 8 levels each, smoothed

struct Ring {
  int pixels = 0;
  std::array<double, 3> median{};
  std::array<cv::Mat, 3> levels;  ///< CV_32FC1 [256], share of the pixels at each level
  double texture = 0;             ///< mean absolute difference from a small blur, levels
};

cv::Mat ring_of(const cv::Mat& mask) {
  const double width = std::max(5.0, 0.3 * std::sqrt(static_cast<double>(cv::countNonZero(mask))));
  cv::Mat distance;
  cv::distanceTransform(mask == 0, distance, cv::DIST_L2, 3);
  return (distance > 2) & (distance <= width + 2);  // the mask's very edge is of both
}

Ring describe(const cv::Mat& rgb, const cv::Mat& mask) {
  Ring out;
  const cv::Mat ring = ring_of(mask);
  out.pixels = cv::countNonZero(ring);
  if (out.pixels < kFewest) return out;
  cv::Mat smooth, difference;
  cv::GaussianBlur(rgb, smooth, {}, 1.5);
  cv::absdiff(rgb, smooth, difference);
  out.texture = cv::sum(cv::mean(difference, ring))[0] / 3;
  for (int c = 0; c < 3; ++c) {
    cv::Mat channel;
    cv::extractChannel(rgb, channel, c);
    const int bins = 256;
    const float range[] = {0, 256};
    const float* ranges = range;
    cv::calcHist(&channel, 1, nullptr, ring, out.levels[static_cast<std::size_t>(c)], 1, &bins, &ranges);
    auto& levels = out.levels[static_cast<std::size_t>(c)];
    levels /= out.pixels;
    double below = 0;
    int at = 0;
    while (at < 255 && (below += levels.at<float>(at)) < 0.5) ++at;
    out.median[static_cast<std::size_t>(c)] = at;
  }
  return out;
}

/// Levels in coarse bins, moved by `shift` and smoothed.
cv::Mat coarse(const cv::Mat& levels, double shift) {
  cv::Mat out = cv::Mat::zeros(1, kBins, CV_32FC1);
  for (int i = 0; i < 256; ++i) {
    const int bin = std::clamp(static_cast<int>((i + shift) * kBins / 256), 0, kBins - 1);
    out.at<float>(bin) += levels.at<float>(i);
  }
  cv::GaussianBlur(out, out, {5, 1}, 1.0, 1.0, cv::BORDER_REPLICATE);
  return out / std::max(cv::sum(out)[0], 1e-9);
}

double ramp(double low, double high, double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); }

}  // namespace

SurfaceLikeness compare_surfaces(const cv::Mat& a, const cv::Mat& mask_a, const cv::Mat& b,
                                 const cv::Mat& mask_b) {
  const auto ring_a = describe(a, mask_a), ring_b = describe(b, mask_b);
  SurfaceLikeness out;
  if (ring_a.pixels < kFewest || ring_b.pixels < kFewest) return out;
  double overlap = 1, largest = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const double shift = ring_b.median[c] - ring_a.median[c];
    cv::Mat both;
    cv::min(coarse(ring_a.levels[c], shift), coarse(ring_b.levels[c], 0), both);
    overlap = std::min(overlap, cv::sum(both)[0]);
    largest = std::max(largest, std::abs(shift));
    out.shift[static_cast<int>(c)] = shift;
  }
  const double factor =
      (std::max(ring_a.texture, ring_b.texture) + 1) / (std::min(ring_a.texture, ring_b.texture) + 1);
  out.same = ramp(kOther, kSame, overlap) * (1 - ramp(kLargestShift, 1.5 * kLargestShift, largest)) *
             (1 - ramp(0.6 * kTextureFactor, kTextureFactor, factor));
  return out;
}

}  // namespace unidg::editing
