#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation {

/// How any downstream network is trained (docs/evaluation.md, Downstream training): Adam, samples drawn epoch
/// by epoch. The defaults are those of the paper's localisation.
struct Recipe {
  int size = 256;                    ///< side of the network's square input, pixels; a multiple of 32
  std::int64_t batch = 8;            ///< samples a step; the last batch of an epoch may be smaller
  std::int64_t epochs = 200;         ///< passes of `epoch_samples`
  std::int64_t epoch_samples = 500;  ///< samples drawn per epoch; 0 (classification): 5 times the pictures
  double lr = 1e-4;                  ///< of Adam (betas 0.9, 0.999)
  std::string schedule =
      "steps";  ///< steps: x0.2 at 80 % and 90 % of the epochs | one_cycle: up, then cosine
  std::string checkpoint = "last";  ///< last | best_test (picks the epoch on the test set: a leak, labelled)
  std::string precision = "fp32";   ///< fp32 | bf16: activations in bf16, weights and sums in fp32
  std::string device = "auto";      ///< auto | cpu | cuda
};
void fields(FieldVisitor& visit, Recipe& r);

/// What differs between two trainings of one recipe.
struct TrainingOptions {
  std::uint64_t seed = 0;      ///< of initial weights and of the order of samples
  std::string what = "train";  ///< label of the progress line, for instance "bottle, ours, seed 0"
  std::filesystem::path save;  ///< weights as safetensors; empty: not written
  std::filesystem::path log;   ///< one JSON line per epoch; empty: not written
};

/// What a training did.
struct TrainingReport {
  std::string network;              ///< for instance "DRAEM U-Net, base width 64"
  std::string checkpoint = "last";  ///< "last", or "best on test (epoch 12)"
  std::int64_t parameters = 0, steps = 0, samples = 0;
  double seconds = 0;
  std::vector<double> losses;  ///< mean loss of each epoch
  double final_loss() const { return losses.empty() ? 0 : losses.back(); }
};
/// {"network", "checkpoint", "parameters", "steps", "samples", "seconds", "final_loss"}
Json to_json(const TrainingReport& report);

}  // namespace unidg::evaluation
