#pragma once
#include <vector>

#include "unidg/models/siglip/config.h"
#include "unidg/nn/layers.h"

namespace unidg::models {

/// Patches to tokens, plus a learned position. Keys: patch_embedding.*, position_embedding.weight.
class SiglipEmbeddingsImpl : public torch::nn::Module {
 public:
  SiglipEmbeddingsImpl(const weights::Scope& w, const SiglipConfig& c);
  torch::Tensor forward(const torch::Tensor& pixels);  ///< [B, 3, S, S] -> [B, N, D]
  nn::Conv2d patch_embedding{nullptr};
  torch::Tensor position_embedding;  ///< [N, D]
};
TORCH_MODULE(SiglipEmbeddings);

/// x += out_proj(attention(layer_norm1 x)); x += fc2(act(fc1(layer_norm2 x))).
class SiglipLayerImpl : public torch::nn::Module {
 public:
  SiglipLayerImpl(const weights::Scope& w, const SiglipConfig& c);
  torch::Tensor forward(const torch::Tensor& x);  ///< [B, N, D]

  struct AttentionImpl : torch::nn::Module {
    AttentionImpl(const weights::Scope& w, const SiglipConfig& c);
    torch::Tensor forward(const torch::Tensor& x);
    nn::Linear q_proj{nullptr}, k_proj{nullptr}, v_proj{nullptr}, out_proj{nullptr};
    std::int64_t heads;
  };
  TORCH_MODULE(Attention);
  struct MlpImpl : torch::nn::Module {
    MlpImpl(const weights::Scope& w, const SiglipConfig& c);
    torch::Tensor forward(const torch::Tensor& x);
    nn::Linear fc1{nullptr}, fc2{nullptr};
    std::string activation;
  };
  TORCH_MODULE(Mlp);

  nn::LayerNorm layer_norm1{nullptr}, layer_norm2{nullptr};
  Attention self_attn{nullptr};
  Mlp mlp{nullptr};
};
TORCH_MODULE(SiglipLayer);

/// SigLIP's vision tower without its pooling head. Keys are transformers' without the
/// `vision_model.` prefix: embeddings.*, encoder.layers.i.*, post_layernorm.*.
class SiglipVisionImpl : public torch::nn::Module {
 public:
  SiglipVisionImpl(const weights::Scope& w, SiglipConfig c);

  /// last_hidden_state, post_layernorm included, which is what Redux reads.
  /// @param pixels [B, 3, S, S] in [-1, 1], S = `config().image_size` or another of as many whole patches
  /// @returns [B, N, D]
  torch::Tensor forward(const torch::Tensor& pixels);

  const SiglipConfig& config() const { return config_; }
  SiglipEmbeddings embeddings{nullptr};
  std::vector<SiglipLayer> layers;  ///< encoder.layers
  nn::LayerNorm post_layernorm{nullptr};

 private:
  SiglipConfig config_;
};
TORCH_MODULE(SiglipVision);

/// The names below `vision_model.` where the file has that prefix, else the file as it is.
weights::Scope siglip_scope(std::shared_ptr<weights::Source> source, const weights::DtypePolicy& policy = {});

/// Stored beside the tower but of no use to us: the pooling head, the position numbers, the text half.
bool is_unused_siglip_key(const std::string& name);

}  // namespace unidg::models
