#pragma once
#include "unidg/core/torch.h"

namespace unidg::evaluation {

/// Multinomial logistic regression on standardised features.
struct LinearHead {
  torch::Tensor mean, deviation;                              ///< [F], of the training features
  torch::Tensor weight, bias;                                 ///< [C, F], [C]
  double loss = 0;                                            ///< mean cross-entropy on the training features
  torch::Tensor logits(const torch::Tensor& features) const;  ///< [B, F] -> [B, C]
};

/// Minimises cross-entropy + weight_decay / 2 * |weight|^2 by L-BFGS from zero: convex, hence the same
/// whatever the seed. @param features [N, F] fp32 @param labels [N] i64 in [0, classes)
LinearHead fit_linear_head(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes,
                           double weight_decay);

}  // namespace unidg::evaluation
