#include "unidg/editing/defect_layer.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace unidg::editing {
namespace {

constexpr int kSoftEdge = 2;            // pixels beside the mask that still belong to the defect
constexpr double kSpan = 12.0;          // levels from "surface" to "defect" on a perfectly even surface
constexpr double kHueSpan = 6.0;        // the same for colour without lightness
constexpr double kClearShare = 0.12;    // share of the mask that must be clear for the matte to say anything
constexpr double kTextured = 4.0;       // levels of detail from which a surface has a texture to differ from
constexpr double kStrongEnough = 30.0;  // levels from which a defect keeps its own fine detail
constexpr double kMaxGrain = 12.0;      // levels of the surface's own texture that do not count as strength
constexpr double kThin = 2.0;           // a mask this thin is drawn exactly: it is the matte itself;
constexpr double kThick = 6.0;          // one this thick may be loose

/// A disc; larger ones are squares, which are fast and whose corners the smoothing afterwards hides.
cv::Mat element(double reach) {
  const int r = std::max(1, static_cast<int>(reach)), side = 2 * r + 1;
  return cv::getStructuringElement(r <= 2 ? cv::MORPH_ELLIPSE : cv::MORPH_RECT, {side, side});
}

/// The surface that the mask is compared with: a ring around its grown form.
struct Surroundings {
  cv::Mat hole, ring;   ///< CV_8UC1
  double width;         ///< of the ring, pixels
  cv::Mat detail;       ///< CV_32FC1: local strength of the texture, levels
  double usual_detail;  ///< in the ring
};

/// Gaussian mean; a wide one is taken at lower resolution, where it costs next to nothing.
cv::Mat blurred(const cv::Mat& image, double sigma) {
  cv::Mat out;
  const int step = static_cast<int>(sigma / 1.5);
  if (step < 2) {
    cv::GaussianBlur(image, out, {}, sigma, sigma, cv::BORDER_REPLICATE);
    return out;
  }
  const cv::Size size(std::max(1, image.cols / step), std::max(1, image.rows / step));
  cv::resize(image, out, size, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(out, out, {}, sigma / step, sigma / step, cv::BORDER_REPLICATE);
  cv::resize(out, out, image.size(), 0, 0, cv::INTER_LINEAR);
  return out;
}

/// Largest difference of the three channels.
cv::Mat largest_difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference, planes[3], out;
  cv::absdiff(a, b, difference);
  cv::split(difference, planes);
  cv::max(planes[0], planes[1], out);
  cv::max(out, planes[2], out);
  return out;
}

float quantile_under(const cv::Mat& values, const cv::Mat& where, double q) {
  std::vector<float> list;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (where.at<std::uint8_t>(y, x)) list.push_back(values.at<float>(y, x));
  if (list.empty()) return 0;
  const auto at = list.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(list.size() - 1));
  std::nth_element(list.begin(), at, list.end());
  return *at;
}

/// Mean of the surroundings, weighted by nearness, without the hole.
cv::Mat local_surface(const cv::Mat& image, const cv::Mat& hole, double sigma) {
  cv::Mat weight, weights, sum;
  cv::Mat(hole == 0).convertTo(weight, CV_32F, 1.0 / 255);
  cv::cvtColor(weight, weights, cv::COLOR_GRAY2RGB);
  cv::multiply(image, weights, sum);
  cv::Mat out;
  cv::divide(blurred(sum, sigma), blurred(weights, sigma) + cv::Scalar::all(1e-6), out);
  return out;
}

Surroundings surroundings_of(const cv::Mat& colour, const cv::Mat& grown, double size) {
  Surroundings out{grown, {}, std::max(4.0, 0.3 * size), {}, 0};
  cv::Mat distance;
  cv::distanceTransform(grown == 0, distance, cv::DIST_L2, 3);
  out.ring = (distance <= out.width) & (grown == 0);
  out.detail = blurred(largest_difference(colour, blurred(colour, 1.5)), std::max(1.5, 0.05 * size));
  out.usual_detail = quantile_under(out.detail, out.ring, 0.5);
  return out;
}

