#include "unidg/training/prodigy.h"

#include <algorithm>
#include <cmath>

#include "unidg/core/error.h"

namespace unidg::training {

struct Prodigy::Active {
  std::vector<Tensor> p, g, m, v, s, g_sliced, way;  ///< way = p0 - p, sliced
};

Prodigy::Prodigy(NamedParameters parameters, Options options)
    : parameters_(std::move(parameters)), options_(options), d_(options.d0), d_max_(options.d0) {
  if (options_.beta3 == 0) options_.beta3 = std::sqrt(options_.beta2);
  for (const auto& p : parameters_.tensors) {
    v_.push_back(torch::zeros_like(p, torch::MemoryFormat::Contiguous).detach());
    m_.push_back(options_.beta1 > 0 ? v_.back().clone() : Tensor());
    s_.push_back(torch::zeros_like(sliced(v_.back())).contiguous());
    // A parameter that starts at zero (LoRA's B) needs no copy of its start.
    p0_.push_back(p.any().item<bool>() ? sliced(p.detach()).clone() : torch::zeros({}, p.options()).detach());
  }
}

Tensor Prodigy::sliced(const Tensor& tensor) const {
  return tensor.flatten().slice(0, 0, c10::nullopt, options_.slice_p);
}

Prodigy::Active Prodigy::active() const {
  Active a;
  for (std::size_t i = 0; i < parameters_.tensors.size(); ++i) {
    const auto& gradient = parameters_.tensors[i].grad();
    if (!gradient.defined()) continue;
    a.p.push_back(parameters_.tensors[i].detach());
    a.g.push_back(gradient);
    a.v.push_back(v_[i]);
    if (options_.beta1 > 0) a.m.push_back(m_[i]);
    a.s.push_back(s_[i]);
    a.g_sliced.push_back(sliced(gradient));
    a.way.push_back(p0_[i] - sliced(a.p.back()));
  }
  return a;
}

void Prodigy::step(double lr) {
  torch::NoGradGuard no_grad;
  const auto a = active();
  const auto& o = options_;
  const auto clear = [&] {
    for (auto& parameter : parameters_.tensors) parameter.mutable_grad() = Tensor();
  };
  if (a.p.empty() || lr <= 0) return clear();

  const double n = static_cast<double>(k_ + 1);
  const double correction =
      o.bias_correction ? std::sqrt(1 - std::pow(o.beta2, n)) / (1 - std::pow(o.beta1, n)) : 1.0;
  const double dlr = d_ * lr * correction;  // with the d of before this step, to its end

  double inner = 0;
  for (std::size_t i = 0; i < a.p.size(); ++i) inner += torch::dot(a.g_sliced[i], a.way[i]).item<double>();
  if (o.beta1 > 0) {
    torch::_foreach_mul_(a.m, o.beta1);
    torch::_foreach_add_(a.m, a.g, d_ * (1 - o.beta1));
  }
  torch::_foreach_mul_(a.v, o.beta2);
  torch::_foreach_addcmul_(a.v, a.g, a.g, d_ * d_ * (1 - o.beta2));
  torch::_foreach_mul_(a.s, o.beta3);
  torch::_foreach_add_(a.s, a.g_sliced, d_ / o.d0 * (o.safeguard_warmup ? d_ : dlr));
  double denominator = 0;
  for (const auto& s : a.s) denominator += s.abs().sum().item<double>();
  if (denominator == 0) return clear();  // no gradient has ever been seen: nothing moves, k stays

  numerator_ = o.beta3 * numerator_ + d_ / o.d0 * dlr * inner;
  const double estimate = o.d_coef * numerator_ / denominator;
  if (d_ == o.d0) d_ = std::max(d_, estimate);
  d_max_ = std::max(d_max_, estimate);
  d_ = std::min(d_max_, d_ * o.growth_rate);

  auto root = torch::_foreach_sqrt(a.v);
  torch::_foreach_add_(root, d_ * o.eps);
  // Not p *= 1 - wd dlr: as long as d is small, that factor is 1 in fp32.
  if (o.weight_decay != 0) torch::_foreach_add_(a.p, a.p, -o.weight_decay * dlr);
  if (o.beta1 > 0)
    torch::_foreach_addcdiv_(a.p, a.m, root, -dlr);
  else
    torch::_foreach_addcdiv_(a.p, a.g, root, -dlr * d_);
  ++k_;
  clear();
}

void Prodigy::save(std::map<std::string, Tensor>& into) const {
  for (std::size_t i = 0; i < v_.size(); ++i) {
    const auto& name = parameters_.names[i];
    if (options_.beta1 > 0) into["optimizer.m." + name] = m_[i];
    into["optimizer.v." + name] = v_[i];
    into["optimizer.s." + name] = s_[i];
    into["optimizer.p0." + name] = p0_[i];
  }
  into["optimizer.prodigy"] = torch::tensor({d_, d_max_, numerator_}, torch::kFloat64);
  into["optimizer.step"] = torch::tensor({k_}, torch::kInt64);
}

void Prodigy::load(const std::map<std::string, Tensor>& from) {
  torch::NoGradGuard no_grad;
  const auto scalars = checkpoint_tensor(from, "optimizer.prodigy", torch::zeros({3}, torch::kFloat64));
  for (std::size_t i = 0; i < v_.size(); ++i) {
    const auto& name = parameters_.names[i];
    if (options_.beta1 > 0) m_[i].copy_(checkpoint_tensor(from, "optimizer.m." + name, m_[i]));
    v_[i].copy_(checkpoint_tensor(from, "optimizer.v." + name, v_[i]));
    s_[i].copy_(checkpoint_tensor(from, "optimizer.s." + name, s_[i]));
    // Its shape depends on how training began, which this process did not see.
    const auto found = from.find("optimizer.p0." + name);
    if (found == from.end() || (found->second.dim() != 0 && found->second.sizes() != s_[i].sizes()))
      throw FormatError("checkpoint: 'optimizer.p0.", name, "' is absent or of another shape than ",
                        s_[i].sizes(), "; was it saved by another model size or slice_p?");
    p0_[i] = found->second.to(s_[i].options()).clone();
  }
  d_ = scalars[0].item<double>(), d_max_ = scalars[1].item<double>(), numerator_ = scalars[2].item<double>();
  k_ = checkpoint_tensor(from, "optimizer.step", torch::zeros({1}, torch::kInt64)).item<std::int64_t>();
}

}  // namespace unidg::training
