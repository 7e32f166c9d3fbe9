#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "unidg/flow/schedule.h"
#include "unidg/models/flux/transformer.h"
#include "unidg/models/redux/redux.h"
#include "unidg/models/siglip/siglip.h"
#include "unidg/models/vae/autoencoder.h"

namespace unidg::conditioning {

using torch::Tensor;

/// Defect attention (Eq. 10-12, docs/choices.md 27-28): which tokens weigh alpha times as much as keys.
struct DefectAttention {
  double alpha = 1.0;        ///< 2 in the paper; 1 = off
  std::string set = "both";  ///< both | left | right | off
};

/// What one run of the full-size model is asked to do. Pictures are diptychs [1, 3, H, 2 H] or plain [1, 3,
/// H, W].
struct FillInput {
  Tensor image;           ///< [1, 3, H, W] in [-1, 1], not masked yet
  Tensor mask;            ///< [1, 1, H, W] 0 / 1, 1 = paint
  Tensor reference;       ///< [1, 3, s, s] in [-1, 1] as SigLIP wants it; undefined = no Redux tokens
  Tensor reference_mask;  ///< [1, 1, H, W], the defect subject on the left half; undefined = none
  Tensor noise;           ///< [1, L, 64] packed
  Tensor guess;  ///< [1, 3, H, W], the picture with its hole filled by a collage; undefined = a plain hole
};
struct FillOptions {
  int steps = 28;
  double guidance = 30.0;
  double start = 1.0;  ///< t0 in (0, 1]: below 1 sampling starts from the guess noised to t0
  double hole = -1.0;  ///< value of masked pixels after normalisation: -1 black, 0 grey (docs/choices.md 18)
  bool collapse_text = true;  ///< 512 zero text tokens as one key of weight 512 (docs/choices.md 24)
  DefectAttention attention;
  flow::ScheduleConfig schedule;
  std::function<void(int)> after_step;  ///< called with the step's index; may throw to cancel
};
struct FillOutput {
  Tensor embeds;  ///< Redux tokens [1, N, J], or undefined
  Tensor latent;  ///< packed, final, [1, L, 64]
  Tensor image;   ///< [1, 3, H, W], about [-1, 1], unclamped
};

/// FLUX.1-Fill with FLUX.1-Redux as networks joined by Sec. 5.2: VAE latents of the masked picture and the
/// packed mask beside the noisy latent, zero text and Redux tokens as the condition branch.
class FillPipeline {
 public:
  models::AutoencoderKl vae{nullptr};
  models::FluxTransformer transformer{nullptr};
  models::SiglipVision image_encoder{nullptr};
  models::ReduxEmbedder image_embedder{nullptr};

  FillOutput run(const FillInput& input, const FillOptions& options);

  /// Condition tokens: zero text, then Redux. @returns tokens [1, T, J] and the logarithm of their key
  /// weights [T]
  struct Tokens {
    Tensor embeds, tokens, log_weight;
  };
  Tokens condition_tokens(const Tensor& reference, bool collapse_text);
};

/// Bias of the image tokens as keys: ln(alpha) on M (Eq. 11), 0 elsewhere. @param mask, reference_mask [1, 1,
/// H, W]
/// @returns [L]
Tensor defect_bias(const Tensor& mask, const Tensor& reference_mask, const DefectAttention& attention);

}  // namespace unidg::conditioning
