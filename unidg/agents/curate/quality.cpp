#include "unidg/agents/curate/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "unidg/agents/inpaint/inpainter.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace {

constexpr int kRim = 2, kSpeck = 4;
constexpr double kLowest = 4, kHighest = 24;

/// Largest difference of the channels, levels of 255. CV_8UC1.
cv::Mat level_of(const Image& source, const Image& generated) {
  if (source.pixels().size() != generated.pixels().size())
    throw InputError("the generated picture is ", generated.width(), " x ", generated.height(),
                     " but its source ", source.width(), " x ", source.height());
  cv::Mat difference;
  cv::absdiff(source.rgb8(), generated.rgb8(), difference);
  cv::Mat channels[3], level;
  cv::split(difference, channels);
  cv::max(channels[0], channels[1], level);
  cv::max(level, channels[2], level);
  return level;
}

/// Half of the typical change: of the upper quartile of the pixels that changed at all.
double threshold_of(const cv::Mat& level) {
  std::vector<unsigned char> changed;
  for (int y = 0; y < level.rows; ++y)
    for (int x = 0; x < level.cols; ++x)
      if (const auto value = level.at<unsigned char>(y, x); value > 0) changed.push_back(value);
  if (changed.empty()) return kLowest;
  const auto typical = changed.begin() + static_cast<std::ptrdiff_t>(changed.size() * 3 / 4);
  std::nth_element(changed.begin(), typical, changed.end());
  return std::clamp(*typical / 2.0, kLowest, kHighest);
}

Mask without_specks(const cv::Mat& where) {
  cv::Mat labels, stats, centres;
  const int count = cv::connectedComponentsWithStats(where, labels, stats, centres, 8, CV_32S);
  cv::Mat out = where.clone();
  for (int i = 1; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) < kSpeck) out.setTo(0, labels == i);
  return Mask(out);
}

using Colours = std::vector<cv::Vec3f>;

/// Up to `count` CIELAB colours of the pixels in `where`, drawn without repetition.
Colours sampled(const cv::Mat& lab, const cv::Mat& where, std::size_t count) {
  Colours out;
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x)
      if (where.at<unsigned char>(y, x)) out.push_back(lab.at<cv::Vec3f>(y, x));
  Rng(0, "colours").shuffle(out);
  if (out.size() > count) out.resize(count);
  return out;
}

/// Mean distance to the five nearest: one stray pixel is no surface.
double distance_to(const Colours& surface, const cv::Vec3f& colour) {
  std::array<double, 5> nearest;
  nearest.fill(1e9);
  for (const auto& other : surface) {
    const double distance = cv::norm(colour - other);
    if (distance >= nearest.back()) continue;
    nearest.back() = distance;
    for (std::size_t i = nearest.size() - 1; i > 0 && nearest[i] < nearest[i - 1]; --i)
      std::swap(nearest[i], nearest[i - 1]);
  }
  return std::accumulate(nearest.begin(), nearest.end(), 0.0) / static_cast<double>(nearest.size());
}

cv::Mat lab_of(const Image& image) {
  cv::Mat out;
  image.rgb8().convertTo(out, CV_32F, 1.0 / 255);
  cv::cvtColor(out, out, cv::COLOR_RGB2Lab);
  return out;
}

/// The mask grown by about half its side.
Mask neighbourhood(const Mask& mask) {
  return grown(mask,
               static_cast<int>(std::clamp(std::sqrt(static_cast<double>(mask.area())) / 2, 8.0, 40.0)));
}

double share(const cv::Mat& part, double whole) { return whole > 0 ? cv::countNonZero(part) / whole : 0; }

}  // namespace

void fields(FieldVisitor& visit, QualityConfig& c) {
  visit("min_change", c.min_change, in(0, 255), "mean change inside the mask, levels of 255: below is weak");
  visit("min_coverage", c.min_coverage, in(0, 1), "share of the mask that has to change clearly");
  visit("max_spill", c.max_spill, in(0, 1), "share of the clear change that may lie outside the mask");
  visit("max_foreign", c.max_foreign, in(0, 1),
        "share of the mask that may show the reference's sound surface");
}

Json to_json(const EditQuality& q) {
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  return {{"change", rounded(q.change)},
          {"coverage", rounded(q.coverage)},
          {"spill", rounded(q.spill)},
          {"overlap", rounded(q.overlap)},
          {"foreign", rounded(q.foreign)}};
}

Mask estimate_mask(const Image& source, const Image& generated) {
  const auto level = level_of(source, generated);
  cv::Mat smooth;
  cv::blur(level, smooth, {3, 3});
  cv::Mat where = smooth > threshold_of(level);
  cv::morphologyEx(where, where, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_ELLIPSE, {3, 3}));
  return without_specks(where);
}

EditQuality measure_edit(const Image& source, const Image& generated, const Mask& asked) {
  EditQuality out;
  if (asked.pixels().size() != source.pixels().size())
    throw InputError("the mask is ", asked.width(), " x ", asked.height(), " but its picture ",
                     source.width(), " x ", source.height());
  out.found = estimate_mask(source, generated);
  cv::Mat difference;
  cv::absdiff(source.rgb8(), generated.rgb8(), difference);
  const auto mean = cv::mean(difference, asked.pixels());
  out.change = (mean[0] + mean[1] + mean[2]) / 3;

  const auto& found = out.found.pixels();
  out.coverage = share(found & asked.pixels(), asked.area());
  out.spill = share(found & ~grown(asked, kRim).pixels(), out.found.area());
  out.overlap = share(found & asked.pixels(), cv::countNonZero(found | asked.pixels()));
  return out;
}

double foreign_share(const Image& source, const Image& generated, const Mask& asked,
                     const MaskedImage& reference) {
  constexpr std::size_t kSurface = 400, kPainted = 600;
  constexpr int kChanged = 8, kLooseRim = 3;
  constexpr double kUnlikeScene = 12, kLikeSurface = 14;
  const cv::Mat changed = (level_of(source, generated) > kChanged) & asked.pixels();
  const auto painted = sampled(lab_of(generated), changed, kPainted);
  const auto scene = sampled(lab_of(source), neighbourhood(asked).pixels(), kSurface);
  const cv::Mat around = neighbourhood(reference.mask).pixels() & ~grown(reference.mask, kLooseRim).pixels();
  const auto surface = sampled(lab_of(reference.image), around, kSurface);
  if (painted.empty() || surface.size() < 20) return 0;
  const auto foreign = std::count_if(painted.begin(), painted.end(), [&](const cv::Vec3f& colour) {
    const double unlike = distance_to(scene, colour);
    return unlike > kUnlikeScene && distance_to(surface, colour) < std::min(unlike / 2, kLikeSurface);
  });
  return static_cast<double>(foreign) / static_cast<double>(painted.size()) * share(changed, asked.area());
}

std::string fault_of(const EditQuality& quality, const QualityConfig& config) {
  if (quality.change < config.min_change) return "too weak";
  if (quality.coverage < config.min_coverage) return "little changed";
  if (quality.spill > config.max_spill) return "spills over";
  if (quality.foreign > config.max_foreign) return "foreign surface";
  return "";
}

}  // namespace unidg::agents
