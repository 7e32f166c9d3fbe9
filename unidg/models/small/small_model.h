#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "unidg/core/config.h"
#include "unidg/models/codec/linear_codec.h"
#include "unidg/models/flux/transformer.h"
#include "unidg/models/redux/redux.h"
#include "unidg/models/siglip/siglip.h"

namespace unidg::models {

/// How a small model was trained and is meant to be sampled; stored in its model_index.json.
struct SmallSettings {
  std::int64_t size = 128;  ///< side of one diptych half in training, pixels
  double start = 0.4;       ///< t0 of the guided start: sampling begins at the collage noised to this level
  std::int64_t steps = 16;  ///< Euler steps
  double t_max = 0.55;      ///< largest noise level seen in training
  bool plain = false;  ///< trained on scenes alone, without a reference half (choices.md 74c): it inpaints
  double smooth = 0;   ///< deviation of the Gaussian over what the networks change, model pixels; 0: none
  std::int64_t trained_steps = 0;
  std::int64_t trained_samples = 0;
};
void fields(FieldVisitor& visit, SmallSettings& s);

/// Tells one small model's weights from another's: a hash of its transformer's file.
std::string model_digest(const std::filesystem::path& folder);

/// What stays constant over the steps of a run, for a batch.
struct SmallCondition {
  Tensor guess;   ///< packed latent of the collage diptych, [B, L, F]
  Tensor mask;    ///< packed mask, [B, L, 256]
  Tensor tokens;  ///< one zero text token, then the Redux tokens, [B, T, J]
  JointContext context;
};

/// The embedded model: the same classes as the full one at small size, with a linear codec and a prediction
/// of the residual to the collage (flow/residual.h).
class SmallModel {
 public:
  /// Fresh networks from seeded noise; proj_out is zero, so that the untrained model returns the collage.
  static SmallModel create(std::shared_ptr<LinearCodec> codec, Tensor deviation, std::uint64_t seed,
                           const FluxConfig& transformer, const SiglipConfig& encoder,
                           const SmallSettings& settings);
  /// A folder in diffusers' layout: model_index.json, codec/, transformer/, image_encoder/, image_embedder/.
  static SmallModel load(const std::filesystem::path& folder, const weights::DtypePolicy& policy = {});
  /// Writes that folder. @param dtype of the stored weights (the codec stays fp32)
  void save(const std::filesystem::path& folder, torch::ScalarType dtype,
            const std::map<std::string, std::string>& metadata = {}) const;
  static FluxConfig default_transformer(const LinearCodec& codec);
  static SiglipConfig default_encoder();

  /// @param guess, target-free diptych of the collage [B, 3, S, 2 S] in [-1, 1] @param mask [B, 1, S, 2 S] 0
  /// / 1
  /// @param reference [B, 3, S, S] in [-1, 1]; undefined in plain mode, where guess and mask are [B, ., S, S]
  SmallCondition condition(const Tensor& guess, const Tensor& mask, const Tensor& reference);
  /// z_hat of x_t. @param x_t [B, L, F] @param t [B]
  Tensor estimate(const Tensor& x_t, const Tensor& t, const SmallCondition& condition);
  /// The network's raw output for r_t, before residual_estimate.
  Tensor raw(const Tensor& r_t, const Tensor& input_scale, const Tensor& t, const SmallCondition& condition);
  void to(torch::Device device);
  std::int64_t parameter_count() const;

  std::shared_ptr<LinearCodec> codec;
  Tensor deviation;  ///< s of flow/residual.h, [F]
  FluxTransformer transformer{nullptr};
  SiglipVision image_encoder{nullptr};
  ReduxEmbedder image_embedder{nullptr};
  SmallSettings settings;
};

}  // namespace unidg::models
