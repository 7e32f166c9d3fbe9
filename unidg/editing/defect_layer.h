#pragma once
#include <opencv2/core.hpp>

namespace unidg::editing {

/// A defect lifted off its surface: what it looks like, what would be there without it, and how much of each
/// pixel it is.
struct DefectLayer {
  cv::Mat colour;      ///< CV_32FC3, [0, 255]: the reference
  cv::Mat background;  ///< CV_32FC3: its surface, continued smoothly under the mask
  cv::Mat
      matte;  ///< CV_32FC1, [0, 1]: 1 where it differs from the surface more than the surface itself varies
  cv::Mat strength;  ///< CV_32FC1, [0, 255]: difference from the surface, even within one part of the defect
  cv::Mat core;      ///< CV_8UC1: the main parts of where the matte is clear, within the mask
};

/// @param rgb CV_8UC3 with some surroundings of the defect  @param mask CV_8UC1, same size, not empty
/// @param whole 0: only what differs from the surface .. 1: everything under the mask
DefectLayer lift_defect(const cv::Mat& rgb, const cv::Mat& mask, double whole = 0);

/// Continues an image smoothly into a hole, coarse to fine. @param image CV_32FC3 @param hole CV_8UC1
cv::Mat continue_smoothly(const cv::Mat& image, const cv::Mat& hole);

/// Mean thickness of a mask's strokes, pixels: a strip of width w has a mean distance to its edge of (w + 2)
/// / 4.
double mask_thickness(const cv::Mat& mask);

}  // namespace unidg::editing
