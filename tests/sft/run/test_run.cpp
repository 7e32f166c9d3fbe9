#include <gmock/gmock.h>

#include "support/temp_folder.h"
#include "tiny_run.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/nn/lora.h"
#include "unidg/sft/run/log.h"
#include "unidg/sft/run/run.h"
#include "unidg/training/event_file.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::TempFolder;

RunConfig quick(std::int64_t steps) {
  RunConfig config;
  config.steps = steps, config.batch = 3, config.micro = 2;
  config.lora.rank = 2, config.lora.alpha = 2;
  config.optim.d0 = 1e-3;
  config.save_every = 4, config.validate_every = 3, config.sample_every = 5;
  return config;
}

RunConfig config_of(const fs::path& file) {
  RunConfig out;
  read_fields(out, parse_json(read_file(file), file.string()), file.string());
  return out;
}

/// The log without what time decides.
std::string timeless(const fs::path& log) {
  std::istringstream lines(read_file(log));
  std::string line, out;
  while (std::getline(lines, line)) {
    auto json = parse_json(line, "log");
    for (const char* name : {"seconds", "samples_per_s", "rss_mib", "time"}) json.erase(name);
    out += json.dump() + "\n";
  }
  return out;
}

/// Steps of the events in a TensorBoard file; the checksums of every record are checked.
std::vector<std::int64_t> event_steps(const fs::path& path) {
  const auto bytes = read_file(path);
  std::vector<std::int64_t> out;
  const auto number = [&](std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, size);
    return value;
  };
  const auto masked = [](std::string_view data) {
    const auto crc = training::crc32c(data);
    return static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8U);
  };
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = number(at, 8);
    EXPECT_EQ(number(at + 8, 4), masked(std::string_view(bytes).substr(at, 8)));
    const auto data = std::string_view(bytes).substr(at + 12, length);
    EXPECT_EQ(number(at + 12 + length, 4), masked(data));
    EXPECT_EQ(data[0], '\x09') << "wall_time, a double";
    out.push_back(data[9] == '\x10' ? data[10] : 0);  // step, one byte up to 127
    at += 16 + length;
  }
  return out;
}

class SftRun : public ::testing::Test {
 protected:
  SftRun() {
    Progress::set_default_style(Progress::Style::Quiet);
    write_tiny_cache(folder / "cache");
  }
  RunResult run(const std::string& name, const RunConfig& config,
                const std::function<void(std::int64_t)>& show = {}) const {
    auto transformer = tiny_transformer();
    return train(folder / "cache", transformer, folder / name, config, show);
  }
  void expect_equal_runs(const std::string& a, const std::string& b) const {
    for (const char* name : {"adapter.safetensors", "best-adapter.safetensors"})
      EXPECT_TRUE(read_file(folder / a / name) == read_file(folder / b / name)) << name;
    EXPECT_EQ(timeless(folder / a / "validation.jsonl"), timeless(folder / b / "validation.jsonl"));
    EXPECT_EQ(timeless(folder / a / "log.jsonl"), timeless(folder / b / "log.jsonl"));
  }
  TempFolder folder;
};

TEST_F(SftRun, LeavesARunDirectoryThatTellsEverything) {
  std::vector<std::int64_t> shown;
  const auto result = run("run", quick(10), [&](std::int64_t step) { shown.push_back(step); });
  EXPECT_EQ(result.steps, 10);
  EXPECT_EQ(shown, (std::vector<std::int64_t>{5, 10}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "run/checkpoints"), {}), 2);  // keep
  EXPECT_TRUE(fs::exists(folder / "run/checkpoints/step-000008.safetensors"));
  EXPECT_TRUE(fs::exists(folder / "run/checkpoints/step-000010.safetensors"));
  const auto config = parse_json(read_file(folder / "run/config.json"), "config");
  EXPECT_EQ(config["lora.targets"], "insert-anything");
  EXPECT_GT(config["trained_parameters"], 100);
  const auto csv = read_file(folder / "run/log.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 11);
  EXPECT_THAT(csv, ::testing::StartsWith("step,loss,flow,regularisation,d,gradient_norm"));
  const auto log = timeless(folder / "run/log.jsonl");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 10);
  const auto validation = read_file(folder / "run/validation.jsonl");
  EXPECT_EQ(std::count(validation.begin(), validation.end(), '\n'), 4);  // 3, 6, 9, 10
  EXPECT_GT(result.best_step, 0);

  EXPECT_EQ(event_steps(folder / "run/events.out.tfevents.0.unidg"),
            (std::vector<std::int64_t>{0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 10}));  // validations too
  EXPECT_THAT(read_file(folder / "run/loss.png"), ::testing::StartsWith("\x89PNG"));

  // What was trained is an adapter like any other.
  auto fresh = tiny_transformer();
  nn::apply(*fresh, weights::read_adapter(folder / "run/adapter.safetensors"));
}

