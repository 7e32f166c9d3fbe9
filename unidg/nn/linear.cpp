#include "unidg/nn/linear.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

namespace unidg::nn {
namespace {

using Fused = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view,
                     torch::List<std::optional<at::Scalar>>, std::optional<std::string_view>);

// LibTorch's own oneDNN product; absent from builds without oneDNN.
const std::optional<c10::TypedOperatorHandle<Fused>>& onednn() {
  static const auto found = []() -> std::optional<c10::TypedOperatorHandle<Fused>> {
    if (!at::hasMKLDNN()) return std::nullopt;
    const auto schema = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!schema) return std::nullopt;
    return schema->typed<Fused>();
  }();
  return found;
}

bool suits_onednn(const Tensor& x, const Tensor& weight) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat32 &&
         weight.scalar_type() == torch::kFloat32 && x.numel() > 0 && weight.numel() > 0 &&
         onednn().has_value();
}

std::optional<Tensor> given(const Tensor& bias) {
  return bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
}

Tensor onednn_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, bool with_gelu = false) {
  at::AutoDispatchBelowAutograd raw;
  return onednn()->call(x, weight, given(bias), with_gelu ? "gelu" : "none",
                        torch::List<std::optional<at::Scalar>>(), with_gelu ? "tanh" : "");
}

// y = x W^T + b: dL/dx = g W, dL/dW = g^T x, dL/db = the sum of g. Each is a product of the same kind.
struct Differentiable : torch::autograd::Function<Differentiable> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias) {
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    return onednn_linear(x, weight, bias.value_or(Tensor()));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto& g = gradients[0];
    const auto rows = g.flatten(0, -2);  // [tokens, out]
    Tensor of_x, of_weight, of_bias;
    if (context->needs_input_grad(0)) of_x = affine(g, weight.t());
    if (context->needs_input_grad(1)) of_weight = affine(rows.t(), x.flatten(0, -2).t());
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) of_bias = rows.sum(0);
    return {of_x, of_weight, of_bias};
  }
};

bool wants_gradient(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return torch::GradMode::is_enabled() &&
         (x.requires_grad() || weight.requires_grad() || (bias.defined() && bias.requires_grad()));
}

}  // namespace

Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!suits_onednn(x, weight)) return torch::linear(x, weight, bias);
  if (wants_gradient(x, weight, bias)) return Differentiable::apply(x, weight, given(bias));
  return onednn_linear(x, weight, bias);
}

Tensor affine_gelu(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (suits_onednn(x, weight) && !wants_gradient(x, weight, bias))
    return onednn_linear(x, weight, bias, true);
  return torch::gelu(affine(x, weight, bias), "tanh");
}

}  // namespace unidg::nn
