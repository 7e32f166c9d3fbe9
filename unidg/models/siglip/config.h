#pragma once
#include <cstdint>
#include <string>

#include "unidg/models/hub_config.h"
#include "unidg/weights/scope.h"

namespace unidg::models {

/// Shape of a SigLIP vision tower. Field names are those of transformers' SiglipVisionConfig;
/// the values are those of the so400m-patch14-384 that Redux reads.
struct SiglipConfig {
  std::int64_t hidden_size = 1152;        ///< D
  std::int64_t intermediate_size = 4304;  ///< M
  std::int64_t num_hidden_layers = 27;
  std::int64_t num_attention_heads = 16;  ///< H
  std::int64_t num_channels = 3;
  std::int64_t image_size = 384,
               patch_size = 14;  ///< pixels; what is left over right and below is not looked at
  double layer_norm_eps = 1e-6;
  std::string hidden_act = "gelu_pytorch_tanh";

  std::int64_t patches_per_side() const { return image_size / patch_size; }
  std::int64_t tokens() const { return patches_per_side() * patches_per_side(); }  ///< N

  static SiglipConfig flux() { return {}; }
  static SiglipConfig tiny();
  /// transformers' names and defaults, at the top or inside `vision_config`. @throws FormatError
  static SiglipConfig read(const HubConfig& json);
  /// Off the weights, without the `vision_model.` prefix; heads of 72 or 64 where they divide the width, and
  /// an image of just as many patches as there are positions. @throws FormatError when it is no vision tower
  static SiglipConfig infer(const weights::Scope& w);
};

}  // namespace unidg::models
