#pragma once
#include "unidg/models/sam/prompt_encoder.h"

namespace unidg::models::sam {

/// Attention between prompt and picture tokens, in D / rate dimensions. Keys: {q,k,v,o}_proj.*.
class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(const Scope& w, const MaskDecoderConfig& c, std::int64_t rate);
  /// [B, L, D] each; B may be 1 where it serves all prompts. @returns [B, L of the query, D]
  Tensor forward(const Tensor& query, const Tensor& key, const Tensor& value);
  Linear q_proj{nullptr}, k_proj{nullptr}, v_proj{nullptr}, o_proj{nullptr};

 private:
  std::int64_t heads_;
};
TORCH_MODULE(Attention);

/// Prompt and picture tokens.
struct TwoWay {
  Tensor prompts;  ///< [P, L, D]
  Tensor picture;  ///< [1 or P, h w, D]
};

/// Prompts attend to themselves and to the picture, pass an MLP, and the picture attends to them; positions
/// are added wherever a query or key is made, except in the first block's self-attention.
class TwoWayBlockImpl : public torch::nn::Module {
 public:
  TwoWayBlockImpl(const Scope& w, const MaskDecoderConfig& c, bool is_first);
  TwoWay forward(const TwoWay& x, const TwoWay& positions);
  Attention self_attn{nullptr}, cross_attn_token_to_image{nullptr}, cross_attn_image_to_token{nullptr};
  LayerNorm layer_norm1{nullptr}, layer_norm2{nullptr}, layer_norm3{nullptr}, layer_norm4{nullptr};
  FeedForward mlp{nullptr};

 private:
  bool is_first_;
};
TORCH_MODULE(TwoWayBlock);

/// Keys: layers.i.*, final_attn_token_to_image.*, layer_norm_final_attn.*.
class TwoWayTransformerImpl : public torch::nn::Module {
 public:
  TwoWayTransformerImpl(const Scope& w, const MaskDecoderConfig& c);
  TwoWay forward(const TwoWay& tokens, const Tensor& picture_positions);
  std::vector<TwoWayBlock> layers;
  Attention final_attn_token_to_image{nullptr};
  LayerNorm layer_norm_final_attn{nullptr};
};
TORCH_MODULE(TwoWayTransformer);

/// A picture as the decoder reads it.
struct PictureEmbedding {
  Tensor embedding;        ///< [1, D, h, w]
  Tensor positions;        ///< [1, D, h, w]
  Tensor high_resolution;  ///< [1, D / 8, 4h, 4w]: conv_s0 of the fine level
  Tensor mid_resolution;   ///< [1, D / 4, 2h, 2w]: conv_s1 of the middle level
};

struct Predictions {
  Tensor masks;         ///< [P, M, 4h, 4w] logits, above 0 is inside
  Tensor iou;           ///< [P, M]: the network's own guess of each mask's IoU with the truth
  Tensor object_score;  ///< [P] logits: is there an object at all?
};

/// Which masks come back: those of the multimask tokens (a part, the whole, ...), or the single token's mask,
/// replaced by the best of the others where it is unstable (if the config says so).
enum class MaskChoice { Several, One };

/// Keys as Sam2MaskDecoder's.
class MaskDecoderImpl : public torch::nn::Module {
 public:
  MaskDecoderImpl(const Scope& w, const MaskDecoderConfig& c);
  Predictions forward(const PictureEmbedding& picture, const PromptEmbeddings& prompts, MaskChoice choice);

  TwoWayTransformer transformer{nullptr};
  Embedding obj_score_token{nullptr}, iou_token{nullptr}, mask_tokens{nullptr};
  DoublingConvolution upscale_conv1{nullptr}, upscale_conv2{nullptr};
  ChannelNorm upscale_layer_norm{nullptr};
  std::vector<FeedForward> output_hypernetworks_mlps;
  FeedForward iou_prediction_head{nullptr}, pred_obj_score_head{nullptr};
  Conv2d conv_s0{nullptr}, conv_s1{nullptr};  ///< applied once a picture, by Sam2::encode

 private:
  Tensor upscaled(const Tensor& picture_tokens, const PictureEmbedding& picture);  ///< [P, D / 8, 4h, 4w]
  Predictions one_of(const Predictions& all) const;
  MaskDecoderConfig config_;
};
TORCH_MODULE(MaskDecoder);

/// Share of the pixels above -delta that are above delta; 1 where there are none. @param masks [..., h, w]
Tensor stability(const Tensor& masks, double delta);

}  // namespace unidg::models::sam
