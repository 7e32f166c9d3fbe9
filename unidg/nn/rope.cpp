#include "unidg/nn/rope.h"

namespace unidg::nn {

Tensor rope_table(const Tensor& ids, const std::vector<std::int64_t>& widths, double theta) {
  const auto positions = ids.to(torch::kFloat64);
  std::vector<Tensor> angles;
  for (std::size_t axis = 0; axis < widths.size(); ++axis) {
    const auto exponent =
        torch::arange(0, widths[axis], 2, positions.options()) / static_cast<double>(widths[axis]);
    const auto omega = torch::pow(theta, exponent).reciprocal();  // [w / 2]
    angles.push_back(
        torch::outer(positions.select(1, static_cast<std::int64_t>(axis)), omega));  // [L, w / 2]
  }
  const auto angle = torch::cat(angles, 1);
  return torch::complex(angle.cos().to(torch::kFloat32), angle.sin().to(torch::kFloat32));
}

Tensor apply_rope(const Tensor& x, const Tensor& table) {
  const auto pairs =
      x.to(torch::kFloat32).contiguous().view({x.size(0), x.size(1), x.size(2), x.size(3) / 2, 2});
  const auto turned = torch::view_as_complex(pairs) * table;  // [B, H, L, d / 2]
  return torch::view_as_real(turned).flatten(3).to(x.scalar_type());
}

}  // namespace unidg::nn
