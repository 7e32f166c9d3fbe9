#include "unidg/baselines/augment.h"

#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace unidg::baselines {
namespace {

/// Every channel through its own table of 256 values. @param value of (level, channel) -> new level
template <typename Function>
cv::Mat by_table(const cv::Mat& rgb, const Function& value) {
  cv::Mat table(1, 256, CV_8UC3), out;
  for (int level = 0; level < 256; ++level)
    for (int channel = 0; channel < 3; ++channel)
      table.at<cv::Vec3b>(level)[channel] = cv::saturate_cast<std::uint8_t>(value(level, channel));
  cv::LUT(rgb, table, out);
  return out;
}

/// Hue and saturation shifted; OpenCV counts hue in half degrees, full circle here 256.
cv::Mat shifted(const cv::Mat& rgb, double hue, double saturation) {
  cv::Mat hsv, out;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV_FULL);
  hsv = by_table(hsv, [&](int level, int channel) -> double {
    if (channel == 0) return (level + static_cast<int>(std::lround(hue)) + 512) % 256;
    return channel == 1 ? level + saturation : level;
  });
  cv::cvtColor(hsv, out, cv::COLOR_HSV2RGB_FULL);
  return out;
}

cv::Mat mixed(const cv::Mat& a, const cv::Mat& b, double share_of_a) {
  cv::Mat out;
  cv::addWeighted(a, share_of_a, b, 1 - share_of_a, 0, out);
  return out;
}

cv::Mat grey_of(const cv::Mat& rgb) {
  cv::Mat grey, out;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, out, cv::COLOR_GRAY2RGB);
  return out;
}

cv::Mat brightened(const cv::Mat& rgb, double factor, double added) {
  cv::Mat hsv, out;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV_FULL);
  hsv = by_table(hsv, [&](int level, int channel) { return channel == 2 ? level * factor + added : level; });
  cv::cvtColor(hsv, out, cv::COLOR_HSV2RGB_FULL);
  return out;
}

cv::Mat auto_contrast(const cv::Mat& rgb) {
  std::vector<cv::Mat> channels;
  cv::split(rgb, channels);
  for (auto& channel : channels) cv::normalize(channel, channel, 0, 255, cv::NORM_MINMAX);
  cv::Mat out;
  cv::merge(channels, out);
  return out;
}

cv::Mat equalised(const cv::Mat& rgb) {
  std::vector<cv::Mat> channels;
  cv::split(rgb, channels);
  for (auto& channel : channels) cv::equalizeHist(channel, channel);
  cv::Mat out;
  cv::merge(channels, out);
  return out;
}

cv::Mat rotated(const cv::Mat& rgb, double degrees) {
  const auto turn = cv::getRotationMatrix2D({(rgb.cols - 1) / 2.0f, (rgb.rows - 1) / 2.0f}, degrees, 1);
  cv::Mat out;
  cv::warpAffine(rgb, out, turn, rgb.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return out;
}

}  // namespace

cv::Mat colour_jitter(const cv::Mat& rgb, double amount, Rng& rng) {
  std::vector<int> order = {0, 1, 2, 3};
  rng.shuffle(order);
  cv::Mat out = rgb;
  for (const int step : order) {
    const double factor = rng.uniform(1 - amount, 1 + amount);
    if (step == 0) out = by_table(out, [&](int level, int) { return level * factor; });
    if (step == 1) {
      const auto mean = cv::mean(grey_of(out))[0];
      out = by_table(out, [&](int level, int) { return mean + (level - mean) * factor; });
    }
    if (step == 2) out = mixed(out, grey_of(out), factor);
    if (step == 3) out = shifted(out, (factor - 1) * 256, 0);
  }
  return out;
}

cv::Mat augmented(const cv::Mat& rgb, Augmentation kind, Rng& rng) {
  switch (kind) {
    case Augmentation::Gamma: {
      const std::array<double, 3> gamma = {rng.uniform(0.5, 2), rng.uniform(0.5, 2), rng.uniform(0.5, 2)};
      return by_table(rgb, [&](int level, int channel) {
        return 255 * std::pow(level / 255.0, gamma[static_cast<std::size_t>(channel)]);
      });
    }
    case Augmentation::Brightness: {
      const double factor = rng.uniform(0.8, 1.2);
      return brightened(rgb, factor, rng.uniform(-30, 30));
    }
    case Augmentation::Sharpness: {
      cv::Mat smooth;
      const cv::Matx33f kernel(1, 1, 1, 1, 5, 1, 1, 1, 1);
      cv::filter2D(rgb, smooth, -1, kernel * (1.0f / 13));
      return mixed(rgb, smooth, rng.uniform(0, 3));
    }
    case Augmentation::HueSaturation: {
      const double hue = rng.uniform(-50, 50);
      return shifted(rgb, hue, rng.uniform(-50, 50));
    }
    case Augmentation::Solarise: {
      if (!rng.chance(0.5)) return rgb.clone();
      const double threshold = rng.uniform(32, 128);
      return by_table(rgb, [&](int level, int) { return level < threshold ? level : 255 - level; });
    }
    case Augmentation::Posterise: {
      const int kept = 0xff << (7 - rng.integer(8)) & 0xff;  // 1 ... 8 bits
      return by_table(rgb, [&](int level, int) { return level & kept; });
    }
    case Augmentation::Invert:
      return by_table(rgb, [](int level, int) { return 255 - level; });
    case Augmentation::AutoContrast:
      return auto_contrast(rgb);
    case Augmentation::Equalise:
      return equalised(rgb);
    case Augmentation::Rotate:
      return rotated(rgb, rng.uniform(-45, 45));
  }
  return rgb.clone();
}

cv::Mat augmented(const cv::Mat& rgb, int count, Rng& rng) {
  std::vector<int> kinds(kAugmentations);
  std::iota(kinds.begin(), kinds.end(), 0);
  rng.shuffle(kinds);
  cv::Mat out = rgb;
  for (int i = 0; i < std::min(count, kAugmentations); ++i)
    out = augmented(out, static_cast<Augmentation>(kinds[static_cast<std::size_t>(i)]), rng);
  return out;
}

}  // namespace unidg::baselines