/// How clearly a picture, averaged over `sigma` pixels, differs from its surface: 0 up to the variation that
/// the ring around the mask shows by itself (a quantile of it), 1 when it exceeds that by as much again and
/// by `span` levels at least.
cv::Mat clear_difference(const cv::Mat& picture, const cv::Mat& surface, const Surroundings& around,
                         double sigma, double quantile, double span) {
  const auto averaged = blurred(picture, sigma);
  const auto local = local_surface(picture, around.hole, std::max(around.width / 2.0, 2 * sigma));
  const double usual = quantile_under(largest_difference(averaged, local), around.ring, quantile);
  const cv::Mat matte = (largest_difference(averaged, surface) - usual) / std::max(span, usual);
  return cv::min(cv::max(matte, 0.0), 1.0);
}

/// The colour without its lightness: a greenish wire on a brownish weave is clear here at once.
cv::Mat hue_of(const cv::Mat& rgb) {
  cv::Mat grey, levels;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, levels, cv::COLOR_GRAY2RGB);
  return rgb - levels;
}

/// Where the surface is rougher or smoother than around the mask: a shard on a weave may have the weave's
/// mean colour.
cv::Mat other_texture(const Surroundings& around) {
  if (around.usual_detail < kTextured) return cv::Mat::zeros(around.hole.size(), CV_32FC1);
  cv::Mat level;
  cv::log(around.detail / around.usual_detail + 1e-3, level);
  const cv::Mat matte = (cv::abs(level) - 0.5) / 0.4;  // from a factor of 1.65 on, clear at 2.5
  return cv::min(cv::max(matte, 0.0), 1.0);
}

/// The picture averaged over the surface's grain where the defect is weak: wood's lines do not belong to a
/// stain on wood.
cv::Mat without_grain(const cv::Mat& colour, const cv::Mat& strength, const Surroundings& around,
                      double size) {
  const double grainy = std::clamp((around.usual_detail - 2) / 4, 0.0, 1.0);
  if (grainy == 0) return colour;
  cv::Mat weak = (kStrongEnough - strength) / (kStrongEnough / 2), weights, out;
  weak = cv::min(cv::max(weak, 0.0), 1.0) * grainy;
  cv::cvtColor(weak, weights, cv::COLOR_GRAY2RGB);
  const cv::Mat averaged = blurred(colour, std::max(1.5, 0.1 * size)) - colour;
  cv::multiply(averaged, weights, out);
  return colour + out;
}

/// Components of at least a tenth of the largest one's area.
cv::Mat main_parts(const cv::Mat& mask) {
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8);
  int largest = 0;
  for (int i = 1; i < count; ++i) largest = std::max(largest, stats.at<int>(i, cv::CC_STAT_AREA));
  cv::Mat out = mask.clone();
  for (int i = 1; i < count; ++i)
    if (10 * stats.at<int>(i, cv::CC_STAT_AREA) < largest) out.setTo(0, labels == i);
  return out;
}

/// Closes small gaps, then fills what is mostly surrounded by clear pixels: a defect is a thing, not a spray
/// of dots.
cv::Mat joined(const cv::Mat& matte, const cv::Mat& mask, double size) {
  cv::Mat closed, weight, share;
  cv::morphologyEx(matte, closed, cv::MORPH_CLOSE, element(0.05 * size));
  mask.convertTo(weight, CV_32F, 1.0 / 255);
  const double sigma = std::max(1.0, 0.07 * size);
  cv::divide(blurred(closed.mul(weight), sigma), blurred(weight, sigma) + 1e-3, share);
  cv::Mat filled = (share - 0.3) / 0.2;
  filled = cv::min(cv::max(filled, 0.0), 1.0);
  return cv::max(closed, filled);
}

}  // namespace