TEST_F(SftRun, AnAdapterSaysHowItsCacheWasEncoded) {
  const std::map<std::string, std::string> grey = {{"unidg.cache", R"({"settings": {"hole": "grey"}})"}};
  const auto shard = folder / "grey/train/shard-00000.safetensors";
  write_cache_shard(shard, {noise_sample(1), noise_sample(2)}, torch::kFloat32, grey);
  auto transformer = tiny_transformer();
  train(folder / "grey", transformer, folder / "run", quick(1));
  EXPECT_EQ(weights::read_adapter(folder / "run/adapter.safetensors").metadata.at("unidg.cache"),
            grey.at("unidg.cache"));
  write_cache_shard(folder / "grey/train/shard-00001.safetensors", {noise_sample(3)}, torch::kFloat32, {});
  EXPECT_THAT([&] { Cache(folder / "grey/train"); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr("shard-00001"), HasSubstr("other settings"))));
}

TEST_F(SftRun, StopsAfterTheStepAtHandAndResumesBitEqual) {
  auto config = quick(9);
  config.ema = 0.9, config.sample_every = 1;
  run("straight", config);
  for (const std::int64_t stop : {1, 4, 6, 8}) {
    const auto name = text("parts", stop);
    const auto stopped = run(name, config, [&](std::int64_t step) {
      if (step == stop) request_interrupt();
    });
    clear_interrupt();
    EXPECT_EQ(stopped.steps, stop);
    EXPECT_TRUE(fs::exists(folder / name / text("checkpoints/step-00000", stop, ".safetensors")));
    EXPECT_EQ(run(name, config).steps, 9);
    expect_equal_runs("straight", name);
  }
}

TEST_F(SftRun, LinesAfterTheCheckpointAreDoneAgain) {
  run("straight", quick(9));
  auto part = quick(5);
  run("parts", part);
  append_line(folder / "parts/log.jsonl", R"({"step": 6, "loss": 9})");
  append_line(folder / "parts/log.jsonl", R"({"step": 7, "lo)");
  run("parts", quick(9));
  EXPECT_EQ(timeless(folder / "straight/log.jsonl"), timeless(folder / "parts/log.jsonl"));
}

TEST_F(SftRun, AccumulationEqualsOneLargeBatch) {
  auto whole = quick(4), parts = quick(4);
  whole.micro = 3, parts.micro = 1;
  run("whole", whole);
  run("parts", parts);
  const auto a = weights::read_adapter(folder / "whole/adapter.safetensors");
  const auto b = weights::read_adapter(folder / "parts/adapter.safetensors");
  for (const auto& [path, low] : a.modules) {
    EXPECT_TRUE(testing::tensors_near(b.modules.at(path).a, low.a, 1e-4)) << path;
    EXPECT_TRUE(testing::tensors_near(b.modules.at(path).b, low.b, 1e-3)) << path;
  }
}

TEST_F(SftRun, FullTrainingAndAdamWToo) {
  auto config = quick(40);
  config.parameters = "full", config.optim.name = "adamw", config.optim.lr = 3e-3, config.optim.clip = 10;
  config.loss.reg_weight = 0;
  run("run", config);
  std::istringstream lines(read_file(folder / "run/log.jsonl"));
  std::vector<double> losses;
  for (std::string line; std::getline(lines, line);) losses.push_back(parse_json(line, "log")["loss"]);
  const auto mean = [&](std::size_t first) {
    return (losses[first] + losses[first + 1] + losses[first + 2]) / 3;
  };
  EXPECT_LT(mean(37), 0.9 * mean(0));
  const auto stored = weights::SafetensorsFile::open(folder / "run/model.safetensors");
  auto fresh = tiny_transformer();
  EXPECT_EQ(stored->tensors().size(), fresh->named_parameters().size());
  EXPECT_TRUE(stored->tensors().contains("transformer_blocks.0.attn.to_q.weight"));
}

