#pragma once
#include <optional>

#include "unidg/models/vae/blocks.h"

namespace unidg::models {

/// Resnets of one resolution, then a downsample unless it is the last level.
class DownBlockImpl : public torch::nn::Module {
 public:
  DownBlockImpl(const Scope& w, std::int64_t in, std::int64_t out, bool halves, const VaeConfig& c);
  Tensor forward(Tensor x);
  std::vector<ResnetBlock> resnets;
  std::vector<Downsample> downsamplers;
};
TORCH_MODULE(DownBlock);

/// Image to moments: [B, 3, H, W] in [-1, 1] -> [B, 2C, h, w], mean then logvar.
class VaeEncoderImpl : public torch::nn::Module {
 public:
  VaeEncoderImpl(const Scope& w, const VaeConfig& c);
  Tensor forward(const Tensor& image);
  Conv2d conv_in{nullptr}, conv_out{nullptr};
  std::vector<DownBlock> down_blocks;
  MidBlock mid_block{nullptr};
  ActivatedNorm conv_norm_out{nullptr};
};
TORCH_MODULE(VaeEncoder);

}  // namespace unidg::models
