#pragma once
#include "unidg/baselines/config.h"
#include "unidg/core/rng.h"
#include "unidg/image/image.h"

namespace unidg::baselines {

/// Perlin's gradient noise: unit gradients at the corners of `cells_x` x `cells_y` cells, quintic fade, times
/// sqrt(2). CV_32FC1, about [-1, 1], 0 at the corners.
cv::Mat perlin_noise(cv::Size size, int cells_x, int cells_y, Rng& rng);

/// DRAEM's anomaly mask: noise of 2^k cells an axis, turned about the centre (0 comes in at the corners),
/// above the threshold. Drawn again while it is empty.
Mask perlin_mask(cv::Size size, const DraemConfig& config, Rng& rng);

}  // namespace unidg::baselines
