#pragma once
#include "unidg/models/vae/blocks.h"

namespace unidg::models {

/// Resnets of one resolution, then an upsample unless it is the last level.
class UpBlockImpl : public torch::nn::Module {
 public:
  UpBlockImpl(const Scope& w, std::int64_t in, std::int64_t out, bool doubles, const VaeConfig& c);
  Tensor forward(Tensor x);
  std::vector<ResnetBlock> resnets;
  std::vector<Upsample> upsamplers;
};
TORCH_MODULE(UpBlock);

/// Latent to image: [B, C, h, w] unscaled -> [B, 3, H, W], about [-1, 1] but not clamped.
class VaeDecoderImpl : public torch::nn::Module {
 public:
  VaeDecoderImpl(const Scope& w, const VaeConfig& c);
  Tensor forward(const Tensor& latent);
  Conv2d conv_in{nullptr}, conv_out{nullptr};
  MidBlock mid_block{nullptr};
  std::vector<UpBlock> up_blocks;
  ActivatedNorm conv_norm_out{nullptr};
};
TORCH_MODULE(VaeDecoder);

}  // namespace unidg::models
