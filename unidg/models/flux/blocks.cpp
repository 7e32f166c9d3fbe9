#include "unidg/models/flux/blocks.h"

#include "unidg/nn/attention.h"
#include "unidg/nn/rope.h"

namespace unidg::models {

using nn::make_child;

AdaNormImpl::AdaNormImpl(const Scope& w, std::int64_t width, std::int64_t chunks) {
  linear = make_child<Linear>(*this, w, "linear", width, chunks * width);
}
Tensor AdaNormImpl::forward(const Tensor& silu_vec) { return linear(silu_vec); }

Modulation modulation_at(const Tensor& rows, std::int64_t index, std::int64_t width) {
  const auto part = [&](std::int64_t i) {
    return rows.narrow(1, (3 * index + i) * width, width).unsqueeze(1);
  };
  return {part(0), part(1), part(2)};
}

Tensor modulate(const Tensor& x, const Tensor& shift, const Tensor& scale) {
  constexpr double kEps = 1e-6;
  const auto width = x.size(-1);
  if (scale.size(0) == 1 && !torch::GradMode::is_enabled())  // one kernel: the modulation is the affine part
    return torch::layer_norm(x, {width}, (scale + 1).reshape({width}), shift.reshape({width}), kEps);
  return torch::addcmul(shift, torch::layer_norm(x, {width}, {}, {}, kEps), scale + 1);
}

FeedForwardImpl::FeedForwardImpl(const Scope& w, std::int64_t width) {
  const auto net = register_module("net", std::make_shared<torch::nn::Module>());
  const auto first = net->register_module("0", std::make_shared<torch::nn::Module>());
  proj_ = first->register_module("proj", Linear(w["net.0.proj"], width, 4 * width));
  out_ = net->register_module("2", Linear(w["net.2"], 4 * width, width));
}
Tensor FeedForwardImpl::forward(const Tensor& x) { return out_(proj_->forward_gelu(x)); }

JointAttentionImpl::JointAttentionImpl(const Scope& w, const FluxConfig& c, bool with_text) {
  const auto width = c.width();
  to_q = make_child<Linear>(*this, w, "to_q", width, width);
  to_k = make_child<Linear>(*this, w, "to_k", width, width);
  to_v = make_child<Linear>(*this, w, "to_v", width, width);
  norm_q = make_child<RmsNorm>(*this, w, "norm_q", c.head_dim, 1e-6);
  norm_k = make_child<RmsNorm>(*this, w, "norm_k", c.head_dim, 1e-6);
  if (!with_text) return;
  add_q_proj = make_child<Linear>(*this, w, "add_q_proj", width, width);
  add_k_proj = make_child<Linear>(*this, w, "add_k_proj", width, width);
  add_v_proj = make_child<Linear>(*this, w, "add_v_proj", width, width);
  norm_added_q = make_child<RmsNorm>(*this, w, "norm_added_q", c.head_dim, 1e-6);
  norm_added_k = make_child<RmsNorm>(*this, w, "norm_added_k", c.head_dim, 1e-6);
  to_add_out = make_child<Linear>(*this, w, "to_add_out", width, width);
  const auto out = register_module("to_out", std::make_shared<torch::nn::Module>());
  to_out_0 = out->register_module("0", Linear(w["to_out.0"], width, width));
}

DoubleBlockImpl::DoubleBlockImpl(const Scope& w, const FluxConfig& c) : config_(c) {
  norm1 = make_child<AdaNorm>(*this, w, "norm1", c.width(), 6);
  norm1_context = make_child<AdaNorm>(*this, w, "norm1_context", c.width(), 6);
  attn = make_child<JointAttention>(*this, w, "attn", c, true);
  ff = make_child<FeedForward>(*this, w, "ff", c.width());
  ff_context = make_child<FeedForward>(*this, w, "ff_context", c.width());
}

DoubleBlockImpl::Streams DoubleBlockImpl::forward(const Tensor& image, const Tensor& text,
                                                  const Tensor& image_rows, const Tensor& text_rows,
                                                  const JointContext& context) {
  const auto heads = config_.heads, width = config_.width();
  const auto image_attn = modulation_at(image_rows, 0, width),
             image_mlp = modulation_at(image_rows, 1, width);
  const auto text_attn = modulation_at(text_rows, 0, width), text_mlp = modulation_at(text_rows, 1, width);

  // Both streams attend as one sequence, text first.
  const auto x = modulate(image, image_attn.shift, image_attn.scale);
  const auto c = modulate(text, text_attn.shift, text_attn.scale);
  const auto joined = [&](Linear& of_text, Linear& of_image) {
    return std::pair{nn::split_heads(of_text(c), heads), nn::split_heads(of_image(x), heads)};
  };
  const auto [text_q, image_q] = joined(attn->add_q_proj, attn->to_q);
  const auto [text_k, image_k] = joined(attn->add_k_proj, attn->to_k);
  const auto [text_v, image_v] = joined(attn->add_v_proj, attn->to_v);
  const auto q = torch::cat({attn->norm_added_q(text_q), attn->norm_q(image_q)}, 2);  // [B, H, T + L, d]
  const auto k = torch::cat({attn->norm_added_k(text_k), attn->norm_k(image_k)}, 2);
  const auto v = torch::cat({text_v, image_v}, 2);
  const auto mixed = nn::attention(nn::apply_rope(q, context.rope), nn::apply_rope(k, context.rope), v,
                                   context.log_key_weight);  // Eq. 12; [B, T + L, D]
  const auto parts = mixed.split_with_sizes({text.size(1), image.size(1)}, 1);

  auto new_image = torch::addcmul(image, image_attn.gate, attn->to_out_0(parts[1]));
  auto new_text = torch::addcmul(text, text_attn.gate, attn->to_add_out(parts[0]));
  new_image =
      torch::addcmul(new_image, image_mlp.gate, ff(modulate(new_image, image_mlp.shift, image_mlp.scale)));
  new_text =
      torch::addcmul(new_text, text_mlp.gate, ff_context(modulate(new_text, text_mlp.shift, text_mlp.scale)));
  return {new_image, new_text};
}

SingleBlockImpl::SingleBlockImpl(const Scope& w, const FluxConfig& c) : config_(c) {
  norm = make_child<AdaNorm>(*this, w, "norm", c.width(), 3);
  attn = make_child<JointAttention>(*this, w, "attn", c, false);
  proj_mlp = make_child<Linear>(*this, w, "proj_mlp", c.width(), 4 * c.width());
  proj_out = make_child<Linear>(*this, w, "proj_out", 5 * c.width(), c.width());
}

Tensor SingleBlockImpl::forward(const Tensor& x, const Tensor& rows, const JointContext& context) {
  const auto mod = modulation_at(rows, 0, config_.width());
  const auto h = modulate(x, mod.shift, mod.scale);                            // [B, T + L, D]
  const auto q = attn->norm_q(nn::split_heads(attn->to_q(h), config_.heads));  // [B, H, T + L, d]
  const auto k = attn->norm_k(nn::split_heads(attn->to_k(h), config_.heads));
  const auto v = nn::split_heads(attn->to_v(h), config_.heads);
  const auto attended = nn::attention(nn::apply_rope(q, context.rope), nn::apply_rope(k, context.rope), v,
                                      context.log_key_weight);  // Eq. 12; [B, T + L, D]
  const auto thought = proj_mlp->forward_gelu(h);               // [B, T + L, 4 D]
  return torch::addcmul(x, mod.gate, proj_out(torch::cat({attended, thought}, -1)));
}

}  // namespace unidg::models
