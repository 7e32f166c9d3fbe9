#include "unidg/evaluation/downstream/linear_head.h"

#include <torch/optim.h>

namespace unidg::evaluation {

torch::Tensor LinearHead::logits(const torch::Tensor& features) const {
  return torch::linear((features - mean) / deviation, weight, bias);
}

LinearHead fit_linear_head(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes,
                           double weight_decay) {
  LinearHead head;
  head.mean = features.mean(0);
  head.deviation = (features - head.mean).square().mean(0).sqrt().clamp_min(1e-6);
  head.weight = torch::zeros({classes, features.size(1)}).requires_grad_(true);
  head.bias = torch::zeros({classes}).requires_grad_(true);
  const auto standardised = (features - head.mean) / head.deviation;

  torch::optim::LBFGS solver(
      {head.weight, head.bias},
      torch::optim::LBFGSOptions(1).max_iter(200).tolerance_grad(1e-5).line_search_fn("strong_wolfe"));
  solver.step([&] {
    solver.zero_grad();
    const auto loss = torch::cross_entropy_loss(torch::linear(standardised, head.weight, head.bias), labels) +
                      weight_decay / 2 * head.weight.square().sum();
    loss.backward();
    return loss;
  });
  head.weight = head.weight.detach();
  head.bias = head.bias.detach();
  head.loss = torch::cross_entropy_loss(head.logits(features), labels).item<double>();
  return head;
}

}  // namespace unidg::evaluation
