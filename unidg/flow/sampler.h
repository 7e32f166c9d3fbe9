#pragma once
#include "unidg/core/torch.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace unidg::flow {

using torch::Tensor;

/// x_t = (1 - t) x0 + t x1 (Eq. 3). @param t broadcastable, in [0, 1]
Tensor interpolate(const Tensor& x0, const Tensor& x1, const Tensor& t);

/// Noise of one item: N(0, 1) in the given shape, a function of (seed, id) alone (docs/choices.md 23).
Tensor noise(torch::IntArrayRef shape, std::uint64_t seed, const std::string& id);

/// One Euler step of Eq. 2: x + (next - sigma) v, in fp32.
Tensor euler_step(const Tensor& x, const Tensor& velocity, double sigma, double next);

/// Integrates Eq. 2 from levels.front() to levels.back().
/// @param velocity called with (x, step index, sigma) @param after_step called with the step's index; may
/// throw
Tensor sample(const std::function<Tensor(const Tensor&, int, double)>& velocity, Tensor x,
              const std::vector<double>& levels, const std::function<void(int)>& after_step = {});

}  // namespace unidg::flow
