#include "unidg/flow/loss.h"

#include <cmath>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"

namespace unidg::flow {

double logit_normal(std::uint64_t seed, std::int64_t number, double mean, double deviation) {
  const double z = mean + deviation * Rng(seed, text("t ", number)).normal();
  return 1 / (1 + std::exp(-z));
}

Tensor flow_matching_sum(const Tensor& velocity, const Tensor& x0, const Tensor& noise,
                         const Tensor& counted) {
  const auto error = (velocity.to(torch::kFloat32) - (noise - x0)).square();
  return counted.defined() ? (error * counted.unsqueeze(2)).sum() : error.sum();
}

std::int64_t counted_elements(const Tensor& x0, const Tensor& counted) {
  return counted.defined() ? counted.sum().item<std::int64_t>() * x0.size(2) : x0.numel();
}

Tensor normal_regularisation_sum(const Tensor& z_target, const Tensor& z_normal, const Tensor& members,
                                 const Tensor& counts, double tau, LatentSpace space) {
  auto target = z_target, normal = z_normal;
  auto inside = members.to(torch::kFloat32);
  if (space == LatentSpace::Latent) {  // feature = c * 4 + place (flow/packing.h)
    const auto pixels = [](const Tensor& z) {
      return z.unflatten(2, {z.size(2) / 4, 4}).transpose(2, 3).flatten(1, 2);  // [B, 4 L, C]
    };
    target = pixels(target), normal = pixels(normal);
    inside = inside.repeat_interleave(4, 1);
  }
  constexpr double kEps = 1e-8;
  const auto similarity = torch::cosine_similarity(target, normal, 2, kEps);
  const auto size = inside.sum(1);
  const auto mean = (similarity * inside).sum(1) / size.clamp_min(1);
  return torch::where(counts & (size > 0), torch::relu(mean - tau), torch::zeros_like(mean)).sum();
}

}  // namespace unidg::flow
