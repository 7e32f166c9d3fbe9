#include "unidg/models/sam/layers.h"

#include <numbers>

#include "unidg/models/module_list.h"

namespace unidg::models::sam {

using nn::make_child;

FeedForwardImpl::FeedForwardImpl(const Scope& w, std::int64_t in, std::int64_t hidden, std::int64_t out,
                                 std::int64_t depth, std::string activation)
    : activation_(std::move(activation)) {
  proj_in = make_child<Linear>(*this, w, "proj_in", in, hidden);
  layers = make_list(*this, w, "layers", depth - 2,
                     [&](const Scope& at, std::int64_t) { return Linear(at, hidden, hidden); });
  proj_out = make_child<Linear>(*this, w, "proj_out", hidden, out);
}

Tensor FeedForwardImpl::forward(const Tensor& x) {
  auto h = nn::activate(proj_in(x), activation_);
  for (auto& layer : layers) h = nn::activate(layer(h), activation_);
  return proj_out(h);
}

ChannelNormImpl::ChannelNormImpl(const Scope& w, std::int64_t channels, double eps) : eps_(eps) {
  weight = register_parameter("weight", w.take("weight", {channels}), false);
  bias = register_parameter("bias", w.take("bias", {channels}), false);
}

Tensor ChannelNormImpl::forward(const Tensor& x) {
  const auto last = x.permute({0, 2, 3, 1});  // [B, h, w, C]
  return torch::layer_norm(last, {last.size(3)}, weight, bias, eps_).permute({0, 3, 1, 2});
}

DoublingConvolutionImpl::DoublingConvolutionImpl(const Scope& w, std::int64_t in, std::int64_t out) {
  weight = register_parameter("weight", w.take("weight", {in, out, 2, 2}), false);
  bias = register_parameter("bias", w.take("bias", {out}), false);
}

Tensor DoublingConvolutionImpl::forward(const Tensor& x) {
  return torch::conv_transpose2d(x, weight, bias, /*stride=*/2);
}

PositionalEmbeddingImpl::PositionalEmbeddingImpl(const Scope& w, std::int64_t width) {
  positional_embedding =
      register_buffer("positional_embedding", w.take("positional_embedding", {2, width / 2}));
}

Tensor PositionalEmbeddingImpl::forward(const Tensor& places) {
  const auto angles = 2 * std::numbers::pi * torch::matmul(2 * places - 1, positional_embedding);
  return torch::cat({angles.sin(), angles.cos()}, -1);
}

Tensor PositionalEmbeddingImpl::grid(std::int64_t side) {
  const auto centres =
      (torch::arange(side, positional_embedding.options()) + 0.5) / static_cast<double>(side);
  const auto x = centres.view({1, side}).expand({side, side});
  const auto y = centres.view({side, 1}).expand({side, side});
  return forward(torch::stack({x, y}, -1)).permute({2, 0, 1}).unsqueeze(0);
}

EmbeddingImpl::EmbeddingImpl(const Scope& w, std::int64_t rows, std::int64_t width) {
  weight = register_parameter("weight", w.take("weight", {rows, width}), false);
}

}  // namespace unidg::models::sam
