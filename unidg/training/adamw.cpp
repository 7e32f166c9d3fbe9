#include "unidg/training/adamw.h"

#include <algorithm>
#include <cmath>

#include "unidg/core/error.h"

namespace unidg::training {
const Tensor& checkpoint_tensor(const std::map<std::string, Tensor>& from, const std::string& name,
                                const Tensor& like) {
  const auto found = from.find(name);
  if (found == from.end())
    throw FormatError("checkpoint: no tensor '", name, "'; was it saved by another model size or optimizer?");
  if (found->second.sizes() != like.sizes())
    throw FormatError("checkpoint: '", name, "' is ", found->second.sizes(), " but the model asks for ",
                      like.sizes());
  return found->second;
}

void make_trainable(torch::nn::Module& network, const std::string& prefix, torch::Device device,
                    NamedParameters& into) {
  for (auto& item : network.named_parameters()) {
    auto value = item.value();
    value.set_data(value.detach().to(device, torch::kFloat32).clone());
    value.set_requires_grad(true);
    into.names.push_back(prefix + item.key());
    into.tensors.push_back(value);
  }
}

AdamW::AdamW(NamedParameters parameters, Options options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& p : parameters_.tensors) {
    m_.push_back(torch::zeros_like(p, torch::MemoryFormat::Contiguous).detach());
    v_.push_back(torch::zeros_like(p, torch::MemoryFormat::Contiguous).detach());
  }
}

void AdamW::step(double lr) {
  torch::NoGradGuard no_grad;
  ++steps_;
  const auto n = static_cast<double>(steps_);
  const double correction1 = 1 - std::pow(options_.beta1, n), correction2 = 1 - std::pow(options_.beta2, n);
  std::vector<Tensor> p, g, m, v;
  for (std::size_t i = 0; i < parameters_.tensors.size(); ++i) {
    if (!parameters_.tensors[i].grad().defined()) continue;
    p.push_back(parameters_.tensors[i].detach());
    g.push_back(parameters_.tensors[i].grad());
    m.push_back(m_[i]);
    v.push_back(v_[i]);
  }
  if (p.empty()) return;
  torch::_foreach_mul_(p, 1 - lr * options_.weight_decay);
  torch::_foreach_lerp_(m, g, 1 - options_.beta1);
  torch::_foreach_mul_(v, options_.beta2);
  torch::_foreach_addcmul_(v, g, g, 1 - options_.beta2);
  auto denominator = torch::_foreach_sqrt(v);
  torch::_foreach_div_(denominator, std::sqrt(correction2));
  torch::_foreach_add_(denominator, options_.eps);
  torch::_foreach_addcdiv_(p, m, denominator, -lr / correction1);
  for (auto& parameter : parameters_.tensors) parameter.mutable_grad() = Tensor();
}

void AdamW::save(std::map<std::string, Tensor>& into) const {
  for (std::size_t i = 0; i < m_.size(); ++i) {
    into["optimizer.m." + parameters_.names[i]] = m_[i];
    into["optimizer.v." + parameters_.names[i]] = v_[i];
  }
  into["optimizer.step"] = torch::tensor({steps_}, torch::kInt64);
}

void AdamW::load(const std::map<std::string, Tensor>& from) {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < m_.size(); ++i) {
    m_[i].copy_(checkpoint_tensor(from, "optimizer.m." + parameters_.names[i], m_[i]));
    v_[i].copy_(checkpoint_tensor(from, "optimizer.v." + parameters_.names[i], v_[i]));
  }
  steps_ = checkpoint_tensor(from, "optimizer.step", torch::zeros({1}, torch::kInt64)).item<std::int64_t>();
}

Ema::Ema(const NamedParameters& parameters, double decay) : decay_(decay) {
  for (const auto& p : parameters.tensors) average_.push_back(p.detach().clone());
}

void Ema::update(const NamedParameters& parameters) {
  torch::NoGradGuard no_grad;
  ++updates_;
  const double n = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  std::vector<Tensor> live;
  for (const auto& p : parameters.tensors) live.push_back(p.detach());
  torch::_foreach_lerp_(average_, live, 1 - decay);
}

void Ema::save(const NamedParameters& parameters, std::map<std::string, Tensor>& into) const {
  for (std::size_t i = 0; i < average_.size(); ++i) into["ema." + parameters.names[i]] = average_[i];
  into["ema_updates"] = torch::tensor({updates_}, torch::kInt64);
}

void Ema::load(const NamedParameters& parameters, const std::map<std::string, Tensor>& from) {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < average_.size(); ++i)
    average_[i].copy_(checkpoint_tensor(from, "ema." + parameters.names[i], average_[i]));
  updates_ = checkpoint_tensor(from, "ema_updates", torch::zeros({1}, torch::kInt64)).item<std::int64_t>();
}

void Ema::swap(NamedParameters& parameters) {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < average_.size(); ++i) {
    const auto live = parameters.tensors[i].detach().clone();
    parameters.tensors[i].copy_(average_[i]);
    average_[i].copy_(live);
  }
}

double clip_gradients(const NamedParameters& parameters, double limit) {
  torch::NoGradGuard no_grad;
  std::vector<Tensor> gradients;
  for (const auto& p : parameters.tensors)
    if (p.grad().defined()) gradients.push_back(p.grad());
  if (gradients.empty()) return 0;
  const double norm = torch::stack(torch::_foreach_norm(gradients, 2)).norm().item<double>();
  if (norm > limit) torch::_foreach_mul_(gradients, limit / (norm + 1e-6));
  return norm;
}

double cosine_rate(std::int64_t step, std::int64_t warmup, std::int64_t total, double lr, double floor) {
  if (step < warmup) return lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double progress = std::clamp(
      static_cast<double>(step - warmup) / static_cast<double>(std::max<std::int64_t>(1, total - warmup)),
      0.0, 1.0);
  return lr * (floor + (1 - floor) * 0.5 * (1 + std::cos(M_PI * progress)));
}

}  // namespace unidg::training
