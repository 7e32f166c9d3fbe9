#include "unidg/models/sam/config.h"

#include <algorithm>

namespace unidg::models::sam {
namespace {

/// transformers writes sizes of both sides; ours are squares.
std::int64_t square(const HubConfig& json, const std::string& name, std::int64_t fallback,
                    std::int64_t at_least = 1) {
  const auto sides = json.integers(name, {fallback, fallback});
  if (sides.size() != 2 || sides[0] != sides[1] || sides[0] < at_least)
    throw FormatError(json.where(), ": '", name, "' needs two equal sides.");
  return sides[0];
}

void require(const HubConfig& json, bool holds, const std::string& rule) {
  if (!holds) throw FormatError(json.where(), ": ", rule, ". Pass the config.json saved beside the weights.");
}

void require_one_each(const HubConfig& json, const char* name, const std::vector<std::int64_t>& values,
                      std::int64_t stages) {
  require(json, static_cast<std::int64_t>(values.size()) == stages,
          text("'", name, "' has ", values.size(), " entries for ", stages, " stages"));
}

BackboneConfig read_backbone(const HubConfig& json) {
  BackboneConfig c;
  c.hidden_size = json.integer("hidden_size", c.hidden_size);
  c.num_channels = json.integer("num_channels", c.num_channels);
  c.patch_kernel_size = square(json, "patch_kernel_size", c.patch_kernel_size);
  c.patch_stride = square(json, "patch_stride", c.patch_stride);
  c.patch_padding = square(json, "patch_padding", c.patch_padding);
  c.query_stride = square(json, "query_stride", c.query_stride);
  c.window_positional_embedding_background_size = json.integers(
      "window_positional_embedding_background_size", c.window_positional_embedding_background_size);
  c.num_query_pool_stages = json.integer("num_query_pool_stages", c.num_query_pool_stages, 0);
  c.blocks_per_stage = json.integers("blocks_per_stage", c.blocks_per_stage);
  c.embed_dim_per_stage = json.integers("embed_dim_per_stage", c.embed_dim_per_stage);
  c.num_attention_heads_per_stage =
      json.integers("num_attention_heads_per_stage", c.num_attention_heads_per_stage);
  c.window_size_per_stage = json.integers("window_size_per_stage", c.window_size_per_stage);
  c.global_attention_blocks = json.integers("global_attention_blocks", c.global_attention_blocks);
  c.mlp_ratio = json.number("mlp_ratio", c.mlp_ratio);
  c.hidden_act = json.word("hidden_act", c.hidden_act);
  c.layer_norm_eps = json.number("layer_norm_eps", c.layer_norm_eps);

  const auto stages = c.stages();
  require(json, c.window_positional_embedding_background_size.size() == 2,
          "'window_positional_embedding_background_size' needs two sides");
  require_one_each(json, "embed_dim_per_stage", c.embed_dim_per_stage, stages);
  require_one_each(json, "num_attention_heads_per_stage", c.num_attention_heads_per_stage, stages);
  require_one_each(json, "window_size_per_stage", c.window_size_per_stage, stages);
  require(json, stages >= 3,
          "'blocks_per_stage' needs at least three stages, the decoder reads three levels");
  require(json, c.hidden_size == c.embed_dim_per_stage.front(),
          "'hidden_size' is not the first entry of 'embed_dim_per_stage'");
  for (std::int64_t i = 0; i < stages; ++i)
    require(json, c.embed_dim_per_stage[i] % c.num_attention_heads_per_stage[i] == 0,
            text("the width ", c.embed_dim_per_stage[i], " of 'embed_dim_per_stage' does not split into ",
                 c.num_attention_heads_per_stage[i], " heads"));
  for (std::int64_t i = 0; i + 1 < stages; ++i) {
    require(json, c.window_size_per_stage[i] % c.query_stride == 0,
            text("windows of ", c.window_size_per_stage[i],
                 " ('window_size_per_stage') cannot be pooled by 'query_stride' ", c.query_stride));
    require(json, c.embed_dim_per_stage[i] != c.embed_dim_per_stage[i + 1],
            "'embed_dim_per_stage' must change from stage to stage: the shortcut of a pooling block widens");
  }
  return c;
}

VisionConfig read_vision(const HubConfig& json) {
  VisionConfig c;
  c.backbone_config = read_backbone(json.inside("backbone_config"));
  c.fpn_hidden_size = json.integer("fpn_hidden_size", c.fpn_hidden_size);
  c.fpn_top_down_levels = json.integers("fpn_top_down_levels", c.fpn_top_down_levels);
  auto widths = c.backbone_config.embed_dim_per_stage;
  std::reverse(widths.begin(), widths.end());
  require(json, json.integers("backbone_channel_list", widths) == widths,
          "'backbone_channel_list' is not 'embed_dim_per_stage' from the last stage to the first");
  require(json,
          json.integer("fpn_kernel_size", 1) == 1 && json.integer("fpn_stride", 1) == 1 &&
              json.integer("fpn_padding", 0, 0) == 0,
          "the neck of SAM 2 has 1x1 convolutions ('fpn_kernel_size' 1, 'fpn_stride' 1, 'fpn_padding' 0)");
  require(json, json.integer("num_feature_levels", 3) == 3, "'num_feature_levels' must be 3");
  return c;
}

PromptEncoderConfig read_prompt_encoder(const HubConfig& json) {
  PromptEncoderConfig c;
  c.hidden_size = json.integer("hidden_size", c.hidden_size);
  c.image_size = json.integer("image_size", c.image_size);
  c.patch_size = json.integer("patch_size", c.patch_size);
  c.mask_input_channels = json.integer("mask_input_channels", c.mask_input_channels);
  c.num_point_embeddings = json.integer("num_point_embeddings", c.num_point_embeddings);
  c.hidden_act = json.word("hidden_act", c.hidden_act);
  c.layer_norm_eps = json.number("layer_norm_eps", c.layer_norm_eps);
  require(json, c.hidden_size % 2 == 0, "'hidden_size' must be even, for sine and cosine");
  require(json, c.mask_input_channels % 4 == 0, "'mask_input_channels' must be a multiple of 4");
  require(json, c.num_point_embeddings >= 4,
          "'num_point_embeddings' must be 4: points beside and on the object, two corners of a box");
  return c;
}

MaskDecoderConfig read_mask_decoder(const HubConfig& json) {
  MaskDecoderConfig c;
  c.hidden_size = json.integer("hidden_size", c.hidden_size);
  c.mlp_dim = json.integer("mlp_dim", c.mlp_dim);
  c.num_hidden_layers = json.integer("num_hidden_layers", c.num_hidden_layers, 2);
  c.num_attention_heads = json.integer("num_attention_heads", c.num_attention_heads);
  c.attention_downsample_rate = json.integer("attention_downsample_rate", c.attention_downsample_rate);
  c.num_multimask_outputs = json.integer("num_multimask_outputs", c.num_multimask_outputs);
  c.iou_head_depth = json.integer("iou_head_depth", c.iou_head_depth, 2);
  c.iou_head_hidden_dim = json.integer("iou_head_hidden_dim", c.iou_head_hidden_dim);
  c.dynamic_multimask_via_stability =
      json.flag("dynamic_multimask_via_stability", c.dynamic_multimask_via_stability);
  c.dynamic_multimask_stability_delta =
      json.number("dynamic_multimask_stability_delta", c.dynamic_multimask_stability_delta);
  c.dynamic_multimask_stability_thresh =
      json.number("dynamic_multimask_stability_thresh", c.dynamic_multimask_stability_thresh);
  require(json, c.hidden_size % 8 == 0, "'hidden_size' must be a multiple of 8, for the upscaled masks");
  require(json, c.hidden_size % (c.attention_downsample_rate * c.num_attention_heads) == 0,
          "'hidden_size' does not split by 'attention_downsample_rate' and 'num_attention_heads'");
  return c;
}

/// What only the whole can be asked.
void require_consistent(const HubConfig& json, const Config& c) {
  const auto& backbone = c.vision_config.backbone_config;
  const auto& prompt = c.prompt_encoder_config;
  const auto width = c.vision_config.fpn_hidden_size;
  require(json, prompt.hidden_size == width && c.mask_decoder_config.hidden_size == width,
          "'fpn_hidden_size' and the 'hidden_size' of prompt encoder and mask decoder differ");
  const auto finest = prompt.image_size / backbone.patch_stride;
  require(json, prompt.image_size % prompt.patch_size == 0 && prompt.mask_side() == finest,
          text("pictures of ", prompt.image_size, " pixels give masks of ", prompt.mask_side(),
               " cells ('patch_size' ", prompt.patch_size, ") but the finest features have ", finest,
               " ('patch_stride' ", backbone.patch_stride, ")"));
  require(json, finest % backbone.window_size_per_stage.front() == 0,
          text("the finest features' ", finest, " cells are no multiple of the first entry of ",
               "'window_size_per_stage'"));
  require(
      json, backbone.query_stride == 2 && backbone.num_query_pool_stages == backbone.stages() - 1,
      "'query_stride' must be 2 and every stage but the first must pool ('num_query_pool_stages'): levels "
      "of the pyramid halve");
  require(json, finest % (std::int64_t{1} << backbone.num_query_pool_stages) == 0,
          text("the finest features' ", finest, " cells cannot be halved ", backbone.num_query_pool_stages,
               " times"));
}

}  // namespace

Config Config::hiera_small() {
  Config c;
  c.vision_config.backbone_config.blocks_per_stage = {1, 2, 11, 2};
  c.vision_config.backbone_config.global_attention_blocks = {7, 10, 13};
  return c;
}

Config Config::hiera_base_plus() {
  Config c;
  auto& backbone = c.vision_config.backbone_config;
  backbone.hidden_size = 112;
  backbone.embed_dim_per_stage = {112, 224, 448, 896};
  backbone.num_attention_heads_per_stage = {2, 4, 8, 16};
  backbone.blocks_per_stage = {2, 3, 16, 3};
  backbone.global_attention_blocks = {12, 16, 20};
  backbone.window_positional_embedding_background_size = {14, 14};
  return c;
}

Config Config::hiera_large() {
  Config c;
  auto& backbone = c.vision_config.backbone_config;
  backbone.hidden_size = 144;
  backbone.embed_dim_per_stage = {144, 288, 576, 1152};
  backbone.num_attention_heads_per_stage = {2, 4, 8, 16};
  backbone.blocks_per_stage = {2, 6, 36, 4};
  backbone.global_attention_blocks = {23, 33, 43};
  backbone.window_size_per_stage = {8, 4, 16, 8};
  return c;
}

Config Config::tiny() {
  Config c;
  auto& backbone = c.vision_config.backbone_config;
  backbone.hidden_size = 4;
  backbone.embed_dim_per_stage = {4, 8, 12, 16};
  backbone.num_attention_heads_per_stage = {1, 2, 2, 4};
  backbone.blocks_per_stage = {1, 1, 2, 1};
  backbone.window_size_per_stage = {8, 4, 4, 2};
  backbone.global_attention_blocks = {3};
  c.vision_config.fpn_hidden_size = 16;
  c.prompt_encoder_config.hidden_size = 16;
  c.prompt_encoder_config.image_size = 64;
  c.mask_decoder_config.hidden_size = 16;
  c.mask_decoder_config.mlp_dim = 24;
  c.mask_decoder_config.num_attention_heads = 2;
  c.mask_decoder_config.iou_head_hidden_dim = 12;
  return c;
}

Config Config::read(const HubConfig& json) {
  Config c;
  c.vision_config = read_vision(json.inside("vision_config"));
  c.prompt_encoder_config = read_prompt_encoder(json.inside("prompt_encoder_config"));
  c.mask_decoder_config = read_mask_decoder(json.inside("mask_decoder_config"));
  require_consistent(json, c);
  return c;
}

Config Config::infer(const weights::Scope& w) {
  const auto backbone = w["vision_encoder"]["backbone"];
  if (!backbone.contains("patch_embed.projection.weight"))
    throw FormatError(w.source().describe(), ": no '", backbone.prefix(),
                      "patch_embed.projection.weight'; this is no Sam2Model in transformers' names. `unidg "
                      "inspect` lists what the file holds.");
  const auto width = w.source().shape(backbone.prefix() + "patch_embed.projection.weight").at(0);
  std::int64_t blocks = 0;
  while (backbone["blocks"][std::to_string(blocks)].contains("layer_norm1.weight")) ++blocks;
  for (const auto& published : {hiera_tiny(), hiera_small(), hiera_base_plus(), hiera_large()}) {
    const auto& known = published.vision_config.backbone_config;
    std::int64_t total = 0;
    for (const auto in_stage : known.blocks_per_stage) total += in_stage;
    if (known.hidden_size == width && total == blocks) return published;
  }
  throw FormatError(w.source().describe(), ": a trunk of width ", width, " with ", blocks,
                    " blocks is none of the published SAM 2 (tiny, small, base_plus, large). Put the "
                    "config.json of these weights beside them.");
}

}  // namespace unidg::models::sam
