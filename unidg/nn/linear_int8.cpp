#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "unidg/nn/linear.h"

namespace unidg::nn {
namespace {

constexpr float kLargest = 127;
constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits

// One row to int8. @returns the scale that turns it back
float quantize_row(const float* x, std::int64_t n, std::int8_t* out) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(x[i]));
  const float inverse = largest > 0 ? kLargest / largest : 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const float shifted = x[i] * inverse + kRounder;
    std::int32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    out[i] = static_cast<std::int8_t>(bits);
  }
  return largest / kLargest;
}

Int8Weight quantize(const Tensor& rows) {
  const auto x = rows.contiguous();
  const auto count = x.size(0), n = x.size(1);
  Int8Weight out{torch::empty({count, n}, torch::kInt8), torch::empty({count}, torch::kFloat32)};
  const auto* from = x.const_data_ptr<float>();
  auto* to = out.rows.data_ptr<std::int8_t>();
  auto* scale = out.scale.data_ptr<float>();
  at::parallel_for(0, count, 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) scale[i] = quantize_row(from + i * n, n, to + i * n);
  });
  return out;
}

}  // namespace

Int8Weight quantize_rows(const Tensor& weight) { return quantize(weight.to(torch::kFloat32)); }

Tensor affine_int8(const Tensor& x, const Int8Weight& weight, const Tensor& bias) {
  const auto tokens = quantize(x.flatten(0, -2));
  const auto sums = at::_int_mm(tokens.rows, weight.rows.t());  // int32 [tokens, out], exact
  const auto count = sums.size(0), n = sums.size(1);
  auto shape = x.sizes().vec();
  shape.back() = n;
  auto y = torch::empty(shape, torch::kFloat32);
  const auto shift = bias.defined() ? bias.to(torch::kFloat32).contiguous() : torch::zeros({n});
  const auto* sum = sums.const_data_ptr<std::int32_t>();
  const auto* of_token = tokens.scale.const_data_ptr<float>();
  const auto* of_row = weight.scale.const_data_ptr<float>();
  const auto* b = shift.const_data_ptr<float>();
  auto* out = y.data_ptr<float>();
  at::parallel_for(0, count, 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        out[i * n + j] = static_cast<float>(sum[i * n + j]) * of_token[i] * of_row[j] + b[j];
  });
  return y;
}

}  // namespace unidg::nn
