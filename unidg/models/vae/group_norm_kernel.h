#pragma once
#include "unidg/core/torch.h"

namespace unidg::models {

using torch::Tensor;

/// Group normalisation and, if asked, SiLU in one pass over channels_last memory: y = silu(a_c x + b_c).
/// Without autograd; ATen's own kernel spends several passes on this layout.
/// @param x [B, C, h, w] fp32 on the CPU, contiguous in channels_last; its memory is reused when the caller
/// gives it away and nobody else holds it  @param weight, bias [C]
/// @returns the same shape and layout
Tensor group_norm_channels_last(Tensor x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                                double eps, bool with_silu);

}  // namespace unidg::models
