#pragma once
#include <opencv2/core.hpp>

#include "unidg/editing/diptych.h"

namespace unidg::editing {

/// Fills the hole smoothly from its border (Telea). @param image CV_8UC3 @param mask CV_8UC1 255 = hole
cv::Mat fill_hole(const cv::Mat& image, const cv::Mat& mask);

/// The reference's defect, warped into the target mask: matched by centroid, principal axis and spread (not
/// by the box alone: thin cracks would vanish), so that it covers the mask; colours as in the reference,
/// shifted by the difference of the surroundings' tone where the reference shows its surroundings.
struct Collage {
  cv::Mat image;  ///< CV_8UC3: underlay with the warped defect pasted through a feather
  cv::Mat alpha;  ///< CV_32FC1: where the warped defect lies, [0, 1]
};
/// @param reference image with its mask (any size; the original, not the white-background crop)
/// @param target CV_8UC3 window of the scene  @param asked, used CV_8UC1 masks of the window
/// @param underlay "source" keeps the scene under the defect, "smooth" fills the hole by Telea first
Collage make_collage(const MaskedImage& reference, const cv::Mat& target, const cv::Mat& asked,
                     const cv::Mat& used, const std::string& underlay);

}  // namespace unidg::editing
