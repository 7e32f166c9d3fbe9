#include "unidg/nn/batch_norm.h"

namespace unidg::nn {

BatchNorm2dImpl::BatchNorm2dImpl(const weights::Scope& w, std::int64_t channels, double eps, double momentum)
    : eps_(eps), momentum_(momentum) {
  weight = register_parameter("weight", w.take("weight", {channels}), false);
  bias = register_parameter("bias", w.take("bias", {channels}), false);
  running_mean = register_buffer("running_mean", w.take("running_mean", {channels}).clone());
  running_var = register_buffer("running_var", w.take("running_var", {channels}).clone());
  const auto stored = w.invents() ? torch::Tensor() : w.take_optional("num_batches_tracked", {});
  num_batches_tracked = register_buffer("num_batches_tracked",
                                        stored.defined() ? stored.clone() : torch::zeros({}, torch::kInt64));
}

torch::Tensor BatchNorm2dImpl::forward(const torch::Tensor& x) {
  if (is_training()) num_batches_tracked.add_(1);
  return torch::batch_norm(x, weight, bias, running_mean, running_var, is_training(), momentum_, eps_,
                           /*cudnn_enabled=*/true);
}

}  // namespace unidg::nn
