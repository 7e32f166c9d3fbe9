#pragma once
#include <opencv2/core.hpp>

namespace unidg::preparation {

/// A square picture at the model's size.
cv::Mat scaled(const cv::Mat& picture, int size);
/// A square mask at the model's size; thin scratches survive.
cv::Mat scaled_mask(const cv::Mat& mask, int size);

}  // namespace unidg::preparation
