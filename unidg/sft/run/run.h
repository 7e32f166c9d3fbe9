#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "unidg/parallel/ring.h"
#include "unidg/sft/step/cache.h"

namespace unidg::sft {

/// Which optimizer moves the parameters (Sec. 6.1; docs/choices.md 36-38).
struct OptimConfig {
  std::string name = "prodigy";  ///< prodigy | adamw
  double lr = 0;                 ///< 0: 1 for Prodigy, 1e-4 for AdamW
  double weight_decay = 0.01;
  double clip = 0.5;             ///< largest gradient norm
  double d0 = 1e-6, d_coef = 1;  ///< Prodigy
  bool bias_correction = true, safeguard_warmup = true;
};
void fields(FieldVisitor& visit, OptimConfig& c);

/// Which parameters move (docs/choices.md 34, 35).
struct LoraConfig {
  std::int64_t rank = 256;
  double alpha = 256;
  std::string targets = "insert-anything";  ///< insert-anything | flow-grpo | a regular expression
};
void fields(FieldVisitor& visit, LoraConfig& c);

/// Diversity-SFT (Sec. 6.1).
struct RunConfig {
  std::int64_t steps = 14000;
  std::int64_t batch = 64;          ///< pairs a step, all micro-batches together
  std::int64_t micro = 1;           ///< pairs that are in memory at once
  bool recompute = true;            ///< blocks keep their inputs alone (gradient checkpointing)
  std::string parameters = "lora";  ///< lora | full
  double ema = 0;                   ///< decay of averaged parameters, which are then what is saved; 0: none
  std::int64_t seed = 0;
  std::int64_t save_every = 500;
  std::int64_t keep = 2;  ///< newest checkpoints that stay
  std::int64_t validate_every = 500;
  std::int64_t validate_pairs = 64;  ///< held-out pairs that judge, at most
  std::int64_t sample_every = 500;   ///< steps between sample sheets
  double spike = 5;                  ///< a loss so many times the median of the last 100 is reported
  LossConfig loss;
  LoraConfig lora;
  OptimConfig optim;
};
void fields(FieldVisitor& visit, RunConfig& c);

struct RunResult {
  std::int64_t steps = 0;  ///< done in all, those of earlier runs included
  double best = 0;         ///< smallest validation loss so far; 0 without held-out pairs
  std::int64_t best_step = 0;
};

/// Trains `transformer` on cache/train, judged on cache/val where that is. The run directory receives
///   config.json         the resolved settings, the cache's digest, sizes of the network
///   log.jsonl, log.csv  a line a step: loss, flow, regularisation, d, gradient_norm, lr, samples_per_s,
///   rss_mib validation.jsonl    step and loss on fixed pairs, noise levels and noise
///   checkpoints/step-NNNNNN.safetensors   parameters, optimizer, EMA, position: whole or not at all
///   adapter.safetensors (PEFT) or model.safetensors (diffusers' names): the newest checkpoint's parameters;
///   best-adapter / best-model: those of the smallest validation loss
/// An unfinished run goes on from its newest checkpoint, bit-equal to an uninterrupted one on a CPU. Stops
/// after the step at hand when interrupted(), having saved.
/// @param show called with the step's number on schedule, for sample sheets
/// @param ring other processes that train along: the micro-batches of each step are dealt out, gradients and
/// losses summed, so that all ranks together are one rank with the same batch. Rank 0 alone writes; every
/// rank reads the run directory
/// @throws UsageError when the directory holds a run of other settings, or ranks outnumber micro-batches;
/// Error when the loss is not finite
RunResult train(const std::filesystem::path& cache, models::FluxTransformer& transformer,
                const std::filesystem::path& run, const RunConfig& config,
                const std::function<void(std::int64_t step)>& show = {}, parallel::Ring* ring = nullptr);

}  // namespace unidg::sft
