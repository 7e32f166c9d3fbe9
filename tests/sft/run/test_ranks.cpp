#include <gmock/gmock.h>

#include <thread>

#include "support/free_port.h"
#include "support/temp_folder.h"
#include "tiny_run.h"
#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/sft/run/run.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using unidg::testing::free_port;

RunConfig short_run(std::int64_t steps) {
  RunConfig config;
  config.steps = steps, config.batch = 7, config.micro = 1;
  config.lora.rank = 2, config.lora.alpha = 2, config.optim.d0 = 1e-3;
  config.save_every = config.validate_every = 2, config.sample_every = 100;
  return config;
}

class SftRanks : public ::testing::Test {
 protected:
  SftRanks() {
    Progress::set_default_style(Progress::Style::Quiet);
    write_tiny_cache(folder / "cache", 9, 3);
  }
  /// Trains as so many ranks. @param steps of each rank @returns what each threw
  std::vector<std::string> run_ranks(const std::string& name, const std::vector<std::int64_t>& steps) {
    const auto port = free_port();
    const auto size = static_cast<int>(steps.size());
    std::vector<std::string> errors(steps.size());
    std::vector<models::FluxTransformer> networks;
    for (std::size_t i = 0; i < steps.size(); ++i) networks.push_back(tiny_transformer());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < steps.size(); ++i)
      threads.emplace_back([&, i] {
        try {
          parallel::Ring ring({static_cast<int>(i), size, "127.0.0.1", port, i == 0}, 20);
          train(folder / "cache", networks[i], folder / name, short_run(steps[i]), {}, &ring);
        } catch (const std::exception& error) {
          errors[i] = error.what();
        }
      });
    for (auto& thread : threads) thread.join();
    return errors;
  }
  std::map<std::string, Tensor> adapter(const std::string& name) {
    const auto file = weights::SafetensorsFile::open(folder / name / "adapter.safetensors");
    std::map<std::string, Tensor> out;
    for (const auto& [key, info] : file->tensors()) out[key] = file->tensor(key).clone();
    return out;
  }
  unidg::testing::TempFolder folder;
};

TEST_F(SftRanks, SeveralEqualOneWithTheSameBatch) {
  auto network = tiny_transformer();
  const auto alone = train(folder / "cache", network, folder / "one", short_run(4));
  for (const auto& error : run_ranks("three", {4, 4, 4})) EXPECT_EQ(error, "");
  const auto one = adapter("one"), three = adapter("three");
  ASSERT_EQ(one.size(), three.size());
  for (const auto& [name, tensor] : one)
    EXPECT_TRUE(torch::allclose(tensor, three.at(name), 1e-4, 1e-6))
        << name << " " << (tensor - three.at(name)).abs().max().item<double>();
  EXPECT_GT(alone.best_step, 0);
}

TEST_F(SftRanks, GoOnFromTheNewestCheckpointOfAll) {
  for (const auto& error : run_ranks("parts", {2, 2})) EXPECT_EQ(error, "");
  for (const auto& error : run_ranks("parts", {4, 4})) EXPECT_EQ(error, "");
  for (const auto& error : run_ranks("whole", {4, 4})) EXPECT_EQ(error, "");
  const auto parts = adapter("parts"), whole = adapter("whole");
  for (const auto& [name, tensor] : whole) EXPECT_TRUE(torch::equal(tensor, parts.at(name))) << name;
}

TEST_F(SftRanks, ALostRankStopsTheOthersAndKeepsTheCheckpoint) {
  const auto errors = run_ranks("run", {5, 2});
  EXPECT_THAT(errors[0], HasSubstr("lost rank 1"));
  EXPECT_TRUE(fs::exists(folder / "run/checkpoints/step-000002.safetensors"));
}

TEST_F(SftRanks, MustNotOutnumberTheMicroBatches) {
  const auto errors = run_ranks("run", std::vector<std::int64_t>(8, 2));
  EXPECT_THAT(errors[0], HasSubstr("too little for 8 ranks"));
}

}  // namespace
}  // namespace unidg::sft
