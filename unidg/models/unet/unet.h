#pragma once
#include "unidg/nn/batch_norm.h"
#include "unidg/nn/layers.h"

namespace unidg::models {

/// DRAEM's discriminative sub-network (Zavrtanik et al., ICCV 2021; docs/evaluation.md, Downstream training).
struct UnetConfig {
  std::int64_t outputs = 2;      ///< 2: normal, defect; or 1 + the number of defect types
  std::int64_t base_width = 64;  ///< W; the encoder's widths are W, 2 W, 4 W, 8 W, 8 W, 8 W
};

/// Two times convolution 3x3, BatchNorm, ReLU. Keys 0, 1, 3, 4.
class UnetStageImpl : public torch::nn::Module {
 public:
  UnetStageImpl(const weights::Scope& w, std::int64_t in, std::int64_t out);
  torch::Tensor forward(const torch::Tensor& x);
  nn::Conv2d first{nullptr}, second{nullptr};
  nn::BatchNorm2d first_norm{nullptr}, second_norm{nullptr};
};
TORCH_MODULE(UnetStage);

/// Doubles the size (bilinear, corners aligned), then convolution 3x3, BatchNorm, ReLU. Keys 1, 2.
class UnetUpImpl : public torch::nn::Module {
 public:
  UnetUpImpl(const weights::Scope& w, std::int64_t in, std::int64_t out);
  torch::Tensor forward(const torch::Tensor& x);
  nn::Conv2d convolution{nullptr};
  nn::BatchNorm2d norm{nullptr};
};
TORCH_MODULE(UnetUp);

/// Six encoder stages with max-pooling between, five decoder stages that join the encoder's of their size.
/// Keys are those of DRAEM's published weights: encoder_segment.block1.0.weight,
/// decoder_segment.up_b.1.weight.
class UnetImpl : public torch::nn::Module {
 public:
  UnetImpl(const weights::Scope& w, const UnetConfig& c);
  /// @param x [B, 3, H, W], R, G, B in [0, 1], H and W multiples of 32  @returns logits [B, outputs, H, W]
  torch::Tensor forward(const torch::Tensor& x);
  const UnetConfig& config() const { return config_; }

  std::vector<UnetStage> encoder, decoder;
  std::vector<UnetUp> up;
  nn::Conv2d last{nullptr};

 private:
  UnetConfig config_;
};
TORCH_MODULE(Unet);

/// A fresh network as DRAEM starts: convolutions N(0, 0.02^2), scales of BatchNorm N(1, 0.02^2), biases of
/// convolutions uniform in +-1 / sqrt(fan-in). Seed and key decide each number.
Unet fresh_unet(const UnetConfig& config, std::uint64_t seed);

}  // namespace unidg::models
