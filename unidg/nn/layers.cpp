#include "unidg/nn/layers.h"

#include "unidg/core/error.h"

namespace unidg::nn {
namespace {

// Stored narrower than the activations (bf16 weights on a CPU): widened for this product only.
Tensor like(const Tensor& stored, const Tensor& x) {
  if (!stored.defined() || stored.scalar_type() == x.scalar_type()) return stored;
  return stored.to(x.scalar_type());
}

Tensor parameter(torch::nn::Module& module, const char* name, const Tensor& value) {
  return module.register_parameter(name, value, value.requires_grad());
}

}  // namespace

LinearImpl::LinearImpl(const Scope& w, std::int64_t in, std::int64_t out, bool with_bias)
    : in_features(in), out_features(out) {
  weight = parameter(*this, "weight", w.take("weight", {out, in}));
  if (with_bias) bias = parameter(*this, "bias", w.take("bias", {out}));
}

Tensor LinearImpl::product(const Tensor& x) const {
  if (compute_ == LinearCompute::Int8) return affine_int8(x, int8_, bias);
  if (compute_ == LinearCompute::Bf16)
    return torch::linear(x.to(torch::kBFloat16), weight, bias).to(x.scalar_type());
  return affine(x, like(weight, x), like(bias, x));
}

Tensor LinearImpl::forward_gelu(const Tensor& x) {
  if (branches_.empty() && compute_ == LinearCompute::Stored)
    return affine_gelu(x, like(weight, x), like(bias, x));
  return torch::gelu(forward(x), "tanh");
}

void LinearImpl::set_compute(LinearCompute compute) {
  torch::NoGradGuard no_grad;
  if (compute == LinearCompute::Bf16) {
    weight.set_data(weight.to(torch::kBFloat16));
    if (bias.defined()) bias.set_data(bias.to(torch::kBFloat16));
  } else if (compute == LinearCompute::Int8) {
    int8_ = quantize_rows(weight);
    weight.set_data(torch::empty({0}, weight.options()));  // lets the file go
  }
  compute_ = compute;
}

Tensor LinearImpl::forward(const Tensor& x) {
  auto y = product(x);
  for (const auto& branch : branches_) {
    const auto low = torch::linear(x.to(branch.a.scalar_type()), branch.a);  // [..., r]
    auto side = torch::linear(low, branch.b, branch.bias) * branch.scale;    // [..., out]
    y = y + side.to(y.scalar_type());
  }
  return y;
}

void LinearImpl::add_branch(Branch branch) { branches_.push_back(std::move(branch)); }

void LinearImpl::merge_branches() {
  if (branches_.empty()) return;
  torch::NoGradGuard no_grad;
  auto delta = torch::zeros({out_features, in_features}, weight.options().dtype(torch::kFloat32));
  Tensor shift;
  for (const auto& branch : branches_) {
    delta.add_(torch::mm(branch.b.to(torch::kFloat32), branch.a.to(torch::kFloat32)), branch.scale);
    if (!branch.bias.defined()) continue;
    const auto scaled = branch.bias.to(torch::kFloat32) * branch.scale;
    shift = shift.defined() ? shift + scaled : scaled;
  }
  weight.set_data((weight.to(torch::kFloat32) + delta).to(weight.scalar_type()));
  if (shift.defined()) {
    if (!bias.defined())
      bias = register_parameter("bias", torch::zeros({out_features}, weight.options()), false);
    bias.set_data((bias.to(torch::kFloat32) + shift).to(bias.scalar_type()));
  }
  branches_.clear();
}

LayerNormImpl::LayerNormImpl(const Scope& w, std::int64_t width, double eps) : eps_(eps) {
  weight = parameter(*this, "weight", w.take("weight", {width}));
  bias = parameter(*this, "bias", w.take("bias", {width}));
}

Tensor LayerNormImpl::forward(const Tensor& x) {
  return torch::layer_norm(x, {x.size(-1)}, like(weight, x), like(bias, x), eps_);
}

RmsNormImpl::RmsNormImpl(const Scope& w, std::int64_t width, double eps) : eps_(eps) {
  weight = parameter(*this, "weight", w.take("weight", {width}));
}

Tensor RmsNormImpl::forward(const Tensor& x) {
  const auto wide = x.to(torch::kFloat32);
  const auto normed = wide * torch::rsqrt(wide.square().mean(-1, true) + eps_);
  return normed.to(x.scalar_type()) * like(weight, x);  // rounded twice, as the published code does
}

Conv2dImpl::Conv2dImpl(const Scope& w, std::int64_t in, std::int64_t out, std::int64_t kernel,
                       std::int64_t stride, std::int64_t padding)
    : stride_(stride), padding_(padding) {
  weight = parameter(*this, "weight", w.take("weight", {out, in, kernel, kernel}));
  bias = parameter(*this, "bias", w.take("bias", {out}));
}

Tensor Conv2dImpl::forward(const Tensor& x) {
  return torch::conv2d(x, like(weight, x), like(bias, x), stride_, padding_);
}

GroupNormImpl::GroupNormImpl(const Scope& w, std::int64_t groups, std::int64_t channels, double eps)
    : groups_(groups), eps_(eps) {
  weight = parameter(*this, "weight", w.take("weight", {channels}));
  bias = parameter(*this, "bias", w.take("bias", {channels}));
}

Tensor GroupNormImpl::forward(const Tensor& x) {
  return torch::group_norm(x, groups_, like(weight, x), like(bias, x), eps_);
}

Tensor activate(const Tensor& x, const std::string& name) {
  if (name == "silu" || name == "swish") return torch::silu(x);
  if (name == "gelu") return torch::gelu(x);
  if (name == "gelu_pytorch_tanh" || name == "gelu_new" || name == "gelu-approximate")
    return torch::gelu(x, "tanh");
  if (name == "quick_gelu") return x * torch::sigmoid(1.702 * x);
  if (name == "relu") return torch::relu(x);
  throw FormatError("config: activation '", name,
                    "' is unknown; expected silu, gelu, gelu_pytorch_tanh, gelu_new, quick_gelu or relu");
}

}  // namespace unidg::nn
