#pragma once
#include <opencv2/core.hpp>
#include <vector>

namespace unidg::editing {

/// A mask seen along an axis: for every pixel of length its centre line and its half width.
struct Ribbon {
  cv::Point2d centre, along, across;  ///< centre of the mask, unit vectors
  double first = 0;                   ///< where the profiles begin on the axis, relative to the centre
  std::vector<double> line, half;     ///< profiles, pixels

  double length() const { return static_cast<double>(line.size()); }
  double line_at(double position) const { return at(line, position); }
  double half_at(double position) const { return at(half, position); }
  double median_half() const;

 private:
  static double at(const std::vector<double>& values, double position);
};

/// Traces a mask along an axis. A thin shape that branches is followed along one branch.
/// @param mask CV_8UC1, not empty  @param angle of the axis, radians
Ribbon trace_ribbon(const cv::Mat& mask, const cv::Point2d& centre, double angle);

/// The ribbon with profiles as smooth as they can be while the line leaves the traced one by at most
/// `tolerance` pixels (nine columns in ten).
Ribbon smoothed(const Ribbon& ribbon, double tolerance);

}  // namespace unidg::editing
