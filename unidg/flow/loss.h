#pragma once
#include <cstdint>

#include "unidg/core/torch.h"

namespace unidg::flow {

using torch::Tensor;

/// t = sigmoid(mean + deviation N(0, 1)): one noise level, a function of (seed, number) alone, so that a
/// sample's level does not depend on batch, rank or resume.
double logit_normal(std::uint64_t seed, std::int64_t number, double mean = 0, double deviation = 1);

/// Squared error of the velocity against noise - x0 (Eq. 2-4), summed over the tokens that count.
/// @param velocity, x0, noise [B, L, C] @param counted bool [B, L]; undefined: all tokens
/// @returns a scalar; divide by `counted_elements` of the whole batch, over all its parts
Tensor flow_matching_sum(const Tensor& velocity, const Tensor& x0, const Tensor& noise,
                         const Tensor& counted = {});
/// Elements that flow_matching_sum adds up.
std::int64_t counted_elements(const Tensor& x0, const Tensor& counted = {});

/// How Eq. 9 looks at a latent.
enum class LatentSpace {
  Packed,  ///< one vector a token: 4 C values (docs/choices.md 42)
  Latent   ///< one vector a latent pixel: C values
};

/// Eq. 9 before the mean over items: sum_b ReLU(mean_i cos(z_target_i, z_normal_i) - tau).
/// @param z_target, z_normal [B, L, C] @param members bool [B, L], M_b @param counts bool [B]: items that
/// take part; those with an empty M_b never do
Tensor normal_regularisation_sum(const Tensor& z_target, const Tensor& z_normal, const Tensor& members,
                                 const Tensor& counts, double tau, LatentSpace space = LatentSpace::Packed);

}  // namespace unidg::flow
