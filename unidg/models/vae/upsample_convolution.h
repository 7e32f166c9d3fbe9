#pragma once
#include "unidg/core/torch.h"

namespace unidg::models {

using torch::Tensor;

/// conv3x3(nearest x 2 (x)) with zero padding 1, at 4/9 of the multiplications and without the enlarged
/// input. Equal up to rounding.
///
/// Output row 2i + p sees the source rows i - 1 + p and i + p: with kernel rows k0 k1 k2 their weights are
/// (k0, k1 + k2) for p = 0 and (k0 + k1, k2) for p = 1; columns likewise.
/// @param x [B, C, h, w] in channels_last  @param weight [O, C, 3, 3]  @param bias [O]
/// @returns [B, O, 2h, 2w] in channels_last
Tensor upsample_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace unidg::models
