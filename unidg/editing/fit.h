#pragma once
#include <opencv2/core.hpp>

#include "unidg/image/image.h"

namespace unidg::editing {

/// A similarity (turn, uniform scale, perhaps a mirror image) that lays one mask on another.
struct Fit {
  cv::Matx23d to_target;  ///< pixel of the reference -> pixel of the target
  double scale = 1;       ///< sqrt(target area / reference area)
  double overlap = 0;     ///< intersection / union of the two masks
};

/// Centroid to centroid and area to area; of the turns by multiples of `angle_step` degrees, mirrored or not,
/// the one of largest overlap, refined to single degrees. A mirror image has to win 0.05 of overlap, a half
/// turn as much (less turns, less): light, grain and print then stay as they were where the shape does not
/// care.
/// @param reference, asked not empty
Fit best_fit(const Mask& reference, const Mask& asked, int angle_step);

/// A picture brought to the target by a similarity; averaged first where it shrinks.
/// @param picture CV_8UC3 or CV_8UC1  @param frame the target's region that is wanted
cv::Mat lay(const cv::Mat& picture, const Fit& fit, const cv::Rect& frame, int border);

}  // namespace unidg::editing