double mask_thickness(const cv::Mat& mask) {
  cv::Mat padded, distance;
  cv::copyMakeBorder(mask, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);
  cv::distanceTransform(padded, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return std::max(1.0, 4 * cv::mean(distance, padded)[0] - 2);
}

cv::Mat continue_smoothly(const cv::Mat& image, const cv::Mat& hole) {
  // Push: halve image and weight until nothing is unknown.
  std::vector<cv::Mat> sums(1), weights(1);
  cv::Mat known;
  cv::Mat(hole == 0).convertTo(known, CV_32F, 1.0 / 255);
  cv::cvtColor(known, weights[0], cv::COLOR_GRAY2RGB);
  cv::multiply(image, weights[0], sums[0]);
  while (std::max(sums.back().cols, sums.back().rows) > 1) {
    cv::Mat sum, weight;
    cv::pyrDown(sums.back(), sum);
    cv::pyrDown(weights.back(), weight);
    sums.push_back(sum);
    weights.push_back(weight);
  }
  // Pull: what a level does not know comes from the coarser one.
  cv::Mat coarse;
  cv::divide(sums.back(), weights.back() + cv::Scalar::all(1e-6), coarse);
  for (std::size_t i = sums.size() - 1; i-- > 0;) {
    cv::Mat up, rest;
    cv::resize(coarse, up, sums[i].size(), 0, 0, cv::INTER_LINEAR);
    cv::Mat sure;
    cv::min(weights[i] * 4, 1.0, sure);  // a quarter known is known
    cv::Mat own;
    cv::divide(sums[i], weights[i] + cv::Scalar::all(1e-6), own);
    cv::multiply(own, sure, own);
    cv::subtract(cv::Scalar::all(1), sure, rest);
    cv::multiply(up, rest, up);
    coarse = own + up;
  }
  return coarse;
}

DefectLayer lift_defect(const cv::Mat& rgb, const cv::Mat& mask, double whole) {
  DefectLayer layer;
  rgb.convertTo(layer.colour, CV_32FC3);
  cv::Mat grown;
  cv::dilate(mask, grown, element(kSoftEdge));
  layer.background = continue_smoothly(layer.colour, grown);
  const double size = std::sqrt(static_cast<double>(cv::countNonZero(mask)));
  layer.background = blurred(layer.background, std::max(1.0, 0.05 * size));

  const auto surroundings = surroundings_of(layer.colour, grown, size);

  // The matte: fine detail by itself, and a textured defect by its mean over ever larger neighbourhoods.
  const auto hue = hue_of(layer.colour), surface_hue = hue_of(layer.background);
  // A texture's own dark and bright spots are usual; on an even surface the rare ones belong to something
  // else.
  const double textured = std::clamp((surroundings.usual_detail - kTextured) / (2 * kTextured), 0.0, 1.0);
  cv::Mat matte = cv::Mat::zeros(mask.size(), CV_32FC1);
  for (double sigma = 0.8; sigma < std::max(1.0, size / 6); sigma *= 2) {
    cv::max(
        matte,
        clear_difference(layer.colour, layer.background, surroundings, sigma, 0.8 + 0.15 * textured, kSpan),
        matte);
    cv::max(matte, clear_difference(hue, surface_hue, surroundings, sigma, 0.8, kHueSpan), matte);
  }
  cv::max(matte, other_texture(surroundings), matte);
  matte = joined(matte, mask, size);
  if (cv::countNonZero((matte > 0.5) & mask) < kClearShare * cv::countNonZero(mask)) matte = 1.0;
  const double exact = std::clamp((kThick - mask_thickness(mask)) / (kThick - kThin), 0.0, 1.0);
  cv::max(matte, std::max(exact, whole), matte);

  // How strong it is, beyond what the surface's texture does by itself; a weak stain leaves that texture
  // behind.
  const auto difference = largest_difference(layer.colour, layer.background);
  const auto local = local_surface(layer.colour, grown, surroundings.width / 2.0);
  const double grain = quantile_under(largest_difference(layer.colour, local), surroundings.ring, 0.8);
  cv::morphologyEx(difference, layer.strength, cv::MORPH_CLOSE, element(0.06 * size));
  layer.strength = cv::max(layer.strength - std::min(0.7 * grain, kMaxGrain), 0.0);
  const cv::Mat own = layer.colour;
  layer.colour = whole * own + (1 - whole) * without_grain(own, layer.strength, surroundings, size);
  layer.core = main_parts((matte > 0.5) & mask);
  cv::Mat soft_mask;
  mask.convertTo(soft_mask, CV_32F, 1.0 / 255);
  cv::dilate(soft_mask, soft_mask, element(1));
  cv::GaussianBlur(soft_mask, soft_mask, {}, 1.0);
  cv::GaussianBlur(matte, matte, {}, 0.7);
  layer.matte = matte.mul(soft_mask);
  return layer;
}

}  // namespace unidg::editing
