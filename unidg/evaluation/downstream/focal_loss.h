#pragma once
#include "unidg/core/torch.h"

namespace unidg::evaluation {

/// Focal loss as DRAEM computes it (docs/evaluation.md, Downstream training): mean over pixels of -(1 -
/// p)^gamma log p, where p is the softmax weighted by a one-hot target clamped to [s / (C - 1), 1 - s], plus
/// s; s = 1e-5.
/// @param logits [B, C, H, W] fp32 @param target [B, H, W] i64, class indices  @returns scalar
torch::Tensor focal_loss(const torch::Tensor& logits, const torch::Tensor& target, double gamma);

}  // namespace unidg::evaluation
