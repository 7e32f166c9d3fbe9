#include "unidg/nn/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include "unidg/core/error.h"

namespace unidg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::size_t kInputs = 4;

/// What the backward pass needs beside tensors.
struct Kept : torch::CustomClassHolder {
  Block block;
  std::size_t inputs = 0;
};

class Recompute : public torch::autograd::Function<Recompute> {
 public:
  /// @param anchor requires a gradient, so that a node exists even when only parameters do
  static variable_list forward(AutogradContext* context, const Block& block, std::int64_t count,
                               const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d,
                               const Tensor& /*anchor*/) {
    auto kept = c10::make_intrusive<Kept>();
    kept->block = block, kept->inputs = static_cast<std::size_t>(count);
    variable_list inputs{a, b, c, d};
    context->save_for_backward(inputs);
    context->saved_data["kept"] = c10::IValue::make_capsule(std::move(kept));
    inputs.resize(static_cast<std::size_t>(count));
    const torch::NoGradGuard no_grad;
    return block(inputs);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto kept = c10::static_intrusive_pointer_cast<Kept>(context->saved_data["kept"].toCapsule());
    const auto saved = context->get_saved_variables();
    variable_list inputs, given, outputs;
    for (std::size_t i = 0; i < kept->inputs; ++i)
      inputs.push_back(saved[i].detach().set_requires_grad(saved[i].requires_grad()));
    {
      const torch::AutoGradMode with_gradients(true);
      const auto all = kept->block(inputs);
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all[i].requires_grad() || !gradients[i].defined()) continue;
        outputs.push_back(all[i]), given.push_back(gradients[i]);
      }
      if (!outputs.empty()) torch::autograd::backward(outputs, given);
    }
    variable_list out(2 + kInputs + 1);  // block and count take none
    for (std::size_t i = 0; i < inputs.size(); ++i) out[2 + i] = inputs[i].grad();
    return out;
  }
};

}  // namespace

std::vector<Tensor> recompute(const Block& block, std::vector<Tensor> inputs) {
  if (!torch::GradMode::is_enabled()) return block(inputs);
  const auto count = static_cast<std::int64_t>(inputs.size());
  if (inputs.empty() || inputs.size() > kInputs)
    throw Error("recompute: a block takes 1 to ", kInputs, " tensors");
  inputs.resize(kInputs, torch::zeros({0}));
  const auto anchor = torch::zeros({0}).requires_grad_();
  return Recompute::apply(block, count, inputs[0], inputs[1], inputs[2], inputs[3], anchor);
}

}  // namespace unidg::nn
