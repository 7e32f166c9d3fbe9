#pragma once
#include <opencv2/core.hpp>

#include "unidg/core/rng.h"

namespace unidg::dataset {

/// Independent numbers of mean 0 and variance 1, nearly normal, one a pixel (CV_32FC1). One draw of `rng`
/// keys a counter hash, so that whole images of noise cost a nanosecond or two a pixel.
cv::Mat white_noise(cv::Size size, Rng& rng);

/// Smooth random field: octaves of a random lattice, each half as coarse and half as strong as the one
/// before. CV_32FC1, mean about 0, nearly all values in [-1, 1].
/// @param feature width and height of the coarsest lattice cell in pixels; unequal sides give streaks
/// @param octaves stops by itself where a cell would be smaller than a pixel
cv::Mat fractal_noise(cv::Size size, cv::Size2d feature, int octaves, Rng& rng);

/// 0 below `low`, 1 above `high`, smooth between.
inline float smooth_step(float low, float high, float x) {
  const float t = std::min(std::max((x - low) / (high - low), 0.0f), 1.0f);
  return t * t * (3 - 2 * t);
}

}  // namespace unidg::dataset
