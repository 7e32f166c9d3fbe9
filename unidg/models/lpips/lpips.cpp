#include "unidg/models/lpips/lpips.h"

#include "unidg/core/error.h"

namespace unidg::models {

torch::Tensor unit_length(const torch::Tensor& x) {
  return x / (torch::linalg_vector_norm(x, 2, at::IntArrayRef{1}, /*keepdim=*/true) + 1e-10);
}

LpipsImpl::LpipsImpl(const weights::Scope& backbone, const weights::Scope& head_weights,
                     const LpipsConfig& c) {
  net = register_module("net", LpipsBackbone(backbone, c));
  for (const auto channels : c.channels()) {
    const auto name = "lin" + std::to_string(heads.size());
    auto weight = head_weights[name]["model"]["1"].take("weight", {1, channels, 1, 1});
    if ((weight < 0).any().item<bool>())
      throw FormatError(
          head_weights.source().describe(), ": '", name,
          ".model.1.weight' holds a negative weight; LPIPS heads are non-negative. Is it a head?");
    heads.push_back(register_buffer(name, weight));
  }
  const auto options = torch::TensorOptions().device(backbone.policy().device);
  shift_ = register_buffer("shift", torch::tensor({-.030f, -.088f, -.188f}, options).view({1, 3, 1, 1}));
  scale_ = register_buffer("scale", torch::tensor({.458f, .448f, .450f}, options).view({1, 3, 1, 1}));
}

std::vector<torch::Tensor> LpipsImpl::unit_features(const torch::Tensor& x) {
  auto taps = net((x - shift_) / scale_);
  for (auto& tap : taps) tap = unit_length(tap);
  return taps;
}

std::vector<torch::Tensor> LpipsImpl::difference_maps(const torch::Tensor& x, const torch::Tensor& y) {
  const auto a = unit_features(x), b = unit_features(y);
  std::vector<torch::Tensor> maps;
  for (std::size_t k = 0; k < a.size(); ++k) maps.push_back(torch::conv2d((a[k] - b[k]).square(), heads[k]));
  return maps;  // [B, 1, h_k, w_k]
}

torch::Tensor LpipsImpl::forward(const torch::Tensor& x, const torch::Tensor& y) {
  auto sum = torch::zeros({x.size(0)}, x.options());
  for (const auto& map : difference_maps(x, y)) sum = sum + map.mean({1, 2, 3});
  return sum;
}

torch::Tensor LpipsImpl::spatial(const torch::Tensor& x, const torch::Tensor& y) {
  auto sum = torch::zeros({x.size(0), 1, x.size(2), x.size(3)}, x.options());
  for (const auto& map : difference_maps(x, y))
    sum = sum + torch::upsample_bilinear2d(map, {x.size(2), x.size(3)}, /*align_corners=*/false);
  return sum;
}

std::vector<torch::Tensor> LpipsImpl::weighted_features(const torch::Tensor& x) {
  auto features = unit_features(x);
  for (std::size_t k = 0; k < features.size(); ++k) features[k] = features[k] * heads[k].sqrt();
  return features;
}

}  // namespace unidg::models
