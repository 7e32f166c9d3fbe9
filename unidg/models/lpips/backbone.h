#pragma once
#include <string>
#include <vector>

#include "unidg/nn/layers.h"

namespace unidg::models {

/// One entry of torchvision's `features` list; its index is the entry's place.
struct BackboneStep {
  enum class Kind { Convolution, Relu, MaxPool, Fire } kind;
  std::int64_t width = 0, kernel = 0, stride = 1,
               padding = 0;  ///< pixels; of a fire module width = each expansion
  std::int64_t squeeze = 0;  ///< of a fire module
  bool is_read = false;      ///< LPIPS taps its output
};

/// The three ImageNet backbones of LPIPS v0.1 as torchvision builds them (docs/evaluation.md, LPIPS weights),
/// up to the last tap.
struct LpipsConfig {
  std::string net;  ///< alex | vgg16 | squeezenet1_1
  std::vector<BackboneStep> steps;
  bool has_ceil_pool = false;  ///< max-pool counts the window that hangs over the edge

  static LpipsConfig alex();
  static LpipsConfig vgg16();
  static LpipsConfig squeezenet1_1();
  static LpipsConfig named(const std::string& net);  ///< also "vgg", "squeeze". @throws UsageError
  LpipsConfig narrowed(std::int64_t divisor) const;  ///< every width divided; for tests
  std::vector<std::int64_t> channels() const;        ///< of the taps
};

/// A fire module: relu(squeeze 1x1), then relu(1x1) and relu(3x3) side by side.
class FireImpl : public torch::nn::Module {
 public:
  FireImpl(const weights::Scope& w, std::int64_t in, std::int64_t squeeze_width, std::int64_t expand_width);
  torch::Tensor forward(const torch::Tensor& x);
  nn::Conv2d squeeze{nullptr}, expand1x1{nullptr}, expand3x3{nullptr};
};
TORCH_MODULE(Fire);

/// torchvision's `features` up to the last tap. Keys: features.N.weight, features.N.bias and, of fire
/// modules, features.N.squeeze.weight ...; a file's classifier is not looked at.
class LpipsBackboneImpl : public torch::nn::Module {
 public:
  LpipsBackboneImpl(const weights::Scope& w, LpipsConfig c);
  /// @param x [B, 3, H, W], scaled as the backbone was trained  @returns the taps, after their ReLU
  /// @throws InputError for a picture that a pooling leaves nothing of
  std::vector<torch::Tensor> forward(torch::Tensor x);
  const LpipsConfig& config() const { return config_; }

 private:
  torch::Tensor step(std::size_t index, const torch::Tensor& x);
  LpipsConfig config_;
  std::vector<nn::Conv2d> convolutions_;  ///< by place, empty holders elsewhere
  std::vector<Fire> fires_;
};
TORCH_MODULE(LpipsBackbone);

}  // namespace unidg::models
