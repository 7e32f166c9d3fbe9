#include "unidg/flow/sampler.h"

#include "unidg/core/rng.h"

namespace unidg::flow {

Tensor interpolate(const Tensor& x0, const Tensor& x1, const Tensor& t) { return (1 - t) * x0 + t * x1; }

Tensor noise(torch::IntArrayRef shape, std::uint64_t seed, const std::string& id) {
  auto out = torch::empty(shape, torch::kFloat32);
  Rng(seed, id).fill_normal(out.data_ptr<float>(), static_cast<std::size_t>(out.numel()));
  return out;
}

Tensor euler_step(const Tensor& x, const Tensor& velocity, double sigma, double next) {
  return x.to(torch::kFloat32) + velocity.to(torch::kFloat32) * (next - sigma);
}

Tensor sample(const std::function<Tensor(const Tensor&, int, double)>& velocity, Tensor x,
              const std::vector<double>& levels, const std::function<void(int)>& after_step) {
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    x = euler_step(x, velocity(x, static_cast<int>(i), levels[i]), levels[i], levels[i + 1]);
    if (after_step) after_step(static_cast<int>(i));
  }
  return x;
}

}  // namespace unidg::flow
