#include "unidg/baselines/perlin.h"

#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace unidg::baselines {
namespace {

float fade(float t) { return t * t * t * (t * (t * 6 - 15) + 10); }

/// Where the pixels of one axis lie in the cells.
struct Axis {
  std::vector<int> cell;
  std::vector<float> at, weight;  ///< inside the cell, and its fade
};

Axis axis_of(int pixels, int cells) {
  Axis axis;
  for (int i = 0; i < pixels; ++i) {
    const double position = (i + 0.5) * cells / pixels;
    const int cell = std::min(cells - 1, static_cast<int>(position));
    const auto at = static_cast<float>(position - cell);
    axis.cell.push_back(cell), axis.at.push_back(at), axis.weight.push_back(fade(at));
  }
  return axis;
}

}  // namespace

cv::Mat perlin_noise(cv::Size size, int cells_x, int cells_y, Rng& rng) {
  cv::Mat gradients(cells_y + 1, cells_x + 1, CV_32FC2);
  for (int y = 0; y <= cells_y; ++y)
    for (int x = 0; x <= cells_x; ++x) {
      const double angle = rng.uniform(0, 2 * std::numbers::pi);
      gradients.at<cv::Vec2f>(y, x) = {static_cast<float>(std::cos(angle)),
                                       static_cast<float>(std::sin(angle))};
    }
  const auto across = axis_of(size.width, cells_x), down = axis_of(size.height, cells_y);
  cv::Mat noise(size, CV_32FC1);
  for (int y = 0; y < size.height; ++y) {
    const auto row = static_cast<std::size_t>(y);
    const auto* upper = gradients.ptr<cv::Vec2f>(down.cell[row]);
    const auto* lower = gradients.ptr<cv::Vec2f>(down.cell[row] + 1);
    const float v = down.at[row], weight_y = down.weight[row];
    auto* out = noise.ptr<float>(y);
    for (int x = 0; x < size.width; ++x) {
      const auto column = static_cast<std::size_t>(x);
      const int cell = across.cell[column];
      const float u = across.at[column], weight_x = across.weight[column];
      const float n00 = upper[cell][0] * u + upper[cell][1] * v;
      const float n10 = upper[cell + 1][0] * (u - 1) + upper[cell + 1][1] * v;
      const float n01 = lower[cell][0] * u + lower[cell][1] * (v - 1);
      const float n11 = lower[cell + 1][0] * (u - 1) + lower[cell + 1][1] * (v - 1);
      const float top = n00 + weight_x * (n10 - n00), bottom = n01 + weight_x * (n11 - n01);
      out[x] = std::numbers::sqrt2_v<float> * (top + weight_y * (bottom - top));
    }
  }
  return noise;
}

Mask perlin_mask(cv::Size size, const DraemConfig& c, Rng& rng) {
  constexpr int kTries = 100;
  const auto cells = [&] {
    const int octaves = std::max(c.min_octave, c.max_octave) - c.min_octave + 1;
    return 1 << (c.min_octave + static_cast<int>(rng.integer(octaves)));
  };
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const int cells_x = cells(), cells_y = cells();
    const auto noise = perlin_noise(size, cells_x, cells_y, rng);
    const auto turn = cv::getRotationMatrix2D({(size.width - 1) / 2.0f, (size.height - 1) / 2.0f},
                                              rng.uniform(-c.max_angle, c.max_angle), 1);
    cv::Mat turned;
    cv::warpAffine(noise, turned, turn, size, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
    Mask mask(turned > c.threshold);
    if (!mask.is_empty()) return mask;
  }
  throw InputError("Perlin noise stayed below draem.threshold = ", c.threshold, " in ", kTries,
                   " tries; lower the threshold");
}

}  // namespace unidg::baselines
