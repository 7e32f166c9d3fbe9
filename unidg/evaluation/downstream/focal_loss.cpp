#include "unidg/evaluation/downstream/focal_loss.h"

namespace unidg::evaluation {

torch::Tensor focal_loss(const torch::Tensor& logits, const torch::Tensor& target, double gamma) {
  constexpr double kSmooth = 1e-5;
  const double other = kSmooth / static_cast<double>(logits.size(1) - 1);
  const auto right = logits.softmax(1).gather(1, target.unsqueeze(1)).squeeze(1);  // [B, H, W]
  const auto p = right * (1 - kSmooth) + (1 - right) * other + kSmooth;
  return (-(1 - p).pow(gamma) * p.log()).mean();
}

}  // namespace unidg::evaluation
