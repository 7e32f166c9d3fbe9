#include "unidg/flow/residual.h"

namespace unidg::flow {

ResidualScales residual_scales(const Tensor& t, const Tensor& deviation) {
  const auto time = t.view({-1, 1, 1});
  const auto s = deviation.view({1, 1, -1});
  const auto root = torch::sqrt((1 - time).square() * s.square() + time.square());  // sqrt(q); [B, 1, F]
  return {(1 - time) * s.square() / root.square(), time * s / root, root.reciprocal()};
}

Tensor residual_of(const Tensor& x_t, const Tensor& guess, const Tensor& t) {
  return x_t - (1 - t.view({-1, 1, 1})) * guess;
}

Tensor residual_target(const Tensor& z, const Tensor& guess, const Tensor& r_t,
                       const ResidualScales& scales) {
  return (z - guess - scales.skip * r_t) / scales.out;
}

Tensor residual_estimate(const Tensor& raw, const Tensor& guess, const Tensor& r_t,
                         const ResidualScales& scales) {
  return guess + scales.skip * r_t + scales.out * raw;
}

}  // namespace unidg::flow
