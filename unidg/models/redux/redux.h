#pragma once
#include "unidg/models/hub_config.h"
#include "unidg/nn/layers.h"

namespace unidg::models {

/// Widths of the Redux embedder, in diffusers' names; the values are FLUX.1-Redux-dev's.
struct ReduxConfig {
  std::int64_t redux_dim = 1152;  ///< of the image encoder's tokens
  std::int64_t txt_in_features =
      4096;  ///< J: of the denoiser's text tokens; inside it is three times as wide

  static ReduxConfig flux() { return {}; }
  static ReduxConfig tiny() { return {12, 16}; }
  static ReduxConfig read(const HubConfig& json);
  static ReduxConfig infer(
      const weights::Scope& w);  ///< off the weights. @throws FormatError when there are none
};

/// Image tokens to text tokens: redux_down(silu(redux_up(x))). Keys: redux_up.*, redux_down.*.
class ReduxEmbedderImpl : public torch::nn::Module {
 public:
  ReduxEmbedderImpl(const weights::Scope& w, const ReduxConfig& c);
  torch::Tensor forward(const torch::Tensor& features);  ///< [B, N, redux_dim] -> [B, N, J]
  nn::Linear redux_up{nullptr}, redux_down{nullptr};
};
TORCH_MODULE(ReduxEmbedder);

}  // namespace unidg::models
