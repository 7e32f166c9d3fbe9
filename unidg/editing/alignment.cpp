#include "unidg/editing/alignment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "unidg/editing/defect_layer.h"

namespace unidg::editing {
namespace {

constexpr double kRound = 1.3;         // axis ratio below which a shape has no direction
constexpr double kMaxStretch = 2.0;    // width scale / length scale, at most (and at least its inverse)
constexpr double kThinShape = 0.12;    // thickness / length below which a shape is a line that may branch
constexpr double kGap = 2.5;           // pixels between two branches
constexpr double kThinnest = 1.4;      // a defect is never shrunk below this thickness, target pixels
constexpr double kLargestScale = 8.0;  // a tiny defect is not blown up beyond this
constexpr double kOverlap = 1.05;      // a little larger than asked, so that the soft edge lies outside
constexpr double kMirrorCost = 0.05, kTurnCost = 0.03;  // overlap that mirroring or turning has to win

/// Centroid and principal axis of a mask's pixels.
struct Moments {
  cv::Point2d centre;
  double angle = 0;  ///< of the principal axis, radians
  double ratio = 1;  ///< spread along it / spread across it
};

Moments moments_of(const cv::Mat& mask) {
  const auto m = cv::moments(mask, true);
  const double xx = m.mu20 / m.m00 + 1.0 / 12, yy = m.mu02 / m.m00 + 1.0 / 12, xy = m.mu11 / m.m00;
  const double middle = (xx + yy) / 2, reach = std::hypot((xx - yy) / 2, xy);
  return {{m.m10 / m.m00, m.m01 / m.m00},
          0.5 * std::atan2(2 * xy, xx - yy),
          std::sqrt((middle + reach) / std::max(middle - reach, 1.0 / 12))};
}

/// A mask seen along an axis: for every unit of length its centre line and half width.
struct Ribbon {
  cv::Point2d centre, along, across;
  double first = 0;                ///< of the profile, along the axis
  std::vector<double> line, half;  ///< per unit of length

