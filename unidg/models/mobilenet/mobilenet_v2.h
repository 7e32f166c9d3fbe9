#pragma once
#include <optional>
#include <vector>

#include "unidg/weights/scope.h"

namespace unidg::models {

/// Shape of a MobileNetV2 (Sandler et al., CVPR 2018, Tab. 2). The defaults are width 1.0.
struct MobileNetV2Config {
  struct Stage {
    std::int64_t expansion, width, blocks, stride;  ///< t, c, n, s; the stride is the first block's
  };
  std::int64_t stem_width = 32;
  std::vector<Stage> stages = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                               {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  std::int64_t feature_width = 1280;
  std::int64_t classes = 1001;  ///< of the classifier, where the file has one; 0 is background

  static MobileNetV2Config tiny();
};

/// One convolution with its folded batch norm, padded as TensorFlow's SAME, then ReLU6 where `has_relu6`.
class FoldedConvolutionImpl : public torch::nn::Module {
 public:
  FoldedConvolutionImpl(const weights::Scope& w, std::int64_t in, std::int64_t out, std::int64_t kernel,
                        std::int64_t stride, std::int64_t groups, bool has_relu6);
  torch::Tensor forward(const torch::Tensor& x);  ///< [B, in, h, w] -> [B, out, ceil(h / s), ceil(w / s)]
  torch::Tensor weight, bias;

 private:
  std::int64_t stride_, groups_;
  bool has_relu6_;
};
TORCH_MODULE(FoldedConvolution);

/// Expand 1x1, depthwise 3x3, project 1x1; the input is added where stride and width allow it. Keys are
/// torchvision's: conv.0.0, conv.1.0, conv.2, or conv.0.0, conv.1 without expansion.
class InvertedResidualImpl : public torch::nn::Module {
 public:
  InvertedResidualImpl(const weights::Scope& w, std::int64_t in, std::int64_t out, std::int64_t expansion,
                       std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);
  std::vector<FoldedConvolution> conv;
  bool is_residual;
  std::int64_t stride;
};
TORCH_MODULE(InvertedResidual);

/// MobileNetV2 as TensorFlow publishes it: asymmetric SAME padding, batch norms folded into the convolutions,
/// ReLU6. A frozen backbone for small classifiers and for distances that are not LPIPS. Keys are
/// torchvision's with `bias` in place of the batch norms; tools/convert/convert.py writes such a file.
/// All inputs are RGB in [-1, 1], [B, 3, H, W], any size; trained at 224.
class MobileNetV2Impl : public torch::nn::Module {
 public:
  explicit MobileNetV2Impl(const weights::Scope& w, MobileNetV2Config c = {});

  torch::Tensor features(const torch::Tensor& x);  ///< globally averaged; [B, feature_width] = [B, 1280]
  /// The last block's output at every resolution: 16, 24, 32, 96 and 320 channels at strides 2, 4, 8, 16, 32.
  std::vector<torch::Tensor> feature_maps(const torch::Tensor& x);
  /// Logits [B, classes]. @throws FormatError when the file has no classifier
  torch::Tensor classify(const torch::Tensor& x);
  const MobileNetV2Config& config() const { return config_; }

  FoldedConvolution stem{nullptr}, last{nullptr};  ///< features.0.0 and features.18.0
  std::vector<InvertedResidual> blocks;            ///< features.1 ... features.17
  torch::Tensor classifier_weight, classifier_bias;

 private:
  MobileNetV2Config config_;
};
TORCH_MODULE(MobileNetV2);

}  // namespace unidg::models
