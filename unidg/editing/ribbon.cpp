#include "unidg/editing/ribbon.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "unidg/editing/defect_layer.h"

namespace unidg::editing {
namespace {

using Profile = std::vector<double>;
using Columns = std::vector<std::vector<double>>;  // positions across the axis of every column's pixels

constexpr double kThinShape = 0.12;  // thickness / length below which a shape is a line that may branch
constexpr double kGap = 2.5;         // pixels between two branches
constexpr double kSmoothing = 0.06;  // of the length

Profile blurred(const Profile& values, double sigma) {
  cv::Mat row(1, static_cast<int>(values.size()), CV_64F, const_cast<double*>(values.data())), out;
  const int reach = std::max(1, static_cast<int>(3 * sigma));
  cv::GaussianBlur(row, out, {2 * reach + 1, 1}, sigma, sigma, cv::BORDER_REPLICATE);
  return {out.ptr<double>(0), out.ptr<double>(0) + values.size()};
}

double quantile(Profile values, double q) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

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
void trace(Columns& columns, bool is_thin, Ribbon& profile) {
  const std::size_t count = columns.size();
  profile.line.assign(count, 0.0);
  profile.half.assign(count, 0.5);
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
}

}  // namespace

double Ribbon::at(const std::vector<double>& values, double position) {
  const double clamped = std::clamp(position, 0.0, static_cast<double>(values.size() - 1));
  const auto i = static_cast<std::size_t>(clamped);
  const auto j = std::min(i + 1, values.size() - 1);
  return values[i] + (clamped - static_cast<double>(i)) * (values[j] - values[i]);
}

double Ribbon::median_half() const { return quantile(half, 0.5); }

Ribbon trace_ribbon(const cv::Mat& mask, const cv::Point2d& centre, double angle) {
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
  Columns columns(static_cast<std::size_t>(last - first) + 1);
  for (const auto& p : local)
    columns[std::min(static_cast<std::size_t>(p.x - first), columns.size() - 1)].push_back(p.y);
  trace(columns, mask_thickness(mask) < kThinShape * static_cast<double>(columns.size()), ribbon);
  ribbon.first = first;
  return ribbon;
}

Ribbon smoothed(const Ribbon& ribbon, double tolerance) {
  Ribbon out = ribbon;
  const double widest = std::max(1.0, kSmoothing * ribbon.length());
  out.half = blurred(ribbon.half, widest);
  for (double sigma = widest; sigma > 0.6; sigma /= 2) {
    out.line = blurred(ribbon.line, sigma);
    Profile off(out.line.size());
    for (std::size_t i = 0; i < off.size(); ++i) off[i] = std::abs(out.line[i] - ribbon.line[i]);
    if (quantile(off, 0.9) <= tolerance) break;
  }
  return out;
}

}  // namespace unidg::editing
