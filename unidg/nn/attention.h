#pragma once
#include "unidg/core/torch.h"

namespace unidg::nn {

using torch::Tensor;

/// The one attention (Eq. 1, 7, 12): softmax(q k^T / sqrt(d) + bias) v, heads merged.
/// @param q, k, v [B, H, L, d]
/// @param log_key_weight per-key logarithm of a weight, [N] or [B, N] in fp32, or undefined for none:
/// ln(alpha) on the
///   defect set M (Eq. 10-11), ln(512) on a key that stands for 512 equal ones; the two add up.
/// @returns [B, L, H * d]
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& log_key_weight = {});

/// [B, L, H * d] -> [B, H, L, d]
Tensor split_heads(const Tensor& x, std::int64_t heads);

}  // namespace unidg::nn
