#include "unidg/models/vae/blocks.h"

#include "unidg/models/module_list.h"
#include "unidg/models/vae/group_norm_kernel.h"
#include "unidg/models/vae/upsample_convolution.h"
#include "unidg/nn/attention.h"

namespace unidg::models {

using nn::make_child;

namespace {

constexpr double kEps = 1e-6;

bool wants_gradient(const Tensor& a, const Tensor& b) {
  return torch::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad());
}

bool is_fusable(const Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat32 &&
         x.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

}  // namespace

ActivatedNormImpl::ActivatedNormImpl(const Scope& w, std::int64_t groups, std::int64_t channels,
                                     std::string activation)
    : groups_(groups), activation_(std::move(activation)) {
  weight = register_parameter("weight", w.take("weight", {channels}), false);
  bias = register_parameter("bias", w.take("bias", {channels}), false);
}

Tensor ActivatedNormImpl::forward(Tensor x) {
  const auto scale = weight.to(x.scalar_type()), shift = bias.to(x.scalar_type());
  const bool is_silu = activation_ == "silu" || activation_ == "swish";
  if (is_fusable(x) && !wants_gradient(x, weight) && (is_silu || activation_.empty()))
    return group_norm_channels_last(std::move(x), groups_, scale, shift, kEps, is_silu);
  const auto y = torch::group_norm(x, groups_, scale, shift, kEps);
  return activation_.empty() ? y : nn::activate(y, activation_);
}

ResnetBlockImpl::ResnetBlockImpl(const Scope& w, std::int64_t in, std::int64_t out, const VaeConfig& c) {
  norm1 = make_child<ActivatedNorm>(*this, w, "norm1", c.norm_num_groups, in, c.act_fn);
  conv1 = make_child<Conv2d>(*this, w, "conv1", in, out, 3, 1, 1);
  norm2 = make_child<ActivatedNorm>(*this, w, "norm2", c.norm_num_groups, out, c.act_fn);
  conv2 = make_child<Conv2d>(*this, w, "conv2", out, out, 3, 1, 1);
  if (in != out) conv_shortcut = make_child<Conv2d>(*this, w, "conv_shortcut", in, out, 1);
}

Tensor ResnetBlockImpl::forward(const Tensor& x) {
  auto h = conv1(norm1(x));
  h = conv2(norm2(std::move(h)));
  return h.add_(conv_shortcut ? conv_shortcut(x) : x);
}

PlaceAttentionImpl::PlaceAttentionImpl(const Scope& w, std::int64_t channels, const VaeConfig& c) {
  const bool is_old = w.contains("query.weight");
  const auto projection = [&](const char* name, const char* old_name) {
    return register_module(name, Linear(w[is_old ? old_name : name], channels, channels));
  };
  group_norm = make_child<ActivatedNorm>(*this, w, "group_norm", c.norm_num_groups, channels, "");
  to_q = projection("to_q", "query");
  to_k = projection("to_k", "key");
  to_v = projection("to_v", "value");
  to_out = make_list(*this, w, "to_out", 1, [&](const Scope& at, std::int64_t) {
    return Linear(is_old ? w["proj_attn"] : at, channels, channels);
  });
}

Tensor PlaceAttentionImpl::forward(const Tensor& x) {
  const auto places = group_norm(x).flatten(2).transpose(1, 2);  // [B, hw, C]
  const auto head = [&](Linear& project) { return nn::split_heads(project(places), 1); };
  auto attended = nn::attention(head(to_q), head(to_k), head(to_v));  // scale C^-1/2; [B, hw, C]
  attended = to_out[0](attended);
  return x + attended.transpose(1, 2).view(x.sizes());
}

MidBlockImpl::MidBlockImpl(const Scope& w, std::int64_t channels, const VaeConfig& c) {
  resnets = make_list(*this, w, "resnets", 2,
                      [&](const Scope& at, std::int64_t) { return ResnetBlock(at, channels, channels, c); });
  attentions = make_list(*this, w, "attentions", c.mid_block_add_attention ? 1 : 0,
                         [&](const Scope& at, std::int64_t) { return PlaceAttention(at, channels, c); });
}

Tensor MidBlockImpl::forward(Tensor x) {
  x = resnets[0](x);
  for (auto& attention : attentions) x = attention(x);
  return resnets[1](x);
}

DownsampleImpl::DownsampleImpl(const Scope& w, std::int64_t channels) {
  conv = make_child<Conv2d>(*this, w, "conv", channels, channels, 3, 2, 0);
}

Tensor DownsampleImpl::forward(const Tensor& x) { return conv(torch::constant_pad_nd(x, {0, 1, 0, 1})); }

UpsampleImpl::UpsampleImpl(const Scope& w, std::int64_t channels) {
  conv = make_child<Conv2d>(*this, w, "conv", channels, channels, 3, 1, 1);
}

Tensor UpsampleImpl::forward(const Tensor& x) {
  if (is_fusable(x) && !wants_gradient(x, conv->weight) && x.size(2) * x.size(3) >= 512)
    return upsample_convolution(x, conv->weight.to(x.scalar_type()), conv->bias.to(x.scalar_type()));
  const std::vector<std::int64_t> size{2 * x.size(2), 2 * x.size(3)};
  return conv(torch::upsample_nearest2d(x, size));
}

}  // namespace unidg::models
