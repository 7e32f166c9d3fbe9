#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/preparation/prepare.h"
#include "unidg/training/base.h"

namespace unidg::preparation {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSteps = 20;

/// Losses of the first steps of the shipped weights' recipe (configs/embedded) on drawn products, which any
/// machine has.
std::vector<double> first_losses() {
  Progress::set_default_style(Progress::Style::Quiet);
  const testing::TempFolder folder;
  const fs::path configs = fs::path(UNIDG_SOURCE_DIR) / "configs/embedded";
  const auto read = [&](auto config, const char* name) {
    read_fields(config, parse_json(read_file(configs / name), name), name);
    return config;
  };
  auto prepared = read(PrepareConfig{}, "prepare.json");
  prepared.pairs = 64, prepared.held_out = 0;
  prepare({}, folder / "shards", prepared);
  auto config = read(training::BaseConfig{}, "train.json");
  config.device = "cpu", config.save_every = config.sample_every = 1'000'000;
  config.steps = kSteps;  // all of them in the warm-up, whose rates do not depend on the run's length
  training::train_base(folder / "shards", folder / "run", config);
  std::vector<double> out;
  std::ifstream log(folder / "run/log.jsonl");
  for (std::string line; std::getline(log, line);)
    if (const auto json = parse_json(line, "log"); json.contains("loss"))
      out.push_back(json["loss"].get<double>());
  return out;
}

TEST(RecipeSlow, FirstStepsAreReproducedOnAnyMachine) {
  const auto losses = first_losses();
  ASSERT_EQ(losses.size(), static_cast<std::size_t>(kSteps));
  const fs::path stored = fs::path(UNIDG_TESTS_DIR) / "preparation/recipe_losses.json";
  if (std::getenv("UNIDG_UPDATE_RECIPE")) write_file_atomic(stored, Json(losses).dump(1) + "\n");
  const auto wanted = parse_json(read_file(stored), stored.string());
  ASSERT_EQ(wanted.size(), losses.size());
  for (std::size_t i = 0; i < losses.size(); ++i)
    EXPECT_NEAR(losses[i], wanted[i].get<double>(), 1e-4) << "step " << i + 1;
}

}  // namespace
}  // namespace unidg::preparation
