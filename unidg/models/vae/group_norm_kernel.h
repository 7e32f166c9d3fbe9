#pragma once
#include <torch/torch.h>

namespace unidg::models {

using torch::Tensor;

/// Group normalisation and, if asked, SiLU in one pass over channels_last memory: y = silu(a_c x + b_c).
/// Without autograd; ATen's own kernel spends several passes on this layout.
/// @param x [B, C, h, w] fp32 on the CPU, contiguous in channels_last  @param weight, bias [C]
/// @returns the same shape and layout
Tensor group_norm_channels_last(const Tensor& x, std::int64_t groups, const Tensor& weight,
                                const Tensor& bias, double eps, bool with_silu);

}  // namespace unidg::models
