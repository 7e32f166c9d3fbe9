#pragma once
#include "unidg/core/torch.h"

#include <memory>
#include <string>
#include <vector>

#include "unidg/nn/linear.h"
#include "unidg/weights/scope.h"

namespace unidg::nn {

using torch::Tensor;
using weights::Scope;

/// Builds a submodule from the weights below `name` and registers it under that very name.
template <typename ModuleHolder, typename... Args>
ModuleHolder make_child(torch::nn::Module& parent, const Scope& scope, const std::string& name,
                        Args&&... args) {
  return parent.register_module(name, ModuleHolder(scope[name], std::forward<Args>(args)...));
}

/// How a product is computed at inference on a CPU; side branches always run as they are stored.
enum class LinearCompute {
  Stored,  ///< in the dtype of the activations
  Bf16,    ///< both factors rounded to bf16, sums in fp32: quick where the processor has bf16 dot products
  Int8     ///< W8A8: rows of the weight and tokens rounded to 127 steps (nn/linear.h)
};

/// y = x W^T + b, plus any number of low-rank side branches. Weights [out, in].
class LinearImpl : public torch::nn::Module {
 public:
  LinearImpl(const Scope& w, std::int64_t in, std::int64_t out, bool with_bias = true);
  Tensor forward(const Tensor& x);
  /// gelu(forward(x)), tanh form.
  Tensor forward_gelu(const Tensor& x);
  /// Inference alone: Int8 gives the stored weight back and keeps the rounded one.
  void set_compute(LinearCompute compute);

  /// One LoRA branch at run time: y += scale * B(A x) (+ scale * bias). @param a [r, in] @param b [out, r]
  struct Branch {
    Tensor a, b, bias;
    double scale = 1;
    std::string adapter;
  };
  void add_branch(Branch branch);
  /// Adds every branch into the weight (fp32 product, cast once) and forgets them.
  void merge_branches();
  std::vector<Branch>& branches() { return branches_; }

  Tensor weight, bias;
  std::int64_t in_features, out_features;

 private:
  Tensor product(const Tensor& x) const;

  std::vector<Branch> branches_;
  LinearCompute compute_ = LinearCompute::Stored;
  Int8Weight int8_;
};
TORCH_MODULE(Linear);

/// LayerNorm with weight and bias. eps as given.
class LayerNormImpl : public torch::nn::Module {
 public:
  LayerNormImpl(const Scope& w, std::int64_t width, double eps);
  Tensor forward(const Tensor& x);
  Tensor weight, bias;

 private:
  double eps_;
};
TORCH_MODULE(LayerNorm);

/// RMSNorm over the last dimension: x * rsqrt(mean(x^2) + eps) * weight, statistics in fp32.
class RmsNormImpl : public torch::nn::Module {
 public:
  RmsNormImpl(const Scope& w, std::int64_t width, double eps);
  Tensor forward(const Tensor& x);
  Tensor weight;

 private:
  double eps_;
};
TORCH_MODULE(RmsNorm);

/// 2-D convolution, weights [out, in, k, k].
class Conv2dImpl : public torch::nn::Module {
 public:
  Conv2dImpl(const Scope& w, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
             std::int64_t padding = 0);
  Tensor forward(const Tensor& x);
  Tensor weight, bias;

 private:
  std::int64_t stride_, padding_;
};
TORCH_MODULE(Conv2d);

/// GroupNorm with weight and bias over [B, C, h, w].
class GroupNormImpl : public torch::nn::Module {
 public:
  GroupNormImpl(const Scope& w, std::int64_t groups, std::int64_t channels, double eps);
  Tensor forward(const Tensor& x);
  Tensor weight, bias;

 private:
  std::int64_t groups_;
  double eps_;
};
TORCH_MODULE(GroupNorm);

/// Activation by its configuration name: silu | swish | gelu | gelu_pytorch_tanh | gelu_new | quick_gelu |
/// relu.
/// @throws FormatError for a name we do not know
Tensor activate(const Tensor& x, const std::string& name);

}  // namespace unidg::nn
