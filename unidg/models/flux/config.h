#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/weights/scope.h"

namespace unidg::models {

/// Sizes of an MM-DiT of the FLUX family; fields as in diffusers' transformer/config.json.
struct FluxConfig {
  std::int64_t in_channels = 384;  ///< noisy latent + masked-image latent + mask, packed 2x2
  std::int64_t out_channels = 64;
  std::int64_t layers = 19;  ///< double-stream blocks
  std::int64_t single_layers = 38;
  std::int64_t head_dim = 128;
  std::int64_t heads = 24;
  std::int64_t joint_dim = 4096;  ///< width of text and Redux tokens
  std::int64_t pooled_dim = 768;
  bool guidance_embeds = true;
  std::vector<std::int64_t> axes = {16, 56, 56};  ///< RoPE widths, summing to head_dim

  std::int64_t width() const { return head_dim * heads; }
};

FluxConfig flux_fill();  ///< FLUX.1-Fill-dev, 11,902,391,360 parameters
FluxConfig flux_tiny();  ///< the same network for tests

/// From diffusers' config.json. Absent fields take diffusers' defaults; unknown ones are appended to `notes`.
/// @throws FormatError naming `where` and the field that has a wrong type or a value no such network can have
FluxConfig flux_config_from_json(const Json& json, const std::string& where,
                                 std::vector<std::string>* notes = nullptr);
Json to_json(const FluxConfig& c);

/// From the shapes of the weights (diffusers names). Head size and RoPE widths come from the q norm.
/// @throws FormatError when a shape that decides is missing
FluxConfig infer_flux_config(const weights::Source& source);

}  // namespace unidg::models
