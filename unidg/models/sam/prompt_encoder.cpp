#include "unidg/models/sam/prompt_encoder.h"

namespace unidg::models::sam {

using nn::make_child;

namespace {

constexpr std::int64_t kTopLeft = 2, kBottomRight = 3;  // rows of point_embed

}  // namespace

MaskEmbeddingImpl::MaskEmbeddingImpl(const Scope& w, const PromptEncoderConfig& c)
    : activation_(c.hidden_act) {
  const auto half = c.mask_input_channels / 4;
  conv1 = make_child<Conv2d>(*this, w, "conv1", 1, half, 2, 2);
  layer_norm1 = make_child<ChannelNorm>(*this, w, "layer_norm1", half, c.layer_norm_eps);
  conv2 = make_child<Conv2d>(*this, w, "conv2", half, c.mask_input_channels, 2, 2);
  layer_norm2 = make_child<ChannelNorm>(*this, w, "layer_norm2", c.mask_input_channels, c.layer_norm_eps);
  conv3 = make_child<Conv2d>(*this, w, "conv3", c.mask_input_channels, c.hidden_size, 1);
}

Tensor MaskEmbeddingImpl::forward(const Tensor& masks) {
  const auto half = nn::activate(layer_norm1(conv1(masks)), activation_);
  const auto quarter = nn::activate(layer_norm2(conv2(half)), activation_);
  return conv3(quarter);
}

PromptEncoderImpl::PromptEncoderImpl(const Scope& w, const PromptEncoderConfig& c, const Scope& shared)
    : config_(c) {
  const auto own = w["shared_embedding"];
  shared_embedding = register_module(
      "shared_embedding",
      PositionalEmbedding(own.contains("positional_embedding") ? own : shared, c.hidden_size));
  mask_embed = make_child<MaskEmbedding>(*this, w, "mask_embed", c);
  no_mask_embed = make_child<Embedding>(*this, w, "no_mask_embed", 1, c.hidden_size);
  point_embed = make_child<Embedding>(*this, w, "point_embed", c.num_point_embeddings, c.hidden_size);
  not_a_point_embed = make_child<Embedding>(*this, w, "not_a_point_embed", 1, c.hidden_size);
}

Tensor PromptEncoderImpl::place(const Tensor& pixels) {
  return shared_embedding((pixels + 0.5) / static_cast<double>(config_.image_size));
}

Tensor PromptEncoderImpl::embed_points(const Tensor& points, const Tensor& labels) {
  const auto label = labels.unsqueeze(-1);  // [P, N, 1]
  auto out = torch::where(label == kNoPoint, not_a_point_embed->weight, place(points));
  out = torch::where(label == kPadding, torch::zeros_like(out), out);
  const auto meaning = torch::embedding(point_embed->weight, labels.clamp_min(0));  // [P, N, D]
  return out + meaning * (label >= 0);
}

Tensor PromptEncoderImpl::embed_boxes(const Tensor& boxes) {
  const auto corners = place(boxes.view({-1, 2, 2}));  // [P, 2, D]
  const auto meaning = point_embed->weight.narrow(0, kTopLeft, kBottomRight - kTopLeft + 1);
  const auto end = not_a_point_embed->weight.expand({boxes.size(0), 1, -1});
  return torch::cat({corners + meaning, end}, 1);
}

Tensor PromptEncoderImpl::embed_masks(const Tensor& masks) {
  const auto side = config_.mask_side();
  if (masks.size(2) == side && masks.size(3) == side) return mask_embed(masks);
  return mask_embed(torch::_upsample_bilinear2d_aa(masks, {side, side}, /*align_corners=*/false));
}

PromptEmbeddings PromptEncoderImpl::forward(const Prompts& prompts) {
  PromptEmbeddings out;
  auto points = prompts.points, labels = prompts.labels;
  const auto& options = no_mask_embed->weight.options();
  if (!points.defined() && !prompts.boxes.defined()) {
    const auto asked = prompts.masks.defined() ? prompts.masks.size(0) : 1;
    points = torch::zeros({asked, 1, 2}, options);
    labels = torch::full({asked, 1}, kNoPoint, options.dtype(torch::kInt64));
  }
  std::vector<Tensor> sparse;
  if (points.defined()) {
    if (!labels.defined())
      labels = torch::full({points.size(0), points.size(1)}, kOnObject, options.dtype(torch::kInt64));
    sparse.push_back(embed_points(points, labels));
  }
  if (prompts.boxes.defined()) {
    sparse.push_back(embed_boxes(prompts.boxes));  // ends in a point that is none
  } else {
    sparse.push_back(not_a_point_embed->weight.expand({points.size(0), 1, -1}));
  }
  out.sparse = torch::cat(sparse, 1);
  const auto side = config_.embedding_side();
  out.dense = prompts.masks.defined() ? embed_masks(prompts.masks)
                                      : no_mask_embed->weight.view({1, -1, 1, 1}).expand({1, -1, side, side});
  return out;
}

}  // namespace unidg::models::sam
