#pragma once
#include "unidg/core/torch.h"

#include <opencv2/core.hpp>

namespace unidg {

/// Pixels as the networks see them: x / 127.5 - 1.
/// @param pixels CV_8UC3 or CV_32FC3 (values in [0, 255]), R, G, B  @returns [3, H, W] fp32 in [-1, 1], own
/// memory
torch::Tensor to_tensor(const cv::Mat& pixels);

/// @param mask CV_8UC1, above 127 = set  @returns [1, H, W] fp32, 0 or 1
torch::Tensor mask_to_tensor(const cv::Mat& mask);

/// The inverse of `to_tensor`, clamped. @param image [3, H, W] or [1, 3, H, W], any float type and device
/// @returns CV_32FC3 in [0, 255]
cv::Mat to_pixels(const torch::Tensor& image);

}  // namespace unidg
