#pragma once
#include "unidg/models/lpips/backbone.h"

namespace unidg::models {

/// LPIPS v0.1 (Zhang et al., CVPR 2018; docs/evaluation.md, LPIPS weights): unit-length features of an
/// ImageNet backbone, squared difference, one learned non-negative weight a channel, mean over positions, sum
/// over taps. All pictures are RGB in [-1, 1].
class LpipsImpl : public torch::nn::Module {
 public:
  /// @param backbone torchvision's keys  @param heads `lin{k}.model.1.weight` [1, C, 1, 1], one a tap
  /// @throws FormatError for a negative head weight
  LpipsImpl(const weights::Scope& backbone, const weights::Scope& heads, const LpipsConfig& c);

  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& y);  ///< [B, 3, H, W] twice -> [B]
  /// The `spatial` variant: every tap's map is upsampled (bilinear) to the pictures' size. [B, 1, H, W]
  torch::Tensor spatial(const torch::Tensor& x, const torch::Tensor& y);
  /// Features of unit length along the channels, each channel scaled by the square root of its head's
  /// weight: LPIPS is the sum over taps of their mean squared distance. [B, C_k, h_k, w_k]
  std::vector<torch::Tensor> weighted_features(const torch::Tensor& x);

  LpipsBackbone net{nullptr};
  std::vector<torch::Tensor> heads;  ///< [1, C_k, 1, 1]

 private:
  std::vector<torch::Tensor> difference_maps(const torch::Tensor& x, const torch::Tensor& y);
  std::vector<torch::Tensor> unit_features(const torch::Tensor& x);
  torch::Tensor shift_, scale_;  ///< [1, 3, 1, 1]
};
TORCH_MODULE(Lpips);

/// x / (|x| + 1e-10) along the channels; the gradient of a vector of zeros is zero.
torch::Tensor unit_length(const torch::Tensor& x);

}  // namespace unidg::models
