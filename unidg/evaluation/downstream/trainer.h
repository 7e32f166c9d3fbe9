#pragma once
#include "unidg/core/torch.h"

#include <functional>

#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/recipe.h"

namespace unidg::evaluation {

/// What is trained, and on what.
struct TrainingTask {
  torch::nn::Module* net;      ///< its parameters are made trainable, its buffers move
  std::string network;         ///< for the report
  std::int64_t epoch_samples;  ///< samples an epoch
  /// Draws `count` samples and returns their mean loss.
  std::function<torch::Tensor(std::int64_t count, Rng& rng)> loss;
  /// Score on the test set, higher is better; asked after every epoch when the recipe says best_test.
  std::function<double()> test_score;
};

/// Trains in place by the recipe and leaves the network in eval mode.
/// @throws UsageError for best_test without a test score, Interrupted after a signal
TrainingReport train(const TrainingTask& task, const Recipe& recipe, const TrainingOptions& options);

/// @throws UsageError when there is no such device
torch::Device training_device(const Recipe& recipe);

/// Learning rate of a step. @param step, epoch from 0
double learning_rate(const Recipe& recipe, std::int64_t step, std::int64_t steps, std::int64_t epoch);

/// Parameters and buffers by name; the tensors themselves, not copies.
std::map<std::string, torch::Tensor> state_of(const torch::nn::Module& net);

}  // namespace unidg::evaluation
