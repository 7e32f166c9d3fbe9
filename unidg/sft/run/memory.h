#pragma once
#include <cstdint>

#include "unidg/core/config.h"
#include "unidg/models/flux/config.h"
#include "unidg/sft/run/run.h"

namespace unidg::sft {

/// Sizes that decide how much memory a training needs.
struct MemoryInput {
  models::FluxConfig network;
  std::int64_t image_tokens = 0;      ///< L of one diptych
  std::int64_t condition_tokens = 0;  ///< Redux tokens; zero text comes on top
  int weight_bytes = 4;               ///< of a frozen weight as it is held: 2 for bf16
  int compute_bytes = 4;              ///< of an activation: 4 on a CPU, 2 on a GPU in bf16
  double other_parameters = 0;        ///< of networks that are loaded beside: VAE, image encoder, Redux
};

/// Bytes at the peak of a training step, by what holds them.
struct MemoryPlan {
  double weights = 0;      ///< frozen, and the networks beside
  double parameters = 0;   ///< trained, fp32, with their gradients
  double optimizer = 0;    ///< its states and what a step needs on the side
  double average = 0;      ///< EMA
  double activations = 0;  ///< block inputs, and the block at hand or all of them
  double runtime = 0;      ///< LibTorch, the program, one encoded batch
  double peak() const { return weights + parameters + optimizer + average + activations + runtime; }
  std::int64_t frozen_parameters = 0, trained_parameters = 0;
};
/// Forecast from sizes alone, before anything is loaded. Checked against measured peaks on small networks
/// (docs/training.md).
MemoryPlan plan_memory(const MemoryInput& input, const RunConfig& config);
Json to_json(const MemoryPlan& plan);

/// Parameters of an MM-DiT, and of the factors that `targets` gives it at some rank.
std::int64_t count_parameters(const models::FluxConfig& network);
/// @throws UsageError when the targets fit nothing
std::int64_t count_lora_parameters(const models::FluxConfig& network, const LoraConfig& lora);

}  // namespace unidg::sft
