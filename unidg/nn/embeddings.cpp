#include "unidg/nn/embeddings.h"

#include <cmath>

namespace unidg::nn {

Tensor sinusoidal(const Tensor& x, std::int64_t width) {
  const auto half = width / 2;
  const auto steps = torch::arange(half, x.options().dtype(torch::kFloat32));
  const auto frequency =
      torch::exp(steps * static_cast<float>(-std::log(10000.0) / static_cast<double>(half)));
  const auto angle = (x.to(torch::kFloat32) * 1000.0).unsqueeze(1) * frequency;  // [B, half]
  return torch::cat({angle.cos(), angle.sin()}, 1);
}

}  // namespace unidg::nn
