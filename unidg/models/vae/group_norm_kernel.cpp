#include "unidg/models/vae/group_norm_kernel.h"

#include <ATen/Parallel.h>

#include <bit>
#include <cmath>

// One source, compiled for the vector units at hand; the loader picks. Sanitizers cannot follow such
// functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define UNIDG_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), flatten))
#else
#define UNIDG_VECTOR_CLONES
#endif

namespace unidg::models {

namespace {

constexpr std::int64_t kRowsPerPartial = 64;  // rows summed in fp32 before the sum moves to fp64

// Adds sum(x - origin) and sum((x - origin)^2) of every channel; the origin keeps the squares small.
UNIDG_VECTOR_CLONES void accumulate_rows(const float* x, std::int64_t rows, std::int64_t channels,
                                         const float* origin, float* sum, float* square) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* row = x + r * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const float d = row[c] - origin[c];
      sum[c] += d;
      square[c] += d * d;
    }
  }
}

// e^x to about 2 ulp for x in [-87, 88]; outside it saturates, which silu does not notice.
inline float fast_exp(float x) {
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const float shifted = x * 1.44269504088896341f + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const auto exponent = (std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound)) << 23;
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + exponent);
}

// y may be x itself: no element depends on another.
UNIDG_VECTOR_CLONES void scale_rows(const float* x, float* y, std::int64_t rows, std::int64_t channels,
                                    const float* a, const float* b) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* from = x + r * channels;
    float* to = y + r * channels;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) to[c] = from[c] * a[c] + b[c];
  }
}

UNIDG_VECTOR_CLONES void scale_silu_rows(const float* x, float* y, std::int64_t rows, std::int64_t channels,
                                         const float* a, const float* b) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* from = x + r * channels;
    float* to = y + r * channels;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) {
      const float z = from[c] * a[c] + b[c];
      to[c] = z / (1.0f + fast_exp(-z));
    }
  }
}

// Per channel: sum and square sum about the origin, over all pixels of one image.
struct Moments {
  std::vector<double> sum, square;
};

Moments channel_moments(const float* x, std::int64_t pixels, std::int64_t channels) {
  const auto parts =
      std::max<std::int64_t>(1, std::min<std::int64_t>(at::get_num_threads() * 4, pixels / 256));
  std::vector<Moments> partial(parts);
  at::parallel_for(0, parts, 1, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> sum(channels), square(channels);
    for (auto part = first; part < last; ++part) {
      auto& total = partial[part];
      total.sum.assign(channels, 0.0);
      total.square.assign(channels, 0.0);
      const auto begin = pixels * part / parts, end = pixels * (part + 1) / parts;
      for (auto row = begin; row < end; row += kRowsPerPartial) {
        std::fill(sum.begin(), sum.end(), 0.0f);
        std::fill(square.begin(), square.end(), 0.0f);
        accumulate_rows(x + row * channels, std::min(kRowsPerPartial, end - row), channels, x, sum.data(),
                        square.data());
        for (std::int64_t c = 0; c < channels; ++c) {
          total.sum[c] += sum[c];
          total.square[c] += square[c];
        }
      }
    }
  });
  for (std::int64_t part = 1; part < parts;
       ++part)  // in a fixed order: the result does not depend on threads' timing
    for (std::int64_t c = 0; c < channels; ++c) {
      partial[0].sum[c] += partial[part].sum[c];
      partial[0].square[c] += partial[part].square[c];
    }
  return std::move(partial[0]);
}

// Normalisation of one image as y = a x + b per channel.
struct Affine {
  std::vector<float> a, b;
};

Affine normalising(const Moments& moments, const float* origin, std::int64_t pixels, std::int64_t channels,
                   std::int64_t groups, const float* weight, const float* bias, double eps) {
  Affine affine{std::vector<float>(channels), std::vector<float>(channels)};
  const auto width = channels / groups;
  const double count = static_cast<double>(pixels);
  for (std::int64_t g = 0; g < groups; ++g) {
    double mean = 0;
    for (auto c = g * width; c < (g + 1) * width; ++c) mean += origin[c] + moments.sum[c] / count;
    mean /= static_cast<double>(width);
    double spread = 0;  // variance inside channels, then between them
    for (auto c = g * width; c < (g + 1) * width; ++c) {
      const double about = moments.sum[c] / count, offset = origin[c] + about - mean;
      spread += moments.square[c] / count - about * about + offset * offset;
    }
    const double scale = 1.0 / std::sqrt(std::max(0.0, spread / static_cast<double>(width)) + eps);
    for (auto c = g * width; c < (g + 1) * width; ++c) {
      affine.a[c] = static_cast<float>(weight[c] * scale);
      affine.b[c] = static_cast<float>(bias[c] - mean * weight[c] * scale);
    }
  }
  return affine;
}

}  // namespace

Tensor group_norm_channels_last(Tensor x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                                double eps, bool with_silu) {
  const bool is_ours =
      x.use_count() == 1 && x.storage().use_count() == 1;  // fresh pages cost as much as the sums
  const auto out = is_ours ? x : torch::empty_like(x);
  const auto channels = x.size(1), pixels = x.size(2) * x.size(3);
  const auto scale = weight.contiguous(), shift = bias.contiguous();
  if (x.numel() == 0) return out;
  for (std::int64_t image = 0; image < x.size(0); ++image) {
    const float* from = x.data_ptr<float>() + image * pixels * channels;
    float* to = out.data_ptr<float>() + image * pixels * channels;
    const auto affine = normalising(channel_moments(from, pixels, channels), from, pixels, channels, groups,
                                    scale.data_ptr<float>(), shift.data_ptr<float>(), eps);
    const auto apply = with_silu ? scale_silu_rows : scale_rows;
    at::parallel_for(0, pixels, std::max<std::int64_t>(1, 16384 / channels),
                     [&](std::int64_t first, std::int64_t last) {
                       apply(from + first * channels, to + first * channels, last - first, channels,
                             affine.a.data(), affine.b.data());
                     });
  }
  return out;
}

}  // namespace unidg::models
