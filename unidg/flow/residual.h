#pragma once
#include "unidg/core/torch.h"

namespace unidg::flow {

using torch::Tensor;

/// Preconditioning of a network that predicts the residual z - c between a picture and its first guess (a
/// collage), in the manner of EDM (arXiv 2206.00364): with r_t = x_t - (1 - t) c, s the per-feature deviation
/// of z - c and q = (1 - t)^2 s^2 + t^2,
///   skip = (1 - t) s^2 / q,   out = t s / sqrt(q),   in = 1 / sqrt(q),
///   z_hat = c + skip r_t + out F(in r_t, ...).
/// A network whose last layer is zero returns (nearly) the collage.
struct ResidualScales {
  Tensor skip, out, in;  ///< broadcastable to [B, L, F]
};
/// @param t [B] @param deviation s, [F]
ResidualScales residual_scales(const Tensor& t, const Tensor& deviation);

/// r_t. @param t [B] @param x_t, guess [B, L, F]
Tensor residual_of(const Tensor& x_t, const Tensor& guess, const Tensor& t);

/// What F should return so that z_hat equals z.
Tensor residual_target(const Tensor& z, const Tensor& guess, const Tensor& r_t, const ResidualScales& scales);

/// z_hat from the network's raw output.
Tensor residual_estimate(const Tensor& raw, const Tensor& guess, const Tensor& r_t,
                         const ResidualScales& scales);

}  // namespace unidg::flow
