#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/baselines/crop_paste.h"
#include "unidg/baselines/settings.h"
#include "unidg/editing/alignment.h"
#include "unidg/editing/fit.h"
#include "unidg/image/foreground.h"

namespace unidg::baselines {

using editing::best_fit;
using editing::Fit;
using editing::lay;

namespace {

constexpr double kRing = 0.35;       // width of the surroundings / square root of the defect's area
constexpr int kFewest = 40;          // pixels that give statistics
constexpr double kFade = 0.15;       // widest feather / square root of the label's area
constexpr double kBendBelow = 0.75;  // overlap of the rigid fit below which bending is tried

cv::Rect grown(const cv::Rect& box, int margin, cv::Size frame) {
  return cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) &
         cv::Rect({0, 0}, frame);
}

/// The defect and its mask in a region of the target.
struct Laid {
  cv::Mat rgb, mask;  ///< CV_8UC3, CV_8UC1
};

Laid lay_rigidly(const MaskedImage& reference, const Fit& fit, const cv::Rect& region) {
  return {lay(reference.image.rgb8(), fit, region, cv::BORDER_REPLICATE),
          lay(reference.mask.pixels(), fit, region, cv::BORDER_CONSTANT) > 127};
}

/// Bent along the mask (editing/alignment), averaged first where it shrinks.
Laid lay_along(const MaskedImage& reference, const Mask& asked, const Fit& fit, const cv::Rect& region) {
  const double shrink = std::min(1.0, fit.scale);
  cv::Mat rgb = reference.image.rgb8(), mask = reference.mask.pixels();
  if (shrink < 1) {
    const cv::Size size(std::max(1, cvRound(rgb.cols * shrink)), std::max(1, cvRound(rgb.rows * shrink)));
    cv::resize(rgb, rgb, size, 0, 0, cv::INTER_AREA);
    cv::resize(mask, mask, size, 0, 0, cv::INTER_AREA);
    mask = mask > 63;  // thin defects survive
    if (cv::countNonZero(mask) == 0) return {};
  }
  const auto map = editing::align_defect(mask, asked.pixels()(region));
  Laid out;
  cv::remap(rgb, out.rgb, map, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::remap(mask, out.mask, map, {}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  out.mask = out.mask > 127;
  return out;
}

double overlap_of(const cv::Mat& a, const cv::Mat& b) {
  return static_cast<double>(cv::countNonZero(a & b)) / std::max(1, cv::countNonZero(a | b));
}

/// Lab (OpenCV's float Lab) around a mask, on the product.
struct Surroundings {
  cv::Scalar median, mean, deviation;
  int pixels = 0;
};

double median_under(const cv::Mat& lab, int channel, const cv::Mat& mask) {
  std::vector<float> values;
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x)
      if (mask.at<std::uint8_t>(y, x)) values.push_back(lab.at<cv::Vec3f>(y, x)[channel]);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Surroundings surroundings(const Image& image, const Mask& mask) {
  const int width = std::max(4, cvRound(kRing * std::sqrt(mask.area())));
  const auto region = grown(mask.box(), width, mask.pixels().size());
  const cv::Mat inside = mask.pixels()(region), product = foreground(image).pixels()(region);
  cv::Mat outside, distance, rgb, lab;
  cv::bitwise_not(inside, outside);
  cv::distanceTransform(outside, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  cv::Mat ring = (distance > 1.5) & (distance <= width);  // the mask's very edge is of both
  if (cv::countNonZero(ring & product) >= kFewest) ring &= product;
  Image(image.pixels()(region)).rgb8().convertTo(rgb, CV_32FC3, 1.0 / 255);
  cv::cvtColor(rgb, lab, cv::COLOR_RGB2Lab);
  Surroundings out;
  out.pixels = cv::countNonZero(ring);
  if (out.pixels < kFewest) return out;
  cv::meanStdDev(lab, out.mean, out.deviation, ring);
  for (int channel = 0; channel < 3; ++channel) out.median[channel] = median_under(lab, channel, ring);
  return out;
}

/// Lab' = (Lab - surface of the reference) * gain + surface of the target. "mean-std" is Reinhard et al.
/// 2001.
cv::Mat harmonised(const cv::Mat& rgb8, const Surroundings& from, const Surroundings& to,
                   const CopyHarmoniseConfig& c) {
  cv::Mat lab, out;
  rgb8.convertTo(lab, CV_32FC3, 1.0 / 255);
  cv::cvtColor(lab, lab, cv::COLOR_RGB2Lab);
  if (c.statistics == "mean-std") {
    cv::Scalar gain;
    for (int i = 0; i < 3; ++i)
      gain[i] = std::clamp((to.deviation[i] + 1) / (from.deviation[i] + 1), 1 / c.max_gain, c.max_gain);
    cv::subtract(lab, from.mean, lab);
    cv::multiply(lab, gain, lab);
    cv::add(lab, to.mean, lab);
  } else {
    cv::add(lab, to.median - from.median, lab);
  }
  cv::cvtColor(lab, out, cv::COLOR_Lab2RGB);
  return out * 255;
}

}  // namespace

CopyHarmonise::CopyHarmonise(const Config& config)
    : Baseline("copy-harmonise", settings_of("copy_harmonise", config.copy_harmonise, config),
               config.weak_below),
      config_(config) {}

Painted CopyHarmonise::paint(const Request& request, Rng&) const {
  const auto& reference = need_reference(request);
  const auto& c = config_.copy_harmonise;
  const bool is_given = config_.mask == "given";

  // Lay the defect on the mask: as a whole, or bent where that fits badly and bending fits better.
  const auto fit = best_fit(reference.mask, request.mask, config_.crop_paste.angle_step);
  const int margin =
      is_given ? 4 * c.feather + 8 : std::max(request.mask.box().width, request.mask.box().height);
  const auto region = grown(request.mask.box(), margin, request.mask.pixels().size());
  const cv::Mat asked = request.mask.pixels()(region);
  auto laid = lay_rigidly(reference, fit, region);
  if (fit.overlap < kBendBelow) {
    const auto bent = lay_along(reference, request.mask, fit, region);
    if (!bent.mask.empty() && overlap_of(bent.mask, asked) > overlap_of(laid.mask, asked)) laid = bent;
  }
  cv::Mat label = is_given ? laid.mask & asked : laid.mask;
  if (cv::countNonZero(label) == 0)
    throw InputError(request.id, ": nothing of the laid defect falls into the mask; draw it larger");

  // Bring the reference's surface to the target's; the defect changes with it.
  cv::Mat rgb;
  laid.rgb.convertTo(rgb, CV_32FC3);
  if (c.statistics != "none") {
    const auto from = surroundings(reference.image, reference.mask),
               to = surroundings(request.source, request.mask);
    if (from.pixels >= kFewest && to.pixels >= kFewest) rgb = harmonised(laid.rgb, from, to, c);
  }

  // Fade out around the label.
  const int reach = std::min(c.feather, std::max(1, cvRound(kFade * std::sqrt(cv::countNonZero(label)))));
  cv::Mat wide = label.clone();
  if (c.feather > 0)
    cv::dilate(label, wide, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
  Painted out{cv::Mat::zeros(request.mask.pixels().size(), CV_32FC3),
              cv::Mat::zeros(request.mask.pixels().size(), CV_32FC1),
              Mask(request.mask.width(), request.mask.height())};
  rgb.copyTo(out.rgb(region));
  editing::feather(Mask(label), Mask(wide), {}).copyTo(out.alpha(region));
  label.copyTo(out.label.pixels()(region));
  return out;
}

}  // namespace unidg::baselines
