#include "unidg/models/sam/mask_decoder.h"

#include <algorithm>

#include "unidg/models/module_list.h"
#include "unidg/nn/attention.h"

namespace unidg::models::sam {

using nn::make_child;

namespace {

constexpr double kNormEps = 1e-5;     // of the two-way blocks
constexpr double kUpscaleEps = 1e-6;  // of the upscaled map

}  // namespace

AttentionImpl::AttentionImpl(const Scope& w, const MaskDecoderConfig& c, std::int64_t rate)
    : heads_(c.num_attention_heads) {
  const auto inner = c.hidden_size / rate;
  q_proj = make_child<Linear>(*this, w, "q_proj", c.hidden_size, inner);
  k_proj = make_child<Linear>(*this, w, "k_proj", c.hidden_size, inner);
  v_proj = make_child<Linear>(*this, w, "v_proj", c.hidden_size, inner);
  o_proj = make_child<Linear>(*this, w, "o_proj", inner, c.hidden_size);
}

Tensor AttentionImpl::forward(const Tensor& query, const Tensor& key, const Tensor& value) {
  const auto batch = std::max(query.size(0), key.size(0));
  const auto head = [&](Linear& project, const Tensor& x) {  // projected once, then shared by all prompts
    return nn::split_heads(project(x), heads_).expand({batch, -1, -1, -1});
  };
  return o_proj(nn::attention(head(q_proj, query), head(k_proj, key), head(v_proj, value)));
}

TwoWayBlockImpl::TwoWayBlockImpl(const Scope& w, const MaskDecoderConfig& c, bool is_first)
    : is_first_(is_first) {
  const auto width = c.hidden_size;
  self_attn = make_child<Attention>(*this, w, "self_attn", c, 1);
  layer_norm1 = make_child<LayerNorm>(*this, w, "layer_norm1", width, kNormEps);
  cross_attn_token_to_image =
      make_child<Attention>(*this, w, "cross_attn_token_to_image", c, c.attention_downsample_rate);
  layer_norm2 = make_child<LayerNorm>(*this, w, "layer_norm2", width, kNormEps);
  mlp = make_child<FeedForward>(*this, w, "mlp", width, c.mlp_dim, width, c.num_hidden_layers);
  layer_norm3 = make_child<LayerNorm>(*this, w, "layer_norm3", width, kNormEps);
  cross_attn_image_to_token =
      make_child<Attention>(*this, w, "cross_attn_image_to_token", c, c.attention_downsample_rate);
  layer_norm4 = make_child<LayerNorm>(*this, w, "layer_norm4", width, kNormEps);
}

TwoWay TwoWayBlockImpl::forward(const TwoWay& x, const TwoWay& positions) {
  auto prompts = x.prompts;
  const auto placed = [&] { return prompts + positions.prompts; };
  if (is_first_) {
    prompts = self_attn(prompts, prompts, prompts);  // no shortcut: the prompts are their own positions
  } else {
    const auto query = placed();
    prompts = prompts + self_attn(query, query, prompts);
  }
  prompts = layer_norm1(prompts);

  const auto picture_placed = x.picture + positions.picture;
  prompts = layer_norm2(prompts + cross_attn_token_to_image(placed(), picture_placed, x.picture));
  prompts = layer_norm3(prompts + mlp(prompts));
  const auto picture = layer_norm4(x.picture + cross_attn_image_to_token(picture_placed, placed(), prompts));
  return {prompts, picture};
}

TwoWayTransformerImpl::TwoWayTransformerImpl(const Scope& w, const MaskDecoderConfig& c) {
  layers = make_list(*this, w, "layers", c.num_hidden_layers, [&](const Scope& at, std::int64_t i) {
    return TwoWayBlock(at, c, /*is_first=*/i == 0);
  });
  final_attn_token_to_image =
      make_child<Attention>(*this, w, "final_attn_token_to_image", c, c.attention_downsample_rate);
  layer_norm_final_attn = make_child<LayerNorm>(*this, w, "layer_norm_final_attn", c.hidden_size, kNormEps);
}

TwoWay TwoWayTransformerImpl::forward(const TwoWay& tokens, const Tensor& picture_positions) {
  const TwoWay positions{tokens.prompts, picture_positions};
  auto x = tokens;
  for (auto& layer : layers) x = layer(x, positions);
  const auto attended =
      final_attn_token_to_image(x.prompts + positions.prompts, x.picture + positions.picture, x.picture);
  return {layer_norm_final_attn(x.prompts + attended), x.picture};
}

MaskDecoderImpl::MaskDecoderImpl(const Scope& w, const MaskDecoderConfig& c) : config_(c) {
  const auto width = c.hidden_size, masks = c.num_multimask_outputs + 1;
  transformer = make_child<TwoWayTransformer>(*this, w, "transformer", c);
  obj_score_token = make_child<Embedding>(*this, w, "obj_score_token", 1, width);
  iou_token = make_child<Embedding>(*this, w, "iou_token", 1, width);
  mask_tokens = make_child<Embedding>(*this, w, "mask_tokens", masks, width);
  upscale_conv1 = make_child<DoublingConvolution>(*this, w, "upscale_conv1", width, width / 4);
  upscale_layer_norm = make_child<ChannelNorm>(*this, w, "upscale_layer_norm", width / 4, kUpscaleEps);
  upscale_conv2 = make_child<DoublingConvolution>(*this, w, "upscale_conv2", width / 4, width / 8);
  output_hypernetworks_mlps = make_list(
      *this, w, "output_hypernetworks_mlps", masks,
      [&](const Scope& at, std::int64_t) { return FeedForward(at, width, width, width / 8, /*depth=*/3); });
  iou_prediction_head = make_child<FeedForward>(*this, w, "iou_prediction_head", width, c.iou_head_hidden_dim,
                                                masks, c.iou_head_depth);
  pred_obj_score_head =
      make_child<FeedForward>(*this, w, "pred_obj_score_head", width, width, 1, /*depth=*/3);
  conv_s0 = make_child<Conv2d>(*this, w, "conv_s0", width, width / 8, 1);
  conv_s1 = make_child<Conv2d>(*this, w, "conv_s1", width, width / 4, 1);
}

Tensor MaskDecoderImpl::upscaled(const Tensor& picture_tokens, const PictureEmbedding& picture) {
  const auto h = picture.embedding.size(2), w = picture.embedding.size(3);
  const auto map = picture_tokens.transpose(1, 2).reshape({picture_tokens.size(0), -1, h, w});
  const auto doubled = upscale_conv1(map).add_(picture.mid_resolution);
  return torch::gelu(upscale_conv2(torch::gelu(upscale_layer_norm(doubled))).add_(picture.high_resolution));
}

Predictions MaskDecoderImpl::forward(const PictureEmbedding& picture, const PromptEmbeddings& prompts,
                                     MaskChoice choice) {
  const auto asked = prompts.sparse.size(0);
  const auto masks = config_.num_multimask_outputs + 1;
  const auto output_tokens = torch::cat({obj_score_token->weight, iou_token->weight, mask_tokens->weight});
  const auto tokens =
      torch::cat({output_tokens.unsqueeze(0).expand({asked, -1, -1}), prompts.sparse}, 1);  // [P, L, D]
  const auto as_tokens = [](const Tensor& map) { return map.flatten(2).transpose(1, 2); };
  const TwoWay asking{tokens, as_tokens(picture.embedding + prompts.dense)};
  const auto seen = transformer(asking, as_tokens(picture.positions));

  // Each mask token becomes a filter over the upscaled map.
  std::vector<Tensor> filters;
  for (std::int64_t i = 0; i < masks; ++i)
    filters.push_back(output_hypernetworks_mlps[i](seen.prompts.select(1, 2 + i)));
  const auto map = upscaled(seen.picture, picture);
  Predictions all;
  all.masks =
      torch::matmul(torch::stack(filters, 1), map.flatten(2)).view({asked, masks, map.size(2), map.size(3)});
  all.iou = torch::sigmoid(iou_prediction_head(seen.prompts.select(1, 1)));
  all.object_score = pred_obj_score_head(seen.prompts.select(1, 0)).squeeze(1);
  if (choice == MaskChoice::One) return one_of(all);
  return {all.masks.narrow(1, 1, masks - 1), all.iou.narrow(1, 1, masks - 1), all.object_score};
}

Predictions MaskDecoderImpl::one_of(const Predictions& all) const {
  const auto single = all.masks.narrow(1, 0, 1), single_iou = all.iou.narrow(1, 0, 1);
  if (!config_.dynamic_multimask_via_stability) return {single, single_iou, all.object_score};
  const auto others = all.iou.size(1) - 1;
  const auto best = all.iou.narrow(1, 1, others).argmax(1, /*keepdim=*/true) + 1;  // [P, 1]
  const auto best_iou = all.iou.gather(1, best);
  const auto best_mask =
      all.masks.gather(1, best.view({-1, 1, 1, 1}).expand({-1, 1, all.masks.size(2), all.masks.size(3)}));
  const auto is_stable = stability(single, config_.dynamic_multimask_stability_delta) >=
                         config_.dynamic_multimask_stability_thresh;  // [P, 1]
  return {torch::where(is_stable.view({-1, 1, 1, 1}), single, best_mask),
          torch::where(is_stable, single_iou, best_iou), all.object_score};
}

Tensor stability(const Tensor& masks, double delta) {
  const auto above = (masks > delta).sum({-2, -1}).to(torch::kFloat32);
  const auto around = (masks > -delta).sum({-2, -1}).to(torch::kFloat32);
  return torch::where(around > 0, above / around, torch::ones_like(around));
}

}  // namespace unidg::models::sam
