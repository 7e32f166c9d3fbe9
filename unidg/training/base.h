#pragma once
#include <filesystem>
#include <functional>

#include "unidg/models/small/small_model.h"
#include "unidg/training/adamw.h"
#include "unidg/training/shards.h"

namespace unidg::training {

/// Low-rank factors that are trained in place of the weights.
struct BaseLora {
  std::int64_t rank = 0;  ///< 0: every weight is trained
  double alpha = 16;
  std::string targets = "insert-anything";  ///< as nn::lora_targets; of the MM-DiT alone
  double start = 0;  ///< t0 of the guided start that the adapted model takes; 0: its base's
};
void fields(FieldVisitor& visit, BaseLora& c);

/// Training of the small model, from scratch or from another one (docs/training.md); every number is stored
/// in the run directory. Pairs without a reference train it in plain mode, as the Inpainting Agent (App.
/// A.1).
struct BaseConfig {
  std::int64_t steps = 30000;
  std::int64_t samples =
      0;  ///< training samples in all, in place of `steps` (choices.md 82); 0: as `steps` says
  std::int64_t batch = 16;
  double lr = 1e-3;
  std::int64_t warmup = 150;
  double weight_decay = 0.01;
  double clip = 1.0;
  double ema = 0.999;
  double t_min = 0.02;  ///< noise levels are drawn uniformly in [t_min, t_max]
  double t_max = 0.55;
  double outside_weight = 0.02;  ///< loss weight of tokens that the mask does not touch
  std::int64_t luma_channels = 24, chroma_channels = 8;
  std::int64_t seed = 0;
  std::int64_t save_every = 200;
  std::int64_t sample_every = 500;
  std::string device = "auto";  ///< auto | cpu | cuda
  bool autocast = true;         ///< bf16 matrix products on a GPU
  std::string from;             ///< folder of a small model to start from; empty: fresh weights
  bool swap_channels = true;    ///< augmentation may exchange colour channels: off where colours are known
  bool allow_changes = false;   ///< an unfinished run may go on with other settings than it began with
  BaseLora lora;

  /// Optimizer steps of the run: `steps`, or as many as `samples` need.
  std::int64_t steps_in_all() const { return samples > 0 ? (samples + batch - 1) / batch : steps; }
};
void fields(FieldVisitor& visit, BaseConfig& c);

/// Fits the linear codec and the residual's deviation to the pairs (closed form, seconds).
struct FittedCodec {
  std::shared_ptr<models::LinearCodec> codec;
  Tensor deviation;    ///< [F], over masked tokens
  double psnr_db = 0;  ///< of the codec on the pairs
};
FittedCodec fit_codec(const ShardSet& pairs, const BaseConfig& config);

/// The loss of one batch, and what it was computed from.
/// @param t [B] @param noise [B, L, F]
Tensor base_loss(models::SmallModel& model, const PairBatch& batch, const Tensor& t, const Tensor& noise,
                 double outside_weight);

/// Trains until `config.steps_in_all()`, resuming from the newest checkpoint of the run directory:
/// run/config.json, run/log.jsonl (one object a step), run/checkpoint.safetensors (parameters, EMA,
/// optimizer, data position; whole or not at all, the previous one kept), run/samples/step-N.png, run/model/
/// (EMA weights, bf16). Stops after the step at hand when interrupted() turns true or `deadline_s` seconds
/// have passed, having saved. With `lora.rank` run/adapter.safetensors (EMA factors, PEFT) takes the place of
/// run/model.
/// @throws UsageError when the run was begun with other settings (all but its length, how often it saves and
/// shows, and where it runs) or from another model, unless `allow_changes`
/// @returns the number of steps done in all
std::int64_t train_base(const std::filesystem::path& shards, const std::filesystem::path& run,
                        BaseConfig config, double deadline_s = 0);

/// Paints a batch with the model: reference, collage, result, truth. Used for sample sheets.
Tensor paint(models::SmallModel& model, const PairBatch& batch, double start, int steps, std::uint64_t seed);

}  // namespace unidg::training
