#include "unidg/editing/alignment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "unidg/editing/defect_layer.h"
#include "unidg/editing/ribbon.h"

namespace unidg::editing {
namespace {

constexpr double kRound = 1.3;         // axis ratio below which a shape has no direction
constexpr double kMaxStretch = 2.0;    // width scale / length scale, at most (and at least its inverse)
constexpr double kThinnest = 1.8;      // a defect is never shrunk below this thickness, target pixels
constexpr double kLargestScale = 8.0;  // a tiny defect is not blown up beyond this
constexpr double kOverlap = 1.05;      // a little larger than asked, so that the soft edge lies outside
constexpr double kMirrorCost = 0.05, kTurnCost = 0.03;  // overlap that mirroring or turning has to win
constexpr double kOffLine = 0.5;  // of the asked half width, by which the lines may be smoothed

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

/// The reference pixel of every target pixel, CV_32FC2, when the ribbons are laid onto each other.
cv::Mat lay_along(const Ribbon& reference, const Ribbon& asked, double scale, bool turn, bool flip,
                  cv::Size size) {
  cv::Mat map(size, CV_32FC2);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const cv::Point2d d = cv::Point2d(x, y) - asked.centre;
      const double position = d.dot(asked.along) - asked.first;
      const double from_middle = (position - asked.length() / 2) / scale;
      const double there = reference.length() / 2 + (turn ? -from_middle : from_middle);
      const double widths = kOverlap * asked.half_at(position) / reference.half_at(there);
      const double across = std::clamp(widths, scale / kMaxStretch, scale * kMaxStretch);
      const double off_line = (d.dot(asked.across) - asked.line_at(position)) / across;
      const cv::Point2d p = reference.centre + (reference.first + there) * reference.along +
                            (reference.line_at(there) + (flip ? -off_line : off_line)) * reference.across;
      map.at<cv::Vec2f>(y, x) = {static_cast<float>(p.x), static_cast<float>(p.y)};
    }
  return map;
}

double overlap(const cv::Mat& map, const cv::Mat& reference, const cv::Mat& asked) {
  cv::Mat moved;
  cv::remap(reference, moved, map, {}, cv::INTER_NEAREST, cv::BORDER_CONSTANT, 0);
  return static_cast<double>(cv::countNonZero(moved & asked)) / std::max(1, cv::countNonZero(moved | asked));
}

}  // namespace

cv::Mat align_defect(const cv::Mat& reference, const cv::Mat& asked) {
  auto from = moments_of(reference), to = moments_of(asked);
  // Without a direction of its own a shape keeps its upright position.
  if (from.ratio < kRound || to.ratio < kRound)
    from.angle = to.angle = from.ratio > to.ratio ? from.angle : to.angle;
  // Of the axis' two directions take the one that turns less.
  if (std::cos(to.angle - from.angle) < 0) to.angle += std::numbers::pi;

  auto source = trace_ribbon(reference, from.centre, from.angle),
       target = trace_ribbon(asked, to.centre, to.angle);
  const double thinnest = std::min(1.0, kThinnest / mask_thickness(reference));
  const double scale = std::clamp(kOverlap * target.length() / source.length(), thinnest, kLargestScale);
  const double tolerance = std::max(0.5, kOffLine * target.median_half());
  source = smoothed(source, tolerance / scale);
  target = smoothed(target, tolerance);

  cv::Mat best;
  double best_score = -1e9;
  for (const bool turn : {false, true})
    for (const bool flip : {false, true}) {
      auto map = lay_along(source, target, scale, turn, flip, asked.size());
      const double score = overlap(map, reference, asked) - kMirrorCost * (turn != flip) - kTurnCost * turn;
      if (score > best_score) {
        best_score = score;
        best = map;
      }
    }
  return best;
}

}  // namespace unidg::editing
