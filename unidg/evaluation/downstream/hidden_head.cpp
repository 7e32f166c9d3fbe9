#include "unidg/evaluation/downstream/hidden_head.h"

#include <torch/optim.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "unidg/core/rng.h"

namespace unidg::evaluation {
namespace {

torch::Tensor scores_of(const HiddenHead::Member& m, const torch::Tensor& standardised) {
  return torch::linear(torch::linear(standardised, m.weight_in, m.bias_in).relu(), m.weight_out, m.bias_out);
}

/// He's initialisation of the hidden layer, zeros behind it.
HiddenHead::Member start(std::int64_t features, std::int64_t units, std::int64_t classes, Rng& rng) {
  auto weight = torch::empty({units, features});
  rng.fill_normal(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()));
  weight *= std::sqrt(2.0 / static_cast<double>(features));
  return {weight, torch::zeros({units}), torch::zeros({classes, units}), torch::zeros({classes})};
}

void train(HiddenHead::Member& m, const torch::Tensor& standardised, const torch::Tensor& labels,
           const HiddenHeadConfig& config, Rng& rng) {
  for (auto* p : {&m.weight_in, &m.bias_in, &m.weight_out, &m.bias_out}) p->requires_grad_(true);
  torch::optim::AdamW solver({m.weight_in, m.bias_in, m.weight_out, m.bias_out},
                             torch::optim::AdamWOptions(config.lr).weight_decay(config.weight_decay));
  const auto count = standardised.size(0), batch = std::min(config.batch, count);
  const auto steps = config.epochs * (count / batch);
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::int64_t step = 0;
  for (std::int64_t epoch = 0; epoch < config.epochs; ++epoch) {
    rng.shuffle(order);
    const auto shuffled = torch::tensor(order);
    for (std::int64_t at = 0; at + batch <= count; at += batch, ++step) {
      const double share = static_cast<double>(step) / static_cast<double>(steps);
      for (auto& group : solver.param_groups())
        group.options().set_lr(config.lr * 0.5 * (1 + std::cos(std::numbers::pi * share)));
      const auto chosen = shuffled.narrow(0, at, batch);
      solver.zero_grad();
      torch::cross_entropy_loss(scores_of(m, standardised.index_select(0, chosen)),
                                labels.index_select(0, chosen))
          .backward();
      solver.step();
    }
  }
  for (auto* p : {&m.weight_in, &m.bias_in, &m.weight_out, &m.bias_out}) *p = p->detach();
}

}  // namespace

torch::Tensor HiddenHead::logits(const torch::Tensor& features) const {
  const auto standardised = (features - mean) / deviation;
  torch::Tensor sum;
  for (const auto& m : members) {
    const auto share = scores_of(m, standardised).softmax(1);
    sum = sum.defined() ? sum + share : share;
  }
  return (sum / static_cast<double>(members.size())).clamp_min(1e-12).log();
}

std::int64_t HiddenHead::parameters() const {
  std::int64_t count = 0;
  for (const auto& m : members)
    for (const auto& p : {m.weight_in, m.bias_in, m.weight_out, m.bias_out}) count += p.numel();
  return count;
}

HiddenHead fit_hidden_head(const torch::Tensor& features, const torch::Tensor& labels, std::int64_t classes,
                           const HiddenHeadConfig& config, std::uint64_t seed) {
  HiddenHead head;
  head.mean = features.mean(0);
  head.deviation = (features - head.mean).square().mean(0).sqrt().clamp_min(1e-6);
  const auto standardised = (features - head.mean) / head.deviation;
  for (std::int64_t i = 0; i < config.members; ++i) {
    Rng rng(seed, "hidden head " + std::to_string(i));
    auto member = start(features.size(1), config.units, classes, rng);
    train(member, standardised, labels, config, rng);
    head.members.push_back(std::move(member));
  }
  torch::NoGradGuard no_grad;
  head.loss = torch::cross_entropy_loss(head.logits(features), labels).item<double>();
  return head;
}

}  // namespace unidg::evaluation
