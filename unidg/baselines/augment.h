#pragma once
#include <opencv2/core.hpp>

#include "unidg/core/rng.h"

namespace unidg::baselines {

/// Brightness, contrast and saturation times a factor of 1 - amount ... 1 + amount, hue turned by up to
/// `amount` of the circle, in random order. @param rgb CV_8UC3
cv::Mat colour_jitter(const cv::Mat& rgb, double amount, Rng& rng);

/// DRAEM's ten augmentations of a texture (docs/evaluation.md, Baselines).
enum class Augmentation {
  Gamma,          ///< 0.5 ... 2, each channel its own
  Brightness,     ///< value x 0.8 ... 1.2, then -30 ... 30
  Sharpness,      ///< 0 (smooth) ... 1 (as it is) ... 3
  HueSaturation,  ///< -50 ... 50, both
  Solarise,       ///< half of the time: values above 32 ... 128 inverted
  Posterise,      ///< 1 ... 8 bits
  Invert,
  AutoContrast,
  Equalise,
  Rotate  ///< -45 ... 45 degrees
};
inline constexpr int kAugmentations = 10;

cv::Mat augmented(const cv::Mat& rgb, Augmentation kind, Rng& rng);
/// `count` different ones of the ten, one after the other.
cv::Mat augmented(const cv::Mat& rgb, int count, Rng& rng);

}  // namespace unidg::baselines
