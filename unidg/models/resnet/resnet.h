#pragma once
#include <array>

#include "unidg/nn/batch_norm.h"
#include "unidg/nn/layers.h"

namespace unidg::models {

/// A ResNet of basic blocks (He et al., CVPR 2016, Tab. 1). The defaults are ResNet-34 for ImageNet.
struct ResnetConfig {
  std::array<std::int64_t, 4> blocks = {3, 4, 6, 3};
  std::int64_t width = 64;      ///< of the first layer; each further one doubles it
  std::int64_t outputs = 1000;  ///< of `fc`
};

/// Convolution without bias, padded to keep the size at stride 1. Weights [out, in, k, k].
class PlainConvolutionImpl : public torch::nn::Module {
 public:
  PlainConvolutionImpl(const weights::Scope& w, std::int64_t in, std::int64_t out, std::int64_t kernel,
                       std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);
  torch::Tensor weight;

 private:
  std::int64_t stride_;
};
TORCH_MODULE(PlainConvolution);

/// Where size or width change, the identity becomes a strided 1x1 convolution with BatchNorm. Keys 0, 1.
class ShortcutImpl : public torch::nn::Module {
 public:
  ShortcutImpl(const weights::Scope& w, std::int64_t in, std::int64_t out, std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);
  PlainConvolution convolution{nullptr};
  nn::BatchNorm2d norm{nullptr};
};
TORCH_MODULE(Shortcut);

/// relu(identity(x) + BN(conv(relu(BN(conv(x)))))), convolutions 3x3.
class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(const weights::Scope& w, std::int64_t in, std::int64_t out, std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);
  PlainConvolution conv1{nullptr}, conv2{nullptr};
  nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  Shortcut downsample{nullptr};  ///< null where size and width stay
};
TORCH_MODULE(BasicBlock);

/// torchvision's ResNet-34 and its narrower or shorter kin; torchvision's keys load as they are.
class ResnetImpl : public torch::nn::Module {
 public:
  ResnetImpl(const weights::Scope& w, const ResnetConfig& c);
  /// @param x [B, 3, H, W], R, G, B  @returns globally averaged features [B, 8 width]
  torch::Tensor features(const torch::Tensor& x);
  torch::Tensor forward(const torch::Tensor& x);  ///< logits [B, outputs]
  const ResnetConfig& config() const { return config_; }

  PlainConvolution conv1{nullptr};
  nn::BatchNorm2d bn1{nullptr};
  std::vector<BasicBlock> blocks;  ///< layer1.0, layer1.1, ... layer4.2
  nn::Linear fc{nullptr};

 private:
  ResnetConfig config_;
};
TORCH_MODULE(Resnet);

}  // namespace unidg::models
