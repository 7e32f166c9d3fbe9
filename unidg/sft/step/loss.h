#pragma once
#include <cstdint>
#include <string>

#include "unidg/core/config.h"
#include "unidg/core/torch.h"
#include "unidg/models/flux/transformer.h"

namespace unidg::sft {

using torch::Tensor;

/// What Diversity-SFT minimises (Sec. 5.3, App. C; docs/choices.md 20, 24, 27, 41-43).
struct LossConfig {
  double t_mean = 0, t_deviation = 1;  ///< logit-normal noise levels
  double guidance = 1;                 ///< fed to the guidance embedding
  std::string loss_region = "all";     ///< all | right | target: tokens that flow matching counts
  double attention_alpha = 2;          ///< alpha of Eq. 11; 1 = off
  std::string attention_set = "both";  ///< both | left | right | off
  double reg_weight = 0.1;             ///< of Eq. 9; 0 = off
  double reg_tau = 0.5;
  double reg_t_max = 1;              ///< Eq. 9 counts items whose t is at most this
  std::string reg_space = "packed";  ///< packed | latent
  bool collapse_text = true;         ///< the 512 zero text tokens as one key of weight 512
};
void fields(FieldVisitor& visit, LossConfig& c);

/// Encoded pairs as the network is trained on them. L = rows * columns tokens of one diptych.
struct Batch {
  std::int64_t rows = 0, columns = 0;
  Tensor x0;         ///< [B, L, C] packed latent of [reference | defective target]
  Tensor condition;  ///< [B, L, K] packed latent of [reference | masked source] beside the packed mask
  Tensor redux;      ///< [B, N, J] Redux tokens of the reference; N may be 0
  Tensor normal;  ///< [B, L, C] packed latent of [reference | normal counterpart]; zeros where there is none
  Tensor has_normal;  ///< bool [B]
  Tensor left;        ///< bool [B, L] tokens under the reference's mask
  Tensor right;       ///< bool [B, L] tokens under the used target mask: M_b of Eq. 9

  std::int64_t size() const { return x0.size(0); }
  Batch part(std::int64_t first, std::int64_t count) const;
  Batch to(torch::Device device) const;
};

/// By what sums are divided. They belong to the whole optimizer step, over all micro-batches and ranks, so
/// that accumulation equals one large batch.
struct Counts {
  std::int64_t elements = 0;  ///< of flow matching
  std::int64_t items = 0;     ///< of Eq. 9: with a normal counterpart, a mask, and a t that counts
};
/// @param t [B]
Counts count(const Batch& batch, const Tensor& t, const LossConfig& config);

/// The network's velocity for x_t, with all that conditions it. @param x_t [B, L, C] @param t [B] @returns
/// fp32
Tensor velocity(models::FluxTransformer& transformer, const Batch& batch, const Tensor& x_t, const Tensor& t,
                double guidance, const LossConfig& config);

struct Loss {
  Tensor total;  ///< flow + reg_weight * regularisation, divided by the counts; differentiable
  double flow = 0, regularisation = 0;
};
/// @param t [B] in (0, 1) @param noise [B, L, C] @param counts of the whole step
Loss loss(models::FluxTransformer& transformer, const Batch& batch, const Tensor& t, const Tensor& noise,
          const Counts& counts, const LossConfig& config);

}  // namespace unidg::sft
