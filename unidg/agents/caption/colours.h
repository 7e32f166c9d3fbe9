#pragma once
#include <opencv2/core.hpp>
#include <string>

namespace unidg::agents {

/// A name for a colour: black, dark gray, gray, light gray, white, or the nearest of red, orange, brown,
/// beige, yellow, green, cyan, blue, purple, pink in Lab. @param rgb levels of 255
std::string colour_name(const cv::Scalar& rgb);

/// Middle level of each channel under a mask. @param rgb CV_8UC3 @param where CV_8UC1, not empty
cv::Scalar median_colour(const cv::Mat& rgb, const cv::Mat& where);

}  // namespace unidg::agents
