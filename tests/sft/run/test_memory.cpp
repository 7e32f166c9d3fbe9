#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "support/temp_folder.h"
#include "tiny_cache.h"
#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/nn/lora.h"
#include "unidg/sft/run/memory.h"

namespace unidg::sft {
namespace {

models::FluxConfig network(std::int64_t width, std::int64_t layers, std::int64_t single) {
  models::FluxConfig out;
  out.in_channels = 384, out.out_channels = 64, out.layers = layers, out.single_layers = single;
  out.head_dim = 64, out.heads = width / 64, out.axes = {8, 28, 28}, out.joint_dim = 64, out.pooled_dim = 16;
  return out;
}

TEST(MemoryPlan, CountsWhatTheNetworksHold) {
  EXPECT_EQ(count_parameters(models::flux_fill()), 11'902'391'360);
  EXPECT_EQ(count_lora_parameters(models::flux_fill(), {}), 927'301'632);
  EXPECT_EQ(count_lora_parameters(models::flux_fill(), {64, 128, "flow-grpo"}), 179'306'496);
  const auto small = network(64, 2, 1);
  models::FluxTransformer real(weights::Scope(weights::noise_source(1)), small);
  std::int64_t held = 0;
  for (const auto& parameter : real->parameters()) held += parameter.numel();
  EXPECT_EQ(count_parameters(small), held);
  EXPECT_THROW(count_lora_parameters(small, {4, 4, "nothing"}), UsageError);
}

struct Case {
  const char* name;
  models::FluxConfig network;
  std::int64_t rows, micro;
  std::string parameters, optim;
  bool recompute;
  double ema;
};
std::vector<Case> cases() {
  return {{"wide_lora", network(768, 1, 2), 16, 2, "lora", "prodigy", true, 0},
          {"deep_kept", network(256, 3, 6), 16, 3, "lora", "adamw", false, 0},
          {"deep_again", network(256, 4, 12), 24, 4, "lora", "prodigy", true, 0},
          {"double_kept", network(256, 6, 1), 24, 2, "lora", "adamw", false, 0},
          {"single_kept", network(256, 1, 8), 24, 2, "lora", "adamw", false, 0},
          {"again_more", network(256, 2, 8), 24, 8, "lora", "prodigy", true, 0},
          {"full", network(512, 2, 4), 8, 1, "full", "prodigy", true, 0.9}};
}
RunConfig config_of(const Case& one) {
  RunConfig out;
  out.steps = 2, out.batch = out.micro = one.micro, out.parameters = one.parameters,
  out.optim.name = one.optim;
  out.recompute = one.recompute, out.ema = one.ema, out.lora.rank = 64, out.lora.alpha = 64;
  out.save_every = out.validate_every = 100;
  return out;
}
constexpr std::int64_t kRedux = 3;

/// Not a test: what a child process of the next one does.
TEST(MemoryCase, DISABLED_TrainsTwoSteps) {
  const auto one = cases().at(static_cast<std::size_t>(std::atoi(std::getenv("UNIDG_MEMORY_CASE"))));
  Progress::set_default_style(Progress::Style::Quiet);
  const testing::TempFolder folder;
  std::vector<Sample> samples;
  for (int i = 0; i < 4; ++i)
    samples.push_back(noise_sample(1 + static_cast<std::uint64_t>(i), one.rows, 2 * one.rows, 64, 64));
  write_cache_shard(folder / "cache/train/shard-00000.safetensors", samples, torch::kFloat32, {});
  models::FluxTransformer transformer(weights::Scope(weights::noise_source(1)), one.network);
  train(folder / "cache", transformer, folder / "run", config_of(one));
}

/// Peak memory of a process that trains, bytes.
double measured(std::size_t number) {
  const auto which = std::to_string(number);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("UNIDG_MEMORY_CASE", which.c_str(), 1);
    // Small tensors would share pages and never leave them; those of a real training do not.
    ::setenv("MALLOC_MMAP_THRESHOLD_", "1000000", 1);
    ::freopen("/dev/null", "w", stdout);
    ::execl("/proc/self/exe", "test_sft_run", "--gtest_also_run_disabled_tests",
            "--gtest_filter=MemoryCase.DISABLED_TrainsTwoSteps", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  ::rusage usage{};
  ::wait4(child, &status, 0, &usage);
  EXPECT_EQ(status, 0);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

TEST(MemorySlow, ForecastIsWithin15PercentOfMeasuredPeaks) {
  const auto all = cases();
  for (std::size_t i = 0; i < all.size(); ++i) {
    MemoryInput input;
    input.network = all[i].network, input.image_tokens = 2 * all[i].rows * all[i].rows,
    input.condition_tokens = kRedux;
    const auto plan = plan_memory(input, config_of(all[i]));
    const double peak = measured(i);
    EXPECT_NEAR(plan.peak() / peak, 1, 0.15)
        << all[i].name << ": " << peak / 1e6 << " MB, forecast " << to_json(plan).dump();
    RecordProperty(all[i].name, std::to_string(plan.peak() / peak));
    std::printf("%s: measured %.0f MB, forecast %.0f MB\n", all[i].name, peak / 1e6, plan.peak() / 1e6);
  }
}

}  // namespace
}  // namespace unidg::sft
