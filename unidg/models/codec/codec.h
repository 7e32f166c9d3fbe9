#pragma once
#include "unidg/core/torch.h"

namespace unidg::models {

using torch::Tensor;

/// Pixels <-> latents as the MM-DiT sees them (already shifted and scaled).
class Codec {
 public:
  virtual ~Codec() = default;
  /// @param image [B, 3, H, W] in [-1, 1], H and W multiples of 16 @returns [B, channels, H / 8, W / 8]
  virtual Tensor encode(const Tensor& image) const = 0;
  /// @param latent [B, channels, h, w] @returns [B, 3, 8 h, 8 w], about [-1, 1], unclamped
  virtual Tensor decode(const Tensor& latent) const = 0;
  virtual std::int64_t channels() const = 0;
};

}  // namespace unidg::models
