#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "unidg/core/rng.h"

namespace unidg::dataset {

/// A point of a stroke; `width` is the full width there, in pixels.
struct StrokePoint {
  cv::Point2d at;
  double width = 1;
};

/// How a stroke wanders. Lengths in pixels, angles in radians.
struct StrokeShape {
  double length = 60;
  double width = 2;
  double bend = 0.3;    ///< how far the direction drifts over the whole length
  double jitter = 0.0;  ///< direction noise from one step to the next: 0 smooth, 0.8 jagged
  double step = 3;      ///< distance between points
  double taper = 1;     ///< 0 blunt ends, 1 ends that run out to a point
};

/// A wandering stroke that starts at `from` in direction `angle`.
std::vector<StrokePoint> random_stroke(cv::Point2d from, double angle, const StrokeShape& shape, Rng& rng);

/// Distance of every pixel of `window` from the strokes, in half widths: 0 on the centre line, 1 at the edge,
/// larger outside (at most `reach`). CV_32FC1 of the window's size; the points are in the coordinates of the
/// whole image.
cv::Mat stroke_distance(const std::vector<std::vector<StrokePoint>>& strokes, cv::Rect window, float reach);

/// The smallest window that holds every stroke out to `reach` half widths plus two pixels, inside `frame`.
cv::Rect stroke_window(const std::vector<std::vector<StrokePoint>>& strokes, double reach, cv::Size frame);

/// An ellipse whose edge is disturbed by noise.
struct BlobShape {
  cv::Point2d centre;
  double radius_x = 20, radius_y = 15;  ///< pixels
  double angle = 0;                     ///< radians
  double roughness = 0.5;               ///< 0 exact ellipse, 1 torn apart
  double detail = 0.5;                  ///< size of the disturbance relative to the radius
};

/// Positive inside the blob (1 at the centre), 0 on its edge, negative outside. CV_32FC1 of the window's
/// size.
cv::Mat blob_field(const BlobShape& shape, cv::Rect window, Rng& rng);
cv::Rect blob_window(const BlobShape& shape, cv::Size frame);

/// Star-shaped polygon of `corners` corners around `centre`, radii drawn from [0.45, 1] * radius.
std::vector<cv::Point> random_polygon(cv::Point2d centre, double radius, int corners, Rng& rng);

}  // namespace unidg::dataset
