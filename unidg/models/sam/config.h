#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/models/hub_config.h"
#include "unidg/weights/scope.h"

namespace unidg::models::sam {

/// Hiera, the picture encoder's trunk. Fields of all four structs are named as in transformers' configs
/// (Sam2HieraDetConfig and so on); the values are those of sam2.1-hiera-tiny.
struct BackboneConfig {
  std::int64_t hidden_size = 96;  ///< of the patches
  std::int64_t num_channels = 3;
  std::int64_t patch_kernel_size = 7, patch_stride = 4, patch_padding = 3;
  std::int64_t query_stride = 2;  ///< how much a pooling stage shrinks both sides
  std::vector<std::int64_t> window_positional_embedding_background_size{7, 7};
  std::int64_t num_query_pool_stages = 3;
  // One entry a stage.
  std::vector<std::int64_t> blocks_per_stage{1, 2, 7, 2};
  std::vector<std::int64_t> embed_dim_per_stage{96, 192, 384, 768};
  std::vector<std::int64_t> num_attention_heads_per_stage{1, 2, 4, 8};
  std::vector<std::int64_t> window_size_per_stage{8, 4, 14, 7};
  std::vector<std::int64_t> global_attention_blocks{5, 7, 9};  ///< counted through all stages; no windows
  double mlp_ratio = 4.0;
  std::string hidden_act = "gelu";
  double layer_norm_eps = 1e-6;

  std::int64_t stages() const { return static_cast<std::int64_t>(blocks_per_stage.size()); }
};

/// Trunk and pyramid (FPN) neck.
struct VisionConfig {
  BackboneConfig backbone_config;
  std::int64_t fpn_hidden_size = 256;                   ///< D
  std::vector<std::int64_t> fpn_top_down_levels{2, 3};  ///< levels that receive the coarser one
};

struct PromptEncoderConfig {
  std::int64_t hidden_size = 256;  ///< D
  std::int64_t image_size = 1024;  ///< S: side of the square picture, pixels
  std::int64_t patch_size = 16;    ///< pixels an embedding cell
  std::int64_t mask_input_channels = 16;
  std::int64_t num_point_embeddings = 4;
  std::string hidden_act = "gelu";
  double layer_norm_eps = 1e-6;

  std::int64_t embedding_side() const { return image_size / patch_size; }  ///< h = w
  std::int64_t mask_side() const { return 4 * embedding_side(); }          ///< of masks in and out
};

struct MaskDecoderConfig {
  std::int64_t hidden_size = 256;  ///< D
  std::int64_t mlp_dim = 2048;
  std::int64_t num_hidden_layers = 2;  ///< two-way blocks; transformers gives their MLPs as many layers
  std::int64_t num_attention_heads = 8;
  std::int64_t attention_downsample_rate = 2;
  std::int64_t num_multimask_outputs = 3;
  std::int64_t iou_head_depth = 3, iou_head_hidden_dim = 256;
  bool dynamic_multimask_via_stability = true;
  double dynamic_multimask_stability_delta = 0.05, dynamic_multimask_stability_thresh = 0.98;
};

/// SAM 2 for still pictures.
struct Config {
  VisionConfig vision_config;
  PromptEncoderConfig prompt_encoder_config;
  MaskDecoderConfig mask_decoder_config;

  /// The published sizes; sam2 and sam2.1 differ in their video parts only.
  static Config hiera_tiny() { return {}; }
  static Config hiera_small();
  static Config hiera_base_plus();
  static Config hiera_large();
  /// A few channels on pictures of 64 pixels, for tests.
  static Config tiny();
  /// `config.json` of a Sam2Model or Sam2VideoModel. @throws FormatError for what this network lacks
  static Config read(const HubConfig& json);
  /// Which of the published sizes these weights are. @throws FormatError when it is none
  static Config infer(const weights::Scope& w);
};

}  // namespace unidg::models::sam
