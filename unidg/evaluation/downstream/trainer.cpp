#include "unidg/evaluation/downstream/trainer.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/training/adamw.h"

namespace unidg::evaluation {
namespace {

/// The epoch that scored best so far, with its weights.
struct Best {
  double score = -std::numeric_limits<double>::infinity();
  std::int64_t epoch = 0;
  std::map<std::string, torch::Tensor> state;

  void offer(double found, std::int64_t at, const torch::nn::Module& net) {
    if (found <= score) return;
    score = found, epoch = at;
    for (const auto& [name, tensor] : state_of(net)) state[name] = tensor.detach().clone();
  }
  void restore(const torch::nn::Module& net) const {
    torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : state_of(net)) tensor.copy_(state.at(name));
  }
};

}  // namespace

torch::Device training_device(const Recipe& recipe) {
  if (recipe.device == "cpu" || (recipe.device == "auto" && !torch::cuda::is_available())) return torch::kCPU;
  if (!torch::cuda::is_available())
    throw UsageError("device is 'cuda' but this LibTorch sees no CUDA device; use device=cpu");
  return torch::kCUDA;
}

double learning_rate(const Recipe& recipe, std::int64_t step, std::int64_t steps, std::int64_t epoch) {
  if (recipe.schedule == "one_cycle")
    return training::cosine_rate(step, std::max<std::int64_t>(1, steps / 5), steps, recipe.lr, 0.01);
  const double done = static_cast<double>(epoch) / static_cast<double>(recipe.epochs);
  return recipe.lr * (done >= 0.8 ? 0.2 : 1) * (done >= 0.9 ? 0.2 : 1);
}

std::map<std::string, torch::Tensor> state_of(const torch::nn::Module& net) {
  std::map<std::string, torch::Tensor> out;
  for (const auto& item : net.named_parameters()) out[item.key()] = item.value();
  for (const auto& item : net.named_buffers()) out[item.key()] = item.value();
  return out;
}

TrainingReport train(const TrainingTask& task, const Recipe& recipe, const TrainingOptions& options) {
  const bool picks_best = recipe.checkpoint == "best_test";
  if (picks_best && !task.test_score)
    throw UsageError(options.what,
                     ": checkpoint=best_test needs the test set; pass it or use checkpoint=last");
  if (!options.log.empty()) std::filesystem::remove(options.log);

  task.net->to(training_device(recipe));
  training::NamedParameters parameters;
  training::make_trainable(*task.net, "", training_device(recipe), parameters);
  TrainingReport report;
  report.network = task.network;
  for (const auto& p : parameters.tensors) report.parameters += p.numel();
  training::AdamW adam(parameters, {.lr = recipe.lr, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8});

  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto steps = recipe.epochs * ((task.epoch_samples + recipe.batch - 1) / recipe.batch);
  Progress progress(options.what, steps);
  Rng rng(options.seed, "order of samples");
  Best best;
  for (std::int64_t epoch = 0; epoch < recipe.epochs; ++epoch) {
    task.net->train();
    double sum = 0, rate = 0;
    for (std::int64_t drawn = 0; drawn < task.epoch_samples; drawn += recipe.batch) {
      if (interrupted()) throw Interrupted(options.what, ": stopped by a signal");
      const auto count = std::min(recipe.batch, task.epoch_samples - drawn);
      const auto loss = task.loss(count, rng);
      loss.backward();
      rate = learning_rate(recipe, report.steps, steps, epoch);
      adam.step(rate);
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw Error(options.what, ": the loss became ", value, " in step ", report.steps, "; lower lr (now ",
                    recipe.lr, ")");
      sum += value * static_cast<double>(count);
      ++report.steps;
      progress.advance(1, text("loss ", sum / static_cast<double>(drawn + count)));
    }
    report.samples += task.epoch_samples;
    report.losses.push_back(sum / static_cast<double>(task.epoch_samples));
    task.net->eval();
    std::optional<double> score;
    if (picks_best) best.offer(*(score = task.test_score()), epoch, *task.net);
    if (options.log.empty()) continue;
    Json line = {{"epoch", epoch + 1},
                 {"step", report.steps},
                 {"loss", report.losses.back()},
                 {"lr", rate},
                 {"seconds", seconds()}};
    if (score) line["test_score"] = *score;
    append_line(options.log, line.dump());
  }
  if (picks_best) {
    best.restore(*task.net);
    report.checkpoint = text("best on test (epoch ", best.epoch + 1, ")");
  }
  for (auto& p : parameters.tensors) p.set_requires_grad(false);
  report.seconds = seconds();
  return report;
}

}  // namespace unidg::evaluation
