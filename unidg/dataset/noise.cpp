#include "unidg/dataset/noise.h"

#include <bit>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace unidg::dataset {
namespace {

std::uint64_t mix(std::uint64_t x) {  // splitmix64 finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

cv::Mat white_noise(cv::Size size, Rng& rng) {
  const std::uint64_t key = (std::uint64_t{rng.bits()} << 32) | rng.bits();
  cv::Mat out(size, CV_32FC1);
  std::uint64_t counter = 0;
  for (int y = 0; y < size.height; ++y) {
    float* row = out.ptr<float>(y);
    for (int x = 0; x < size.width; ++x) {
      // The sum of four 16-bit uniforms is close to normal; its variance is 4 * 65536^2 / 12.
      const std::uint64_t r = mix(key + 0x9e3779b97f4a7c15ULL * ++counter);
      const auto sum =
          static_cast<std::int32_t>((r & 0xffff) + ((r >> 16) & 0xffff) + ((r >> 32) & 0xffff) + (r >> 48));
      row[x] = static_cast<float>(sum - 131070) * (1.0f / 37837.0f);
    }
  }
  return out;
}

cv::Mat fractal_noise(cv::Size size, cv::Size2d feature, int octaves, Rng& rng) {
  cv::Mat out = cv::Mat::zeros(size, CV_32FC1);
  double total = 0, amplitude = 1;
  for (int octave = 0; octave < octaves; ++octave, amplitude /= 2) {
    const double fx = std::max(1.0, feature.width / (1 << octave));
    const double fy = std::max(1.0, feature.height / (1 << octave));
    if (octave > 0 && std::max(feature.width, feature.height) / (1 << octave) < 1.0) break;
    const cv::Size lattice(static_cast<int>(size.width / fx) + 4, static_cast<int>(size.height / fy) + 4);
    const cv::Mat values = white_noise(lattice, rng);
    // Lattice points are fx, fy apart; the window starts inside the first whole cell, at a random place.
    const double left = 1 + rng.uniform(), top = 1 + rng.uniform();
    const cv::Matx23d place(1 / fx, 0, left, 0, 1 / fy, top);
    cv::Mat octave_field;
    if (fx == 1.0 && fy == 1.0)
      octave_field = values(cv::Rect({0, 0}, size));
    else
      cv::warpAffine(values, octave_field, place, size, cv::INTER_CUBIC | cv::WARP_INVERSE_MAP,
                     cv::BORDER_REPLICATE);
    cv::scaleAdd(octave_field, amplitude, out, out);
    total += amplitude * amplitude;
  }
  out *= 0.45 / std::sqrt(total);
  return out;
}

}  // namespace unidg::dataset
