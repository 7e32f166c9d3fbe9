#pragma once
#include "unidg/core/torch.h"

#include "unidg/image/image.h"

namespace unidg::segmentation {

/// A picture as SAM 2 reads it (Sam2ImageProcessor): resized to a square without keeping proportions,
/// bilinear with antialias and rounded to bytes, then less ImageNet's mean, over its deviation.
/// @returns [1, 3, side, side] fp32
torch::Tensor sam2_pixels(const Image& image, int side);

/// Mask logits at a picture's size, bilinear. @param masks [..., h, w] with at least one leading dimension
/// @returns [..., height, width]
torch::Tensor at_picture_size(const torch::Tensor& masks, cv::Size size);

/// The pixels above 0. @param logits [H, W]
Mask inside(const torch::Tensor& logits);

}  // namespace unidg::segmentation
