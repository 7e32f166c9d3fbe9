#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "tiny_cache.h"
#include "unidg/core/progress.h"
#include "unidg/flow/sampler.h"
#include "unidg/flow/schedule.h"
#include "unidg/sft/run/run.h"

namespace unidg::sft {
namespace {

constexpr std::int64_t kRows = 2, kColumns = 4, kChannels = 16, kJoint = 12;

/// Two scenes x two references with the same mask: the hole shows the reference's pattern in the scene's
/// tone.
std::vector<Sample> quadruplets() {
  torch::manual_seed(3);
  const auto tokens = kRows * kColumns;
  const auto right = torch::arange(tokens) % kColumns >= kColumns / 2;
  const auto hole = torch::arange(tokens) % kColumns == kColumns - 1;
  std::vector<torch::Tensor> patterns, scenes, features;
  for (int i = 0; i < 2; ++i) {
    patterns.push_back(torch::randn({kChannels})), features.push_back(torch::randn({2, kJoint}));
    scenes.push_back(torch::randn({tokens, kChannels}));
  }
  std::vector<Sample> out;
  for (int scene = 0; scene < 2; ++scene)
    for (int reference = 0; reference < 2; ++reference) {
      Sample s;
      s.rows = kRows, s.columns = kColumns;
      const auto left = patterns[static_cast<std::size_t>(reference)].expand({tokens, -1});
      const auto& normal = scenes[static_cast<std::size_t>(scene)];
      s.normal = torch::where(right.unsqueeze(1), normal, left).contiguous();
      const auto tone = normal.mean(1, true);
      s.x0 = torch::where(hole.unsqueeze(1), patterns[static_cast<std::size_t>(reference)] + tone, s.normal);
      s.masked = torch::where(hole.unsqueeze(1), torch::zeros_like(s.x0), s.normal);
      s.mask = torch::zeros({1, 16 * kRows, 16 * kColumns});
      s.mask.narrow(2, 16 * (kColumns - 1), 16).fill_(1);
      s.left = ~right;
      s.redux = features[static_cast<std::size_t>(reference)];
      out.push_back(std::move(s));
    }
  return out;
}

/// Quality of what is painted into the hole, decibels against the truth's variance.
double painted_psnr(models::FluxTransformer& transformer, const Batch& batch, const Batch& truth) {
  torch::NoGradGuard no_grad;
  const LossConfig config;
  const auto levels = flow::sigmas(20, kRows * kColumns, {.use_dynamic_shifting = false, .shift = 1});
  const auto x = flow::sample(
      [&](const Tensor& at, int, double sigma) {
        return velocity(transformer, batch, at, torch::full({at.size(0)}, sigma), 1, config);
      },
      flow::noise(batch.x0.sizes(), 5, "overfit"), levels);
  const auto hole = truth.right.unsqueeze(2);
  const auto error = ((x - truth.x0).square() * hole).sum() / hole.expand_as(x).sum();
  return -10 * std::log10(error.item<double>());
}

TEST(SftSlow, LearnsFourQuadrupletsAndReadsTheReference) {
  Progress::set_default_style(Progress::Style::Quiet);
  const testing::TempFolder folder;
  write_cache_shard(folder / "cache/train/shard-00000.safetensors", quadruplets(), torch::kFloat32, {});
  models::FluxConfig shape;
  shape.in_channels = 2 * kChannels + 256, shape.out_channels = kChannels, shape.layers = 1,
  shape.single_layers = 1;
  shape.head_dim = 16, shape.heads = 2, shape.axes = {4, 6, 6}, shape.joint_dim = kJoint,
  shape.pooled_dim = 8;
  models::FluxTransformer transformer(weights::Scope(weights::noise_source(1)), shape);
  RunConfig config;
  config.steps = 900, config.batch = 16, config.micro = 16, config.parameters = "full";
  config.optim.name = "adamw", config.optim.lr = 3e-3, config.optim.clip = 1, config.optim.weight_decay = 0;
  config.save_every = config.validate_every = config.steps;
  train(folder / "cache", transformer, folder / "run", config);

  const auto batch = Cache(folder / "cache/train").batch({0, 1, 2, 3});
  EXPECT_GT(painted_psnr(transformer, batch, batch), 14);
  // Reference pixels and tokens of the other reference, scene and hole as they were: it paints the other one.
  auto swapped = batch;
  const auto other = torch::tensor({1, 0, 3, 2});
  const auto left = (torch::arange(kRows * kColumns) % kColumns < kColumns / 2).view({1, -1, 1});
  swapped.condition = torch::where(left, batch.condition.index_select(0, other), batch.condition);
  swapped.redux = batch.redux.index_select(0, other);
  EXPECT_LT(painted_psnr(transformer, swapped, batch), 3);
  auto wanted = batch;
  wanted.x0 = batch.x0.index_select(0, other);
  EXPECT_GT(painted_psnr(transformer, swapped, wanted), 14);
}

}  // namespace
}  // namespace unidg::sft
