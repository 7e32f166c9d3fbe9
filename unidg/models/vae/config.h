#pragma once
#include <cstdint>
#include <vector>

#include "unidg/models/hub_config.h"
#include "unidg/weights/scope.h"

namespace unidg::models {

/// Shape of an AutoencoderKL. Field names are those of diffusers' `vae/config.json`; the values
/// here are FLUX.1's.
struct VaeConfig {
  std::int64_t in_channels = 3, out_channels = 3;
  std::int64_t latent_channels = 16;  ///< C
  std::vector<std::int64_t> block_out_channels{128, 256, 512,
                                               512};  ///< one level each; all but the last halve the size
  std::int64_t layers_per_block = 2;                  ///< the decoder has one more
  std::int64_t norm_num_groups = 32;
  std::string act_fn = "silu";  ///< inside the resnets; the last activation is always SiLU
  bool mid_block_add_attention = true;
  bool use_quant_conv = false, use_post_quant_conv = false;
  double scaling_factor = 0.3611, shift_factor = 0.1159;  ///< the denoiser sees (z - shift) * scaling

  /// Pixels per latent cell along one side.
  std::int64_t downscale() const { return std::int64_t{1} << (block_out_channels.size() - 1); }

  static VaeConfig flux() { return {}; }
  /// Two levels of a few channels, for tests.
  static VaeConfig tiny();
  /// diffusers' names and defaults. @throws FormatError for a kind of block or a value we do not have
  static VaeConfig read(const HubConfig& json);
  /// Reads the shape off the weights of an encoder, a decoder or both, in diffusers' names; groups and the
  /// two factors cannot be seen and stay FLUX.1's. @throws FormatError when there is neither
  static VaeConfig infer(const weights::Scope& w);
};

}  // namespace unidg::models
