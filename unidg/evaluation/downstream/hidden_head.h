#pragma once
#include <cstdint>
#include <vector>

#include "unidg/core/torch.h"

namespace unidg::evaluation {

/// How a head with one hidden layer is trained.
struct HiddenHeadConfig {
  std::int64_t units = 128;  ///< of the hidden layer
  std::int64_t members = 3;  ///< trained from different seeds, probabilities averaged
  std::int64_t epochs = 20;  ///< passes over the features, rate falling to 0 as a cosine
  std::int64_t batch = 256;
  double lr = 1e-3;  ///< AdamW
  double weight_decay = 1e-2;
};

/// Standardised features, one hidden layer with ReLU, classes: what a linear head cannot tell apart.
struct HiddenHead {
  struct Member {
    torch::Tensor weight_in, bias_in;    ///< [H, F], [H]
    torch::Tensor weight_out, bias_out;  ///< [C, H], [C]
  };
  torch::Tensor mean, deviation;  ///< [F], of the training features
  std::vector<Member> members;
  double loss = 0;  ///< mean cross-entropy on the training features
  /// Logarithm of the members' mean probability. @param features [B, F] @returns [B, C]
  torch::Tensor logits(const torch::Tensor& features) const;
  std::int64_t parameters() const;
};

/// Minimises cross-entropy; the same seed gives the same head on one machine.
/// @param features [N, F] fp32 @param labels [N] i64 in [0, classes)
HiddenHead fit_hidden_head(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes,
                           const HiddenHeadConfig& config, std::uint64_t seed);

}  // namespace unidg::evaluation
