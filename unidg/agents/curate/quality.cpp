#include "unidg/agents/curate/quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/inpaint/inpainter.h"

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

double share(const cv::Mat& part, double whole) { return whole > 0 ? cv::countNonZero(part) / whole : 0; }

}  // namespace

void fields(FieldVisitor& visit, QualityConfig& c) {
  visit("min_change", c.min_change, in(0, 255), "mean change inside the mask, levels of 255: below is weak");
  visit("min_coverage", c.min_coverage, in(0, 1), "share of the mask that has to change clearly");
  visit("max_spill", c.max_spill, in(0, 1), "share of the clear change that may lie outside the mask");
}

Json to_json(const EditQuality& q) {
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  return {{"change", rounded(q.change)},
          {"coverage", rounded(q.coverage)},
          {"spill", rounded(q.spill)},
          {"overlap", rounded(q.overlap)}};
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

std::string fault_of(const EditQuality& quality, const QualityConfig& config) {
  if (quality.change < config.min_change) return "too weak";
  if (quality.coverage < config.min_coverage) return "little changed";
  if (quality.spill > config.max_spill) return "spills over";
  return "";
}

}  // namespace unidg::agents
