#pragma once
#include "unidg/core/torch.h"

namespace unidg::nn {

using torch::Tensor;

/// Sinusoidal embedding of a scalar: [cos(1000 x f_i), sin(1000 x f_i)], f_i = 10000^(-i /
/// half), fp32.
/// @param x [B], sigma in [0, 1] or the guidance value  @returns [B, width]
Tensor sinusoidal(const Tensor& x, std::int64_t width = 256);

}  // namespace unidg::nn