  double length() const { return static_cast<double>(line.size()); }
  static double at(const std::vector<double>& values, double position) {
    const double clamped = std::clamp(position, 0.0, static_cast<double>(values.size() - 1));
    const auto i = static_cast<std::size_t>(clamped);
    const auto j = std::min(i + 1, values.size() - 1);
    return values[i] + (clamped - static_cast<double>(i)) * (values[j] - values[i]);
  }
};

std::vector<double> smoothed(const std::vector<double>& values, double sigma) {
  cv::Mat line(1, static_cast<int>(values.size()), CV_64F, const_cast<double*>(values.data())), out;
  const int reach = std::max(1, static_cast<int>(3 * sigma));
  cv::GaussianBlur(line, out, {2 * reach + 1, 1}, sigma, sigma, cv::BORDER_REPLICATE);
  return {out.ptr<double>(0), out.ptr<double>(0) + values.size()};
}

struct Profile {
  std::vector<double> line, half;
};

/// The interval that a column contributes: all its pixels, or, in a thin shape that may branch, the run of
/// pixels nearest to the neighbouring column's line.
cv::Vec2d interval(std::vector<double>& column, bool follow, double line) {
  std::sort(column.begin(), column.end());
  if (!follow) return {column.front(), column.back()};
  cv::Vec2d best(column.front(), column.back());
  double nearest = 1e9;
  for (std::size_t begin = 0, i = 1; i <= column.size(); ++i) {
    if (i < column.size() && column[i] - column[i - 1] < kGap) continue;
    const double low = column[begin], high = column[i - 1], off = std::abs((low + high) / 2 - line);
    if (off < nearest) {
      nearest = off;
      best = {low, high};
    }
    begin = i;
  }
  return best;
}

/// Centre line and half width of every column, traced from the fullest one to both ends; gaps between far
/// parts take over the last values.
Profile trace(std::vector<std::vector<double>>& columns, bool is_thin) {
  const std::size_t count = columns.size();
  Profile profile{std::vector<double>(count, 0.0), std::vector<double>(count, 0.5)};
  const auto fullest = std::max_element(columns.begin(), columns.end(),
                                        [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const auto start = static_cast<std::size_t>(fullest - columns.begin());
  const auto walk = [&](std::size_t i, cv::Vec2d& at, bool follow) {
    if (!columns[i].empty()) {
      const auto ends = interval(columns[i], follow, at[0]);
      at = {(ends[0] + ends[1]) / 2, (ends[1] - ends[0] + 1) / 2};
      if (!follow)
        at[0] = std::accumulate(columns[i].begin(), columns[i].end(), 0.0) /
                static_cast<double>(columns[i].size());
    }
    profile.line[i] = at[0];
    profile.half[i] = at[1];
  };
  cv::Vec2d at;
  walk(start, at, false);
  const auto middle = at;
  for (std::size_t i = start + 1; i < count; ++i) walk(i, at, is_thin);
  at = middle;
  for (std::size_t i = start; i-- > 0;) walk(i, at, is_thin);
  return profile;
}

Ribbon ribbon_of(const cv::Mat& mask, const cv::Point2d& centre, double angle) {
  Ribbon ribbon{centre, {std::cos(angle), std::sin(angle)}, {-std::sin(angle), std::cos(angle)}, 0, {}, {}};
  std::vector<cv::Point> pixels;
  cv::findNonZero(mask, pixels);
  std::vector<cv::Point2d> local;
  double first = 1e9, last = -1e9;
  for (const auto& p : pixels) {
    const cv::Point2d d = cv::Point2d(p) - centre;
    local.emplace_back(d.dot(ribbon.along), d.dot(ribbon.across));
    first = std::min(first, local.back().x);
    last = std::max(last, local.back().x);
  }
  std::vector<std::vector<double>> columns(static_cast<std::size_t>(last - first) + 1);
  for (const auto& p : local)
    columns[std::min(static_cast<std::size_t>(p.x - first), columns.size() - 1)].push_back(p.y);
  const bool is_thin = mask_thickness(mask) < kThinShape * static_cast<double>(columns.size());
  const auto profile = trace(columns, is_thin);
  ribbon.line = profile.line;
  ribbon.half = profile.half;
  const double sigma = std::max(1.0, 0.06 * static_cast<double>(columns.size()));
  ribbon.line = smoothed(ribbon.line, sigma);
  ribbon.half = smoothed(ribbon.half, sigma);
  ribbon.first = first;
  return ribbon;
}

Alignment lay_along(const Ribbon& reference, const Ribbon& asked, double thick, bool flip_along,
                    bool flip_across, cv::Size size) {
  const double thinnest = std::min(1.0, kThinnest / thick);
  const double scale = std::clamp(kOverlap * asked.length() / reference.length(), thinnest, kLargestScale);
  Alignment out{cv::Mat(size, CV_32FC2), scale};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const cv::Point2d d = cv::Point2d(x, y) - asked.centre;
      const double t = d.dot(asked.along), n = d.dot(asked.across);
      const double position = t - asked.first;  // along the asked ribbon
      double from_middle = (position - asked.length() / 2) / scale;
      if (flip_along) from_middle = -from_middle;
      const double there = reference.length() / 2 + from_middle;
      const double widths = Ribbon::at(asked.half, position) / Ribbon::at(reference.half, there);
      const double across = std::clamp(kOverlap * widths, scale / kMaxStretch, scale * kMaxStretch);
      double off_line = (n - Ribbon::at(asked.line, position)) / across;
      if (flip_across) off_line = -off_line;
      const cv::Point2d p = reference.centre + (reference.first + there) * reference.along +
                            (Ribbon::at(reference.line, there) + off_line) * reference.across;
      out.map.at<cv::Vec2f>(y, x) = {static_cast<float>(p.x), static_cast<float>(p.y)};
    }
  return out;
}

double overlap(const Alignment& alignment, const cv::Mat& reference, const cv::Mat& asked) {
  cv::Mat moved;
  cv::remap(reference, moved, alignment.map, {}, cv::INTER_NEAREST, cv::BORDER_CONSTANT, 0);
  return static_cast<double>(cv::countNonZero(moved & asked)) / std::max(1, cv::countNonZero(moved | asked));
}

}  // namespace

Alignment align_defect(const cv::Mat& reference, const cv::Mat& asked) {
  auto from = moments_of(reference), to = moments_of(asked);
  // Without a direction of its own a shape keeps its upright position.
  if (from.ratio < kRound || to.ratio < kRound)
    from.angle = to.angle = from.ratio > to.ratio ? from.angle : to.angle;
  // Of the axis' two directions take the one that turns less.
  if (std::cos(to.angle - from.angle) < 0) to.angle += std::numbers::pi;

  const auto source = ribbon_of(reference, from.centre, from.angle),
             target = ribbon_of(asked, to.centre, to.angle);
  const double thick = mask_thickness(reference);
  Alignment best;
  double best_score = -1e9;
  for (const bool along : {false, true})
    for (const bool across : {false, true}) {
      auto candidate = lay_along(source, target, thick, along, across, asked.size());
      const double score =
          overlap(candidate, reference, asked) - kMirrorCost * (along != across) - kTurnCost * along;
      if (score > best_score) {
        best_score = score;
        best = std::move(candidate);
      }
    }
  return best;
}

}  // namespace unidg::editing
