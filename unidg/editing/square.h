#pragma once
#include <opencv2/core.hpp>
#include <string>

namespace unidg::editing {

/// PadToSquare: the shorter side grows to the longer one, the smaller half of the padding first
/// (docs/choices.md 9).
cv::Rect padded_to_square(const cv::Rect& box);

/// The region `frame` (which may leave the image) as a picture of its size; pixels outside the image or
/// outside `visible` are `fill`.
cv::Mat cut(const cv::Mat& image, const cv::Rect& visible, const cv::Rect& frame, const cv::Scalar& fill);

/// Bilinear, OpenCV-compatible (docs/choices.md 10). @param square N x N  @returns size x size
cv::Mat resize_image(const cv::Mat& square, int size);

/// @param square CV_8UC1, 0 or 255, N x N  @param how "linear": INTER_LINEAR on 0/1 bytes, set where it gives
/// 1; "max": that, and every pixel whose area holds a set pixel, so that no part of the mask vanishes
cv::Mat resize_mask(const cv::Mat& square, int size, const std::string& how);

}  // namespace unidg::editing
