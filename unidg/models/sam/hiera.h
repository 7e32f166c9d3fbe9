#pragma once
#include "unidg/models/sam/config.h"
#include "unidg/models/sam/layers.h"

namespace unidg::models::sam {

/// Self-attention over the cells of a map, whose queries may be pooled. Keys: qkv.*, proj.*.
class MultiScaleAttentionImpl : public torch::nn::Module {
 public:
  /// @param pool side of the pooled cells, 1 for none
  MultiScaleAttentionImpl(const Scope& w, std::int64_t in, std::int64_t out, std::int64_t heads,
                          std::int64_t pool);
  Tensor forward(const Tensor& x);  ///< [B, h, w, in] -> [B, h / pool, w / pool, out]
  Linear qkv{nullptr}, proj{nullptr};

 private:
  std::int64_t heads_, pool_;
};
TORCH_MODULE(MultiScaleAttention);

/// x' = shortcut + attention in windows (norm1 x); x' + mlp(norm2 x'). The first block of a stage widens and
/// pools; its windows are those of the stage before.
class MultiScaleBlockImpl : public torch::nn::Module {
 public:
  /// @param block counted inside the stage  @param index counted through all stages
  MultiScaleBlockImpl(const Scope& w, const BackboneConfig& c, std::int64_t stage, std::int64_t block,
                      std::int64_t index);
  Tensor forward(const Tensor& x);  ///< [B, h, w, in] -> [B, h', w', out]
  LayerNorm layer_norm1{nullptr}, layer_norm2{nullptr};
  MultiScaleAttention attn{nullptr};
  FeedForward mlp{nullptr};
  Linear proj{nullptr};  ///< the shortcut's, where the width changes

 private:
  std::int64_t window_, pool_;
};
TORCH_MODULE(MultiScaleBlock);

/// Hiera: patches, a position of window and background, blocks in stages. Keys: patch_embed.projection.*,
/// pos_embed, pos_embed_window, blocks.i.*.
class HieraImpl : public torch::nn::Module {
 public:
  HieraImpl(const Scope& w, BackboneConfig c);
  /// @param pixels [B, 3, S, S]  @returns one map a stage, fine to coarse, [B, h, w, C]
  std::vector<Tensor> forward(const Tensor& pixels);

  Conv2d projection{nullptr};  ///< patch_embed.projection
  Tensor pos_embed, pos_embed_window;
  std::vector<MultiScaleBlock> blocks;

 private:
  Tensor positions(std::int64_t side) const;  ///< [1, side, side, C]
  BackboneConfig config_;
};
TORCH_MODULE(Hiera);

}  // namespace unidg::models::sam