TEST_F(SftRun, RefusesToGoOnWithOtherSettings) {
  run("run", quick(4));
  auto other = quick(6);
  other.loss.reg_tau = 0.7;
  EXPECT_THAT(
      [&] { run("run", other); },
      ThrowsMessage<UsageError>(AllOf(HasSubstr("config.json"), HasSubstr("loss.reg_tau = 0.5, not 0.7"),
                                      HasSubstr("another --run"))));
  write_tiny_cache(folder / "cache", 6);
  EXPECT_THAT([&] { run("run", quick(6)); }, ThrowsMessage<UsageError>(HasSubstr("cache = ")));
}

TEST_F(SftRun, StopsAtALossThatIsNoNumberAndKeepsTheCheckpoint) {
  run("run", quick(4));
  std::vector<Sample> bad;
  for (int i = 0; i < 7; ++i) bad.push_back(noise_sample(100 + static_cast<std::uint64_t>(i)));
  for (auto& sample : bad) sample.x0[0][0] = NAN;
  // The same digest: contents are not hashed, as they would be read whole at every start.
  write_cache_shard(folder / "cache/train/shard-00000.safetensors", {bad.begin(), bad.begin() + 3},
                    torch::kFloat32, {});
  const auto before = read_file(folder / "run/checkpoints/step-000004.safetensors");
  EXPECT_THAT([&] { run("run", quick(9)); },
              ThrowsMessage<Error>(AllOf(HasSubstr("nan"), HasSubstr("Nothing of this step was kept"),
                                         HasSubstr("newest checkpoint is step 4"))));
  EXPECT_TRUE(read_file(folder / "run/checkpoints/step-000004.safetensors") == before);
}

TEST_F(SftRun, NamesWhatIsWrongWithACache) {
  auto transformer = tiny_transformer();
  EXPECT_THAT([&] { train(folder / "nothing", transformer, folder / "run", quick(2)); },
              ThrowsMessage<InputError>(HasSubstr("cannot list")));
  fs::create_directories(folder / "empty/train");
  EXPECT_THAT(
      [&] { train(folder / "empty", transformer, folder / "run", quick(2)); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("no *.safetensors shard"), HasSubstr("unidg sft cache"))));
  weights::save_safetensors(folder / "other/train/a.safetensors", {{"x", torch::zeros({1})}});
  EXPECT_THAT([&] { train(folder / "other", transformer, folder / "run", quick(2)); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr("a.safetensors"), HasSubstr("not a shard"))));
  write_cache_shard(folder / "cache/train/shard-00002.safetensors", {noise_sample(3, 2, 6)}, torch::kFloat32,
                    {});
  EXPECT_THAT([&] { Cache{folder / "cache/train"}; }, ThrowsMessage<FormatError>(HasSubstr("unlike")));
}

TEST_F(SftRun, EveryStoredConfigIsOneAndItsTinyTwinRuns) {
  int tiny = 0;
  for (const auto& file : fs::directory_iterator(fs::path(UNIDG_SOURCE_DIR) / "configs/sft")) {
    const auto name = file.path().stem().string();
    if (!name.starts_with("train")) continue;
    const auto config = config_of(file.path());
    if (!name.ends_with("_tiny")) {
      EXPECT_TRUE(fs::exists(file.path().parent_path() / (name + "_tiny.json"))) << name;
      continue;
    }
    ++tiny;
    EXPECT_EQ(run(name, config).steps, config.steps) << name;
    const auto full = config_of(file.path().parent_path() / (name.substr(0, name.size() - 5) + ".json"));
    EXPECT_EQ(echo_fields(config.loss), echo_fields(full.loss)) << name;
  }
  EXPECT_EQ(tiny, 4);
  EXPECT_EQ(echo_fields(config_of(fs::path(UNIDG_SOURCE_DIR) / "configs/sft/train.json")),
            echo_fields(RunConfig{}))
      << "the defaults are the paper's";
}

TEST(SftWatch, TellsSpikesAndAStuckD) {
  Watch watch(5);
  StepLog line;
  std::vector<std::string> all;
  for (line.step = 1; line.step <= 250; ++line.step) {
    line.loss = line.step == 60 ? 6 : 1, line.d = 1e-6;
    for (const auto& warning : watch.look(line, true, 1e-6)) all.push_back(warning);
  }
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[0], AllOf(HasSubstr("step 60"), HasSubstr("6 times")));
  EXPECT_THAT(all[1], AllOf(HasSubstr("step 200"), HasSubstr("optim.d0")));
}

}  // namespace
}  // namespace unidg::sft
