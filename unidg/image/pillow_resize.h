#pragma once
#include <opencv2/core.hpp>

namespace unidg {

/// Interpolation kernels of Pillow, by its names.
enum class PillowFilter { Bilinear, Bicubic, Lanczos };

/// Resamples as Pillow's `Image.resize` does, bit for bit: the kernel widens when shrinking (antialias),
/// weights are rounded to 22 fractional bits, and the horizontal pass is rounded to 8 bits before the
/// vertical one. Vision encoders were trained on pictures prepared this way.
/// @param image CV_8UC1 or CV_8UC3  @param width, height >= 1  @returns the same type
cv::Mat pillow_resize(const cv::Mat& image, int width, int height, PillowFilter filter);

}  // namespace unidg
