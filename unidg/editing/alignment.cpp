#include "unidg/editing/alignment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "unidg/editing/defect_layer.h"
#include "unidg/editing/fit.h"
#include "unidg/editing/ribbon.h"

namespace unidg::editing {
namespace {

constexpr double kRound = 1.3;         // axis ratio below which a shape has no direction
constexpr double kMaxStretch = 2.0;    // width scale / length scale, at most (and at least its inverse)
constexpr double kThinnest = 1.8;      // a defect is never shrunk below this thickness, target pixels
constexpr double kLargestScale = 8.0;  // a tiny defect is not blown up beyond this
constexpr double kOverlap = 1.05;      // a little larger than asked, so that the soft edge lies outside
constexpr double kMirrorCost = 0.05, kTurnCost = 0.03;  // overlap that mirroring or turning has to win
constexpr int kAngleStep = 10;      // degrees between the turns that a whole region is tried at
constexpr double kBendCost = 0.05;  // of the region asked for, that bending has to cover more
constexpr double kSameKind = 0.5;   // share covered below which the shapes differ too much to be continued
constexpr float kRim = 2.5;         // pixels: an uncovered rim thinner than this is no gap
constexpr double kOffLine = 0.5;    // of the asked half width, by which the lines may be smoothed

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

/// Share of the region asked for that shows the reference's region.
double share_covered(const cv::Mat& map, const cv::Mat& reference, const cv::Mat& asked) {
  cv::Mat moved;
  cv::remap(reference, moved, map, {}, cv::INTER_NEAREST, cv::BORDER_CONSTANT, 0);
  return static_cast<double>(cv::countNonZero(moved & asked)) / cv::countNonZero(asked);
}

/// The reference pixel of every target pixel, CV_32FC2, of the best similarity; a little larger than asked,
/// so that the soft edge lies outside.
cv::Mat lay_rigidly(const Fit& fit, const cv::Mat& asked) {
  const auto centre = moments_of(asked).centre;
  const double larger = std::max(kOverlap, 1 + std::sqrt(std::numbers::pi / cv::countNonZero(asked)));
  cv::Matx23d back;
  cv::invertAffineTransform(fit.to_target, back);
  cv::Mat map(asked.size(), CV_32FC2);
  for (int y = 0; y < asked.rows; ++y)
    for (int x = 0; x < asked.cols; ++x) {
      const auto at = centre + (cv::Point2d(x, y) - centre) / larger;
      const cv::Vec2d p = back * cv::Vec3d(at.x, at.y, 1);
      map.at<cv::Vec2f>(y, x) = {static_cast<float>(p[0]), static_cast<float>(p[1])};
    }
  return map;
}

/// The nearest covered pixel of every pixel.
std::vector<cv::Point> nearest_covered(const cv::Mat& covered, cv::Mat& distance) {
  cv::Mat labels;
  cv::distanceTransform(covered == 0, distance, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  std::vector<cv::Point> place(covered.total() + 1);
  for (int y = 0; y < covered.rows; ++y)
    for (int x = 0; x < covered.cols; ++x)
      if (covered.at<std::uint8_t>(y, x)) place[static_cast<std::size_t>(labels.at<int>(y, x))] = {x, y};
  std::vector<cv::Point> out;
  for (int y = 0; y < covered.rows; ++y)
    for (int x = 0; x < covered.cols; ++x)
      out.push_back(place[static_cast<std::size_t>(labels.at<int>(y, x))]);
  return out;
}

/// Gives every gap between what the laid region covers and what is asked for the place of its mirror image at
/// the covered edge, again and again until nothing is left; thin rims stay as they are.
void continue_by_mirror(cv::Mat& map, const cv::Mat& reference, const cv::Mat& asked) {
  cv::Mat covered, distance;
  cv::remap(reference, covered, map, {}, cv::INTER_NEAREST, cv::BORDER_CONSTANT, 0);
  if (cv::countNonZero(covered) == 0) return;
  nearest_covered(covered, distance);
  cv::Mat gaps = (distance > kRim) & asked;
  cv::dilate(gaps, gaps, cv::getStructuringElement(cv::MORPH_ELLIPSE, {7, 7}));
  gaps &= covered == 0;
  for (bool fills = true; fills && cv::countNonZero(gaps) > 0;) {
    const auto nearest = nearest_covered(covered, distance);
    const cv::Rect frame({0, 0}, map.size());
    cv::Mat filled = covered.clone();
    fills = false;
    for (int y = 0; y < map.rows; ++y)
      for (int x = 0; x < map.cols; ++x) {
        if (!gaps.at<std::uint8_t>(y, x)) continue;
        const auto& edge = nearest[static_cast<std::size_t>(y) * static_cast<std::size_t>(map.cols) +
                                   static_cast<std::size_t>(x)];
        const cv::Point mirrored = 2 * edge - cv::Point(x, y);
        if (!frame.contains(mirrored) || !covered.at<std::uint8_t>(mirrored)) continue;
        map.at<cv::Vec2f>(y, x) = map.at<cv::Vec2f>(mirrored);
        filled.at<std::uint8_t>(y, x) = 255;
        fills = true;
      }
    gaps.setTo(0, filled);
    covered = filled;
  }
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

cv::Mat align_region(const cv::Mat& reference, const cv::Mat& asked,
                     const std::function<Continued(const Fit&)>& placed) {
  const auto ribbon = align_defect(reference, asked);
  const auto fit = best_fit(Mask(reference), Mask(asked), kAngleStep);
  const auto rigid = lay_rigidly(fit, asked);
  const double bent = share_covered(ribbon, reference, asked), laid = share_covered(rigid, reference, asked);
  const bool bends = bent > laid + kBendCost;
  const auto continued = placed && !bends ? placed(fit) : Continued{fit};
  cv::Mat map = bends ? ribbon : placed ? lay_rigidly(continued.fit, asked) : rigid;
  if (continued.agrees) return map;
  if (std::max(bent, laid) >= kSameKind) continue_by_mirror(map, reference, asked);
  return map;
}

}  // namespace unidg::editing
