#include "unidg/editing/likeness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/image/foreground.h"

namespace unidg::editing {
namespace {

constexpr int kFewest = 60;           // pixels of a ring that tell anything
constexpr double kWidestShift = 40;   // levels that a region is moved by
constexpr double kLargestShift = 30;  // levels between two exposures of one product
// Overlap of the colours: below another surface, above the same.
constexpr double kOther = 0.45, kSame = 0.65;
constexpr int kPictureSide = 128;
// The same for whole pictures.
constexpr double kOtherProduct = 0.6, kSameProduct = 0.75;
constexpr double kTextureFactor = 3;  // ratio of fine texture from which surfaces differ
constexpr double kWidestGain = 3;     // between two exposures of one product
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

/// Share of the pixels at each level of a channel, CV_32FC1 [256].
cv::Mat levels_of(const cv::Mat& rgb, int channel, const cv::Mat& where) {
  cv::Mat plane, out;
  cv::extractChannel(rgb, plane, channel);
  const int bins = 256;
  const float range[] = {0, 256};
  const float* ranges = range;
  cv::calcHist(&plane, 1, nullptr, where, out, 1, &bins, &ranges);
  return out / std::max(cv::sum(out)[0], 1.0);
}

/// Level that half of the pixels lie below. @param levels CV_32FC1 [256]
int median_of(const cv::Mat& levels) {
  double below = 0;
  int at = 0;
  while (at < 255 && (below += levels.at<float>(at)) < 0.5) ++at;
  return at;
}

double texture_of(const cv::Mat& rgb, const cv::Mat& where) {
  cv::Mat smooth, difference;
  cv::GaussianBlur(rgb, smooth, {}, 1.5);
  cv::absdiff(rgb, smooth, difference);
  return cv::sum(cv::mean(difference, where))[0] / 3;
}

Ring describe(const cv::Mat& rgb, const cv::Mat& mask) {
  Ring out;
  const cv::Mat ring = ring_of(mask);
  out.pixels = cv::countNonZero(ring);
  if (out.pixels < kFewest) return out;
  out.texture = texture_of(rgb, ring);
  for (int c = 0; c < 3; ++c) {
    auto& levels = out.levels[static_cast<std::size_t>(c)] = levels_of(rgb, c, ring);
    out.median[static_cast<std::size_t>(c)] = median_of(levels);
  }
  return out;
}

/// Levels in coarse bins, multiplied by `gain`, moved by `shift` and smoothed.
cv::Mat coarse(const cv::Mat& levels, double shift, double gain = 1) {
  cv::Mat out = cv::Mat::zeros(1, kBins, CV_32FC1);
  for (int i = 0; i < 256; ++i) {
    const int bin = std::clamp(static_cast<int>((i * gain + shift) * kBins / 256), 0, kBins - 1);
    out.at<float>(bin) += levels.at<float>(i);
  }
  cv::GaussianBlur(out, out, {5, 1}, 1.0, 1.0, cv::BORDER_REPLICATE);
  return out / std::max(cv::sum(out)[0], 1e-9);
}

cv::Mat at_most(const cv::Mat& picture, int side) {
  const double scale = static_cast<double>(side) / std::max(picture.cols, picture.rows);
  if (scale >= 1) return picture;
  cv::Mat out;
  cv::resize(picture, out, {}, scale, scale, cv::INTER_AREA);
  return out;
}

/// The product of a photo.
struct Product {
  std::array<cv::Mat, 3> levels;  ///< CV_32FC1 [256] of each channel
  double median = 0;              ///< of its grey levels
  double texture = 0;             ///< as Ring's
};

Product product_in(const cv::Mat& photo) {
  const auto small = at_most(photo, kPictureSide);
  const auto where = foreground(Image(small)).pixels();
  Product out;
  for (int c = 0; c < 3; ++c) out.levels[static_cast<std::size_t>(c)] = levels_of(small, c, where);
  cv::Mat grey;
  cv::cvtColor(small, grey, cv::COLOR_RGB2GRAY);
  out.median = median_of(levels_of(grey, 0, where));
  out.texture = texture_of(small, where);
  return out;
}

double ramp(double low, double high, double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); }

/// Overlap of the levels, one's multiplied by `gain`, as a likeness.
double likeness_of(const Product& one, const Product& other, double gain) {
  double overlap = 1;
  for (std::size_t c = 0; c < 3; ++c) {
    cv::Mat both;
    cv::min(coarse(one.levels[c], 0, gain), coarse(other.levels[c], 0), both);
    overlap = std::min(overlap, cv::sum(both)[0]);
  }
  return ramp(kOtherProduct, kSameProduct, overlap);
}

}  // namespace

int median_level(const cv::Mat& rgb, int channel, const cv::Mat& where) {
  return median_of(levels_of(rgb, channel, where));
}

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
    out.from[static_cast<int>(c)] = ring_a.median[c];
    out.shift[static_cast<int>(c)] = std::clamp(shift, -kWidestShift, kWidestShift);
  }
  const double factor =
      (std::max(ring_a.texture, ring_b.texture) + 1) / (std::min(ring_a.texture, ring_b.texture) + 1);
  out.same = ramp(kOther, kSame, overlap) * (1 - ramp(kLargestShift, 1.5 * kLargestShift, largest)) *
             (1 - ramp(0.6 * kTextureFactor, kTextureFactor, factor));
  return out;
}

double compare_pictures(const cv::Mat& a, const cv::Mat& b) {
  return likeness_of(product_in(a), product_in(b), 1);
}

ProductLikeness compare_products(const cv::Mat& a, const cv::Mat& b) {
  const auto one = product_in(a), other = product_in(b);
  ProductLikeness out{likeness_of(one, other, 1), 1};
  if (out.same > 0) return out;
  const double gain = other.median / std::max(one.median, 1.0);
  if (gain < 1 / kWidestGain || gain > kWidestGain) return out;
  const double factor =
      (std::max(gain * one.texture, other.texture) + 1) / (std::min(gain * one.texture, other.texture) + 1);
  const double same =
      likeness_of(one, other, gain) * (1 - ramp(0.6 * kTextureFactor, kTextureFactor, factor));
  return same > 0 ? ProductLikeness{same, gain} : out;
}

MaskedImage exposed(const MaskedImage& reference, double gain) {
  if (gain == 1) return reference;
  cv::Mat brighter;
  reference.image.rgb8().convertTo(brighter, CV_8UC3, gain);
  return {Image(brighter), reference.mask};
}

}  // namespace unidg::editing
