#pragma once
#include <opencv2/core.hpp>

#include "unidg/editing/diptych.h"

namespace unidg::editing {

/// How the surroundings of one mask look beside those of another.
struct SurfaceLikeness {
  double same = 0;   ///< 1: the same kind of surface (likely the same product), 0: another one
  cv::Scalar shift;  ///< median of b's ring - median of a's, per channel, levels of 255; within 40
  cv::Scalar from;   ///< median of a's ring
};

/// Level that half of the pixels under `where` lie below. @param rgb CV_8UC3 @param where CV_8UC1
int median_level(const cv::Mat& rgb, int channel, const cv::Mat& where);

/// Compares the rings around two masks at one scale: their colours channel by channel, brought to one median
/// first (two photos differ in exposure), and how much fine texture they have. Rings that are too small to
/// tell are never the same.
/// @param a, b CV_8UC3  @param mask_a, mask_b CV_8UC1 of their sizes; not empty
SurfaceLikeness compare_surfaces(const cv::Mat& a, const cv::Mat& mask_a, const cv::Mat& b,
                                 const cv::Mat& mask_b);

/// Whether two photos show one product under one camera, 0 to 1: overlap of the product's levels,
/// channel by channel (the product is found by image/foreground.h). @param a, b CV_8UC3 of any size
double compare_pictures(const cv::Mat& a, const cv::Mat& b);

/// One product, perhaps under other light.
struct ProductLikeness {
  double same = 0;  ///< 1: one product, 0: another one
  double gain = 1;  ///< how many times brighter b is; 1 where the levels agree as they are; in [1/3, 3]
};

/// As compare_pictures; where levels do not agree, once more with one gain for all channels that brings the
/// products to one median, and then the fine texture has to agree too. @param a, b CV_8UC3 of any size
ProductLikeness compare_products(const cv::Mat& a, const cv::Mat& b);

/// The reference as it would look `gain` times brighter; itself for 1.
MaskedImage exposed(const MaskedImage& reference, double gain);

}  // namespace unidg::editing
