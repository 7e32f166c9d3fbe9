#pragma once
#include "unidg/core/torch.h"

#include <string>
#include <vector>

#include "unidg/models/vae/config.h"
#include "unidg/nn/layers.h"

namespace unidg::models {

using nn::Conv2d;
using nn::Linear;
using torch::Tensor;
using weights::Scope;

/// GroupNorm (eps 1e-6) and the activation behind it, which the autoencoder always uses together. Fused where
/// nothing asks for gradients. Keys: weight, bias.
class ActivatedNormImpl : public torch::nn::Module {
 public:
  /// @param activation as nn::activate knows it, or "" for none
  ActivatedNormImpl(const Scope& w, std::int64_t groups, std::int64_t channels, std::string activation);
  Tensor forward(Tensor x);  ///< [B, C, h, w]; reuses the memory of an x that was moved here
  Tensor weight, bias;

 private:
  std::int64_t groups_;
  std::string activation_;
};
TORCH_MODULE(ActivatedNorm);

/// x + conv2(act(norm2(conv1(act(norm1(x)))))), with a 1x1 shortcut where the width changes.
class ResnetBlockImpl : public torch::nn::Module {
 public:
  ResnetBlockImpl(const Scope& w, std::int64_t in, std::int64_t out, const VaeConfig& c);
  Tensor forward(const Tensor& x);  ///< [B, in, h, w] -> [B, out, h, w]
  ActivatedNorm norm1{nullptr}, norm2{nullptr};
  Conv2d conv1{nullptr}, conv2{nullptr}, conv_shortcut{nullptr};
};
TORCH_MODULE(ResnetBlock);

/// Single-head self-attention over all h * w places, added to its input. Also takes the older names query,
/// key, value, proj_attn.
class PlaceAttentionImpl : public torch::nn::Module {
 public:
  PlaceAttentionImpl(const Scope& w, std::int64_t channels, const VaeConfig& c);
  Tensor forward(const Tensor& x);  ///< [B, C, h, w]
  ActivatedNorm group_norm{nullptr};
  Linear to_q{nullptr}, to_k{nullptr}, to_v{nullptr};
  std::vector<Linear> to_out;
};
TORCH_MODULE(PlaceAttention);

/// Resnet, attention (unless switched off), resnet at the coarsest level.
class MidBlockImpl : public torch::nn::Module {
 public:
  MidBlockImpl(const Scope& w, std::int64_t channels, const VaeConfig& c);
  Tensor forward(Tensor x);
  std::vector<ResnetBlock> resnets;
  std::vector<PlaceAttention> attentions;
};
TORCH_MODULE(MidBlock);

/// Pads right and below by one zero, then a 3x3 convolution of stride 2: [B, C, h, w] -> [B, C, h/2, w/2].
class DownsampleImpl : public torch::nn::Module {
 public:
  DownsampleImpl(const Scope& w, std::int64_t channels);
  Tensor forward(const Tensor& x);
  Conv2d conv{nullptr};
};
TORCH_MODULE(Downsample);

/// Nearest neighbour x 2, then a 3x3 convolution: [B, C, h, w] -> [B, C, 2h, 2w]. Where nothing asks for
/// gradients the two are one: of a pixel's nine taps some see the same source, so that each of the four
/// phases is a 2x2 convolution.
class UpsampleImpl : public torch::nn::Module {
 public:
  UpsampleImpl(const Scope& w, std::int64_t channels);
  Tensor forward(const Tensor& x);
  Conv2d conv{nullptr};
};
TORCH_MODULE(Upsample);

}  // namespace unidg::models
