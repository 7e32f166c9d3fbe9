#pragma once
#include "unidg/models/vae/decoder.h"
#include "unidg/models/vae/encoder.h"

namespace unidg::models {

/// The posterior over latents: N(mean, exp(logvar)), both [B, C, h, w] and unscaled.
struct Posterior {
  Tensor mean;
  Tensor logvar;  ///< clamped to [-30, 20]
};

/// Which halves to build; one half needs only its own weights.
enum class VaeHalf { Both, Encoder, Decoder };

/// diffusers' AutoencoderKL. Keys: encoder.*, decoder.*, quant_conv.*, post_quant_conv.*.
class AutoencoderKlImpl : public torch::nn::Module {
 public:
  AutoencoderKlImpl(const Scope& w, VaeConfig c, VaeHalf half = VaeHalf::Both);

  /// @param image [B, 3, H, W] in [-1, 1]; H and W divisible by `config().downscale()`
  Posterior encode(const Tensor& image);
  /// @param latent [B, C, h, w], unscaled  @returns [B, 3, H, W], not clamped
  Tensor decode(const Tensor& latent);

  /// Between the posterior's latents and those the denoiser sees: (z - shift) * scaling and back.
  Tensor scaled(const Tensor& latent) const {
    return (latent - config_.shift_factor) * config_.scaling_factor;
  }
  Tensor unscaled(const Tensor& latent) const {
    return latent / config_.scaling_factor + config_.shift_factor;
  }

  const VaeConfig& config() const { return config_; }

  VaeEncoder encoder{nullptr};
  VaeDecoder decoder{nullptr};
  Conv2d quant_conv{nullptr}, post_quant_conv{nullptr};

 private:
  VaeConfig config_;
};
TORCH_MODULE(AutoencoderKl);

}  // namespace unidg::models
