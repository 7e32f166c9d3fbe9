#pragma once
#include "unidg/core/torch.h"

#include "unidg/weights/scope.h"

namespace unidg::nn {

/// BatchNorm over [B, C, h, w]. In training mode (Module::train) each channel is normalised by the batch's
/// mean and variance, and the running ones move towards them by `momentum`; in eval mode by the running ones,
/// which stay. Activations may be bf16; weights and statistics are fp32.
class BatchNorm2dImpl : public torch::nn::Module {
 public:
  BatchNorm2dImpl(const weights::Scope& w, std::int64_t channels, double eps = 1e-5, double momentum = 0.1);
  torch::Tensor forward(const torch::Tensor& x);

  torch::Tensor weight, bias;
  torch::Tensor running_mean, running_var;  ///< buffers, own memory; the variance is the unbiased one
  torch::Tensor num_batches_tracked;        ///< buffer, i64 [], batches seen in training mode

 private:
  double eps_, momentum_;
};
TORCH_MODULE(BatchNorm2d);

}  // namespace unidg::nn
