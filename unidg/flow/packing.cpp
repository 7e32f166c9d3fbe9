#include "unidg/flow/packing.h"

namespace unidg::flow {

Tensor pack_latents(const Tensor& latent) {
  const auto b = latent.size(0), c = latent.size(1), h = latent.size(2), w = latent.size(3);
  return latent.reshape({b, c, h / 2, 2, w / 2, 2})
      .permute({0, 2, 4, 1, 3, 5})
      .reshape({b, (h / 2) * (w / 2), 4 * c});
}

Tensor unpack_latents(const Tensor& tokens, std::int64_t h, std::int64_t w) {
  const auto b = tokens.size(0), c = tokens.size(2) / 4;
  return tokens.reshape({b, h / 2, w / 2, c, 2, 2}).permute({0, 3, 1, 4, 2, 5}).reshape({b, c, h, w});
}

Tensor pack_mask(const Tensor& mask) {
  const auto b = mask.size(0), h = mask.size(2) / 8, w = mask.size(3) / 8;
  const auto cells = mask.reshape({b, h, 8, w, 8}).permute({0, 2, 4, 1, 3}).reshape({b, 64, h, w});
  return pack_latents(cells);
}

Tensor token_mask(const Tensor& mask) {
  return torch::max_pool2d(mask.to(torch::kFloat32), {16, 16}).flatten(1) > 0.5;
}

Tensor position_ids(std::int64_t rows, std::int64_t columns) {
  auto ids = torch::zeros({rows, columns, 3}, torch::kFloat32);
  ids.select(2, 1).copy_(torch::arange(rows, torch::kFloat32).unsqueeze(1).expand({rows, columns}));
  ids.select(2, 2).copy_(torch::arange(columns, torch::kFloat32).unsqueeze(0).expand({rows, columns}));
  return ids.view({rows * columns, 3});
}

}  // namespace unidg::flow
