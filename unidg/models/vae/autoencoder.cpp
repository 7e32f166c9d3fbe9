#include "unidg/models/vae/autoencoder.h"

namespace unidg::models {

using nn::make_child;

namespace {

// Weights in the layout that the activations have, so that no convolution reorders them at every call.
void prefer_channels_last(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace

AutoencoderKlImpl::AutoencoderKlImpl(const Scope& w, VaeConfig c, VaeHalf half) : config_(std::move(c)) {
  const auto latent = config_.latent_channels;
  if (half != VaeHalf::Decoder) {
    encoder = make_child<VaeEncoder>(*this, w, "encoder", config_);
    if (config_.use_quant_conv)
      quant_conv = make_child<Conv2d>(*this, w, "quant_conv", 2 * latent, 2 * latent, 1);
  }
  if (half != VaeHalf::Encoder) {
    decoder = make_child<VaeDecoder>(*this, w, "decoder", config_);
    if (config_.use_post_quant_conv)
      post_quant_conv = make_child<Conv2d>(*this, w, "post_quant_conv", latent, latent, 1);
  }
  prefer_channels_last(*this);
}

Posterior AutoencoderKlImpl::encode(const Tensor& image) {
  auto moments = encoder(image);  // [B, 2C, h, w]
  if (quant_conv) moments = quant_conv(moments);
  const auto halves = moments.chunk(2, 1);
  return {halves[0], halves[1].clamp(-30.0, 20.0)};
}

Tensor AutoencoderKlImpl::decode(const Tensor& latent) {
  return decoder(post_quant_conv ? post_quant_conv(latent) : latent);
}

}  // namespace unidg::models
