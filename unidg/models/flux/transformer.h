#pragma once
#include <torch/nn/modules/container/modulelist.h>

#include <vector>

#include "unidg/models/flux/blocks.h"

namespace unidg::models {

/// Two Linear layers with SiLU between: embeds time, guidance or the pooled text.
class EmbedderImpl : public torch::nn::Module {
 public:
  EmbedderImpl(const Scope& w, std::int64_t in, std::int64_t width);
  Tensor forward(const Tensor& x);
  Linear linear_1{nullptr}, linear_2{nullptr};
};
TORCH_MODULE(Embedder);

/// vec = time(sigma) + guidance(g) + text(pooled), summed in that order.
class TimeTextEmbedImpl : public torch::nn::Module {
 public:
  TimeTextEmbedImpl(const Scope& w, const FluxConfig& c);
  Tensor forward(const Tensor& sigma, const Tensor& guidance, const Tensor& pooled);
  Embedder timestep_embedder{nullptr}, guidance_embedder{nullptr}, text_embedder{nullptr};
};
TORCH_MODULE(TimeTextEmbed);

/// Every modulation of a forward pass. Rows of several steps can be computed at once and taken one by one.
struct Modulations {
  std::vector<Tensor> image, text;             ///< per double block, [N, 6 D]
  std::vector<Tensor> single;                  ///< per single block, [N, 3 D]
  Tensor out;                                  ///< [N, 2 D], scale then shift (diffusers' order)
  Modulations step(std::int64_t index) const;  ///< one row of each, as [1, ...]
};

/// The MM-DiT of the FLUX family: diffusers' FluxTransformer2DModel, key by key (Eq. 1, 7, 10-12).
class FluxTransformerImpl : public torch::nn::Module {
 public:
  FluxTransformerImpl(const Scope& w, const FluxConfig& c);

  /// Velocity of every image token.
  /// @param hidden_states [B, L, in_channels] @param encoder_hidden_states [B, T, joint_dim]
  /// @param modulations rows of this call: [1 or B, ...]
  /// @returns [B, L, out_channels]
  Tensor forward(const Tensor& hidden_states, const Tensor& encoder_hidden_states,
                 const Modulations& modulations, const JointContext& context);

  /// @param sigma [N] in [0, 1] @param guidance [N], ignored by networks without guidance embedding
  /// @param pooled [1 or N, pooled_dim], or undefined for zeros
  Modulations modulations(const Tensor& sigma, const Tensor& guidance, const Tensor& pooled = {});
  /// RoPE of text tokens at (0, 0, 0) followed by the image tokens.
  /// @param txt_ids [T, 3] @param img_ids [L, 3]
  Tensor rope(const Tensor& txt_ids, const Tensor& img_ids) const;
  /// How the blocks' large products are computed on a CPU; embeddings, modulations and the last layer stay as
  /// stored.
  void set_compute(nn::LinearCompute compute);
  /// In training: blocks keep their inputs alone and are computed again in the backward pass.
  void set_recompute(bool recompute) { recompute_ = recompute; }
  const FluxConfig& config() const { return config_; }

  Linear x_embedder{nullptr}, context_embedder{nullptr}, proj_out{nullptr};
  TimeTextEmbed time_text_embed{nullptr};
  torch::nn::ModuleList transformer_blocks, single_transformer_blocks;
  AdaNorm norm_out{nullptr};

 private:
  FluxConfig config_;
  bool recompute_ = false;
};
TORCH_MODULE(FluxTransformer);

}  // namespace unidg::models
