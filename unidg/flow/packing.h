#pragma once
#include "unidg/core/torch.h"

namespace unidg::flow {

using torch::Tensor;

/// 2x2 latent cells become one token: [B, C, h, w] -> [B, (h/2)(w/2), 4C], feature = c*4 + dy*2
/// + dx, row-major tokens. h and w even.
Tensor pack_latents(const Tensor& latent);
/// Inverse of pack_latents. @param h, w latent grid
Tensor unpack_latents(const Tensor& tokens, std::int64_t h, std::int64_t w);

/// 8x8 pixel-unshuffle, then the 2x2 pack: [B, 1, H, W] -> [B, (H/16)(W/16), 256]. H and W multiples of 16.
Tensor pack_mask(const Tensor& mask);

/// Tokens of 16 x 16 px that hold any set pixel (docs/choices.md 28): [B, 1, H, W] -> bool [B, (H/16)(W/16)].
Tensor token_mask(const Tensor& mask);

/// (0, row, column) of every token, row-major; [rows * columns, 3] fp32.
Tensor position_ids(std::int64_t rows, std::int64_t columns);

}  // namespace unidg::flow
