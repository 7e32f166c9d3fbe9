#pragma once
#include "unidg/models/sam/config.h"
#include "unidg/models/sam/layers.h"

namespace unidg::models::sam {

/// What a point says (`Prompts::labels`): skipped altogether, no point at all, beside or on the object.
constexpr std::int64_t kPadding = -10, kNoPoint = -1, kBeside = 0, kOnObject = 1;

/// What is asked of one picture: P masks at once. Coordinates are pixels of the network's square picture,
/// counted from the corner of the first pixel; undefined tensors are not asked with.
struct Prompts {
  Tensor points;  ///< [P, N, 2], x and y
  Tensor labels;  ///< [P, N] int64; undefined: all on the object
  Tensor boxes;   ///< [P, 4], x1 y1 x2 y2
  Tensor
      masks;  ///< [1 or P, 1, h, w] logits, as the decoder gives them; resized to its side when they differ
};

/// Prompts as the decoder reads them.
struct PromptEmbeddings {
  Tensor sparse;  ///< points and corners: [P, N', D]
  Tensor dense;   ///< the mask: [1 or P, D, h, w]
};

/// A mask of side 4h to h: two convolutions that halve, one that widens. Keys: conv{1,2,3}.*,
/// layer_norm{1,2}.*.
class MaskEmbeddingImpl : public torch::nn::Module {
 public:
  MaskEmbeddingImpl(const Scope& w, const PromptEncoderConfig& c);
  Tensor forward(const Tensor& masks);  ///< [B, 1, 4h, 4w] -> [B, D, h, w]
  Conv2d conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  ChannelNorm layer_norm1{nullptr}, layer_norm2{nullptr};

 private:
  std::string activation_;
};
TORCH_MODULE(MaskEmbedding);

/// Keys: shared_embedding.positional_embedding, point_embed.weight, not_a_point_embed.weight,
/// no_mask_embed.weight, mask_embed.*.
class PromptEncoderImpl : public torch::nn::Module {
 public:
  /// @param shared where a file keeps the positional embedding when it is stored once for picture and prompts
  PromptEncoderImpl(const Scope& w, const PromptEncoderConfig& c, const Scope& shared);
  /// Points without boxes are followed by one that is no point. With neither points nor boxes, points of
  /// kNoPoint stand for them.
  PromptEmbeddings forward(const Prompts& prompts);

  PositionalEmbedding shared_embedding{nullptr};
  MaskEmbedding mask_embed{nullptr};
  Embedding no_mask_embed{nullptr}, point_embed{nullptr}, not_a_point_embed{nullptr};

 private:
  Tensor place(const Tensor& pixels);  ///< [..., 2] -> [..., D]
  Tensor embed_points(const Tensor& points, const Tensor& labels);
  Tensor embed_boxes(const Tensor& boxes);
  Tensor embed_masks(const Tensor& masks);
  PromptEncoderConfig config_;
};
TORCH_MODULE(PromptEncoder);

}  // namespace unidg::models::sam
