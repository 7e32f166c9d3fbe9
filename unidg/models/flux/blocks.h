#pragma once
#include "unidg/models/flux/config.h"
#include "unidg/nn/layers.h"

namespace unidg::models {

using nn::Linear;
using nn::RmsNorm;
using torch::Tensor;
using weights::Scope;

/// What every block of one forward pass shares.
struct JointContext {
  Tensor rope;            ///< complex64 [T + L, head_dim / 2], text first (nn/rope.h)
  Tensor log_key_weight;  ///< [T + L] or [B, T + L], or undefined (Eq. 10-12)
};

/// shift, scale and gate of one branch; each [B, 1, D].
struct Modulation {
  Tensor shift, scale, gate;
};

/// Maps vec to modulation rows. Depends on the step alone, so a sampler evaluates it once for all steps.
class AdaNormImpl : public torch::nn::Module {
 public:
  AdaNormImpl(const Scope& w, std::int64_t width, std::int64_t chunks);
  Tensor forward(const Tensor& silu_vec);  ///< [B, D] -> [B, chunks * D]
  Linear linear{nullptr};
};
TORCH_MODULE(AdaNorm);

/// The i-th (shift, scale, gate) of rows [B, chunks * D].
Modulation modulation_at(const Tensor& rows, std::int64_t index, std::int64_t width);

/// (1 + scale) LN(x) + shift; LN without affine parameters, eps 1e-6.
Tensor modulate(const Tensor& x, const Tensor& shift, const Tensor& scale);

/// Feed-forward of a double block: net.0.proj, GELU (tanh), net.2.
class FeedForwardImpl : public torch::nn::Module {
 public:
  FeedForwardImpl(const Scope& w, std::int64_t width);
  Tensor forward(const Tensor& x);

 private:
  Linear proj_{nullptr}, out_{nullptr};
};
TORCH_MODULE(FeedForward);

/// Projections and norms of a joint attention; text parts exist in double blocks only.
class JointAttentionImpl : public torch::nn::Module {
 public:
  JointAttentionImpl(const Scope& w, const FluxConfig& c, bool with_text);
  Linear to_q{nullptr}, to_k{nullptr}, to_v{nullptr}, add_q_proj{nullptr}, add_k_proj{nullptr},
      add_v_proj{nullptr}, to_add_out{nullptr}, to_out_0{nullptr};
  RmsNorm norm_q{nullptr}, norm_k{nullptr}, norm_added_q{nullptr}, norm_added_k{nullptr};
};
TORCH_MODULE(JointAttention);

/// Two streams with weights of their own that attend jointly (Eq. 1, 7).
class DoubleBlockImpl : public torch::nn::Module {
 public:
  DoubleBlockImpl(const Scope& w, const FluxConfig& c);
  struct Streams {
    Tensor image, text;
  };
  /// @param image [B, L, D] @param text [B, T, D] @param image_rows, text_rows [B, 6 D]
  Streams forward(const Tensor& image, const Tensor& text, const Tensor& image_rows, const Tensor& text_rows,
                  const JointContext& context);
  AdaNorm norm1{nullptr}, norm1_context{nullptr};
  JointAttention attn{nullptr};
  FeedForward ff{nullptr}, ff_context{nullptr};

 private:
  FluxConfig config_;
};
TORCH_MODULE(DoubleBlock);

/// One stream; attention and MLP side by side.
class SingleBlockImpl : public torch::nn::Module {
 public:
  SingleBlockImpl(const Scope& w, const FluxConfig& c);
  /// @param x text then image tokens, [B, T + L, D] @param rows [B, 3 D]
  Tensor forward(const Tensor& x, const Tensor& rows, const JointContext& context);
  AdaNorm norm{nullptr};
  JointAttention attn{nullptr};
  Linear proj_mlp{nullptr}, proj_out{nullptr};

 private:
  FluxConfig config_;
};
TORCH_MODULE(SingleBlock);

}  // namespace unidg::models
