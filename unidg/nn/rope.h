#pragma once
#include "unidg/core/torch.h"

#include <vector>

namespace unidg::nn {

using torch::Tensor;

/// Rotary angles of every token: axis j of width w_j turns pair k by a_j * theta^(-2k / w_j); the axes follow
/// one another. Frequencies and angles in fp64.
/// @param ids [L, axes] coordinates  @param widths per axis, even, summing to the head dimension
/// @returns cos + i sin, complex64 [L, d / 2]
Tensor rope_table(const Tensor& ids, const std::vector<std::int64_t>& widths, double theta = 10000.0);

/// R(.) of Eq. 1: turns the interleaved pairs (x_2p, x_2p+1) in fp32. @param x [B, H, L, d]
Tensor apply_rope(const Tensor& x, const Tensor& table);

}  // namespace unidg::nn
