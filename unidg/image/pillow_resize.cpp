#include "unidg/image/pillow_resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "unidg/core/error.h"

namespace unidg {
namespace {

constexpr int kFractionBits = 32 - 8 - 2;  // 8 bits of result and 2 of headroom in a 32-bit accumulator

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double bilinear(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

double bicubic(double x) {  // Keys, a = -0.5
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double lanczos(double x) { return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }

struct Kernel {
  double (*weight)(double);
  double support;
};

Kernel kernel_of(PillowFilter filter) {
  switch (filter) {
    case PillowFilter::Bilinear:
      return {bilinear, 1.0};
    case PillowFilter::Lanczos:
      return {lanczos, 3.0};
    default:
      return {bicubic, 2.0};
  }
}

/// The source samples of one result sample and their fixed-point weights.
struct Taps {
  int first = 0;
  std::vector<std::int32_t> weights;
};

std::vector<Taps> make_taps(int in, int out, const Kernel& kernel) {
  const double scale = static_cast<double>(in) / out;
  const double widening = std::max(scale, 1.0);
  const double support = kernel.support * widening;
  std::vector<Taps> taps(static_cast<std::size_t>(out));
  for (int i = 0; i < out; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int last = std::min(static_cast<int>(center + support + 0.5), in);
    std::vector<double> weights;
    double sum = 0.0;
    for (int x = first; x < last; ++x) {
      weights.push_back(kernel.weight((x - center + 0.5) * (1.0 / widening)));
      sum += weights.back();
    }
    auto& tap = taps[static_cast<std::size_t>(i)];
    tap.first = first;
    for (double weight : weights) {
      if (sum != 0.0) weight /= sum;
      weight *= 1 << kFractionBits;
      tap.weights.push_back(static_cast<std::int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5));
    }
  }
  return taps;
}

std::uint8_t rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

cv::Mat resize_columns(const cv::Mat& in, int width, const Kernel& kernel) {
  const int channels = in.channels();
  cv::Mat out(in.rows, width, in.type());
  const auto taps = make_taps(in.cols, width, kernel);
  for (int y = 0; y < in.rows; ++y) {
    const auto* source = in.ptr<std::uint8_t>(y);
    auto* row = out.ptr<std::uint8_t>(y);
    for (const auto& tap : taps)
      for (int c = 0; c < channels; ++c) {
        std::int32_t sum = 1 << (kFractionBits - 1);
        const auto* sample = source + tap.first * channels + c;
        for (const auto weight : tap.weights) {
          sum += *sample * weight;
          sample += channels;
        }
        *row++ = rounded(sum);
      }
  }
  return out;
}

cv::Mat resize_rows(const cv::Mat& in, int height, const Kernel& kernel) {
  const int samples = in.cols * in.channels();
  cv::Mat out(height, in.cols, in.type());
  const auto taps = make_taps(in.rows, height, kernel);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(samples));
  for (int y = 0; y < height; ++y) {
    const auto& tap = taps[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 1 << (kFractionBits - 1));
    for (std::size_t k = 0; k < tap.weights.size(); ++k) {
      const auto* source = in.ptr<std::uint8_t>(tap.first + static_cast<int>(k));
      for (int x = 0; x < samples; ++x) sums[static_cast<std::size_t>(x)] += source[x] * tap.weights[k];
    }
    auto* row = out.ptr<std::uint8_t>(y);
    for (int x = 0; x < samples; ++x) row[x] = rounded(sums[static_cast<std::size_t>(x)]);
  }
  return out;
}

}  // namespace

cv::Mat pillow_resize(const cv::Mat& image, int width, int height, PillowFilter filter) {
  if (image.empty() || (image.type() != CV_8UC1 && image.type() != CV_8UC3) || width < 1 || height < 1)
    throw Error("pillow_resize: ", image.cols, " x ", image.rows, " pixels of ", image.channels(),
                " channels to ", width, " x ", height, " (expected gray8 or RGB8 and at least one pixel)");
  const auto kernel = kernel_of(filter);
  cv::Mat out = image;
  if (width != out.cols) out = resize_columns(out, width, kernel);
  if (height != out.rows) out = resize_rows(out, height, kernel);
  return out.data == image.data ? image.clone() : out;
}

}  // namespace unidg
