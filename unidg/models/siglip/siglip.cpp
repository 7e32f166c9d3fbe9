#include "unidg/models/siglip/siglip.h"

#include "unidg/models/module_list.h"
#include "unidg/nn/attention.h"

namespace unidg::models {

using nn::LayerNorm;
using nn::Linear;
using nn::make_child;
using torch::Tensor;
using weights::Scope;

SiglipEmbeddingsImpl::SiglipEmbeddingsImpl(const Scope& w, const SiglipConfig& c) {
  patch_embedding = make_child<nn::Conv2d>(*this, w, "patch_embedding", c.num_channels, c.hidden_size,
                                           c.patch_size, c.patch_size);
  position_embedding = w["position_embedding"].take("weight", {c.tokens(), c.hidden_size});
  auto holder = register_module("position_embedding", torch::nn::ModuleList());
  holder->register_parameter("weight", position_embedding, false);
}

Tensor SiglipEmbeddingsImpl::forward(const Tensor& pixels) {
  const auto patches = patch_embedding(pixels).flatten(2).transpose(1, 2);  // [B, N, D], row by row
  return patches + position_embedding.to(patches.scalar_type());
}

SiglipLayerImpl::AttentionImpl::AttentionImpl(const Scope& w, const SiglipConfig& c)
    : heads(c.num_attention_heads) {
  q_proj = make_child<Linear>(*this, w, "q_proj", c.hidden_size, c.hidden_size);
  k_proj = make_child<Linear>(*this, w, "k_proj", c.hidden_size, c.hidden_size);
  v_proj = make_child<Linear>(*this, w, "v_proj", c.hidden_size, c.hidden_size);
  out_proj = make_child<Linear>(*this, w, "out_proj", c.hidden_size, c.hidden_size);
}

Tensor SiglipLayerImpl::AttentionImpl::forward(const Tensor& x) {
  const auto head = [&](Linear& project) { return nn::split_heads(project(x), heads); };
  return out_proj(nn::attention(head(q_proj), head(k_proj), head(v_proj)));
}

SiglipLayerImpl::MlpImpl::MlpImpl(const Scope& w, const SiglipConfig& c) : activation(c.hidden_act) {
  fc1 = make_child<Linear>(*this, w, "fc1", c.hidden_size, c.intermediate_size);
  fc2 = make_child<Linear>(*this, w, "fc2", c.intermediate_size, c.hidden_size);
}

Tensor SiglipLayerImpl::MlpImpl::forward(const Tensor& x) { return fc2(nn::activate(fc1(x), activation)); }

SiglipLayerImpl::SiglipLayerImpl(const Scope& w, const SiglipConfig& c) {
  layer_norm1 = make_child<LayerNorm>(*this, w, "layer_norm1", c.hidden_size, c.layer_norm_eps);
  self_attn = make_child<Attention>(*this, w, "self_attn", c);
  layer_norm2 = make_child<LayerNorm>(*this, w, "layer_norm2", c.hidden_size, c.layer_norm_eps);
  mlp = make_child<Mlp>(*this, w, "mlp", c);
}

Tensor SiglipLayerImpl::forward(const Tensor& x) {
  const auto attended = x + self_attn(layer_norm1(x));
  return attended + mlp(layer_norm2(attended));
}

SiglipVisionImpl::SiglipVisionImpl(const Scope& w, SiglipConfig c) : config_(std::move(c)) {
  embeddings = make_child<SiglipEmbeddings>(*this, w, "embeddings", config_);
  auto encoder = register_module("encoder", torch::nn::ModuleList());
  layers = make_list(*encoder, w["encoder"], "layers", config_.num_hidden_layers,
                     [&](const Scope& at, std::int64_t) { return SiglipLayer(at, config_); });
  post_layernorm =
      make_child<LayerNorm>(*this, w, "post_layernorm", config_.hidden_size, config_.layer_norm_eps);
}

Tensor SiglipVisionImpl::forward(const Tensor& pixels) {
  const auto patches = [&](int dim) { return pixels.size(dim) / config_.patch_size; };
  if (patches(2) != config_.patches_per_side() || patches(3) != config_.patches_per_side())
    throw InputError("SigLIP: the image is ", pixels.size(3), " x ", pixels.size(2),
                     " but its positions are for ", config_.image_size, " x ", config_.image_size,
                     "; resize it first.");
  auto x = embeddings(pixels);
  for (auto& layer : layers) x = layer(x);
  return post_layernorm(x);
}

Scope siglip_scope(std::shared_ptr<weights::Source> source, const weights::DtypePolicy& policy) {
  const std::string prefix = "vision_model.";
  if (source->contains(prefix + "post_layernorm.weight")) source = weights::strip_prefix(source, prefix);
  return Scope(source, policy);
}

bool is_unused_siglip_key(const std::string& name) {
  return name.starts_with("head.") || name == "embeddings.position_ids";
}

}  // namespace unidg::models
