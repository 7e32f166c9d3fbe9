#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/flow/sampler.h"
#include "unidg/nn/lora.h"
#include "unidg/training/base.h"
#include "unidg/weights/adapters.h"

namespace unidg::training {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

// Pairs whose hidden part is a smooth function of what is visible: something a small net can learn.
PairBatch pairs(std::int64_t count, std::int64_t size) {
  torch::manual_seed(1);
  const auto base = torch::rand({count, 3, 4, 4}) * 180 + 30;
  const auto target = torch::upsample_bilinear2d(base, {size, size}, false);
  auto mask = torch::zeros({count, 1, size, size});
  mask.narrow(2, size / 4, size / 2).narrow(3, size / 4, size / 2).fill_(255);
  const auto collage = torch::where(mask > 0, target * 0.6 + 60, target);
  const auto bytes = [](const Tensor& t) { return t.round().clamp(0, 255).to(torch::kUInt8); };
  return {bytes(target.flip({3})), bytes(target), bytes(collage), bytes(mask)};
}

BaseConfig tiny() {
  BaseConfig c;
  c.batch = 4;
  c.warmup = 5;
  c.device = "cpu";
  c.save_every = 3;
  c.sample_every = 1000;
  c.luma_channels = 12;
  c.chroma_channels = 4;
  return c;
}

class BaseTraining : public ::testing::Test {
 protected:
  BaseTraining() {
    Progress::set_default_style(Progress::Style::Quiet);
    write_shard(shards() / "shard-00000.safetensors", pairs(8, 32), {});
  }
  std::filesystem::path shards() const { return folder_.path() / "shards"; }
  std::map<std::string, Tensor> weights_after(const std::string& run) const {
    std::map<std::string, Tensor> out;
    const auto file = weights::SafetensorsFile::open(folder_.path() / run / "checkpoint.safetensors");
    for (const auto& [name, info] : file->tensors()) out[name] = file->tensor(name).clone();
    return out;
  }
  testing::TempFolder folder_;
};

TEST_F(BaseTraining, SlowResumeEqualsUninterrupted) {
  auto config = tiny();
  config.steps = 6;
  train_base(shards(), folder_.path() / "whole", config);
  auto stopped = config;
  request_interrupt();  // the first run stops after one step, as on Ctrl+C
  train_base(shards(), folder_.path() / "parts", stopped);
  clear_interrupt();
  train_base(shards(), folder_.path() / "parts", config);
  const auto whole = weights_after("whole"), parts = weights_after("parts");
  ASSERT_EQ(whole.size(), parts.size());
  for (const auto& [name, tensor] : whole) EXPECT_TRUE(torch::equal(tensor, parts.at(name))) << name;
}

TEST_F(BaseTraining, ABegunRunNamesChangedSettings) {
  const auto run = folder_.path() / "run";
  auto config = tiny();
  config.steps = 1;
  train_base(shards(), run, config);
  auto other = config;
  other.steps = 2, other.lr = 1e-4, other.seed = 7;
  EXPECT_THAT([&] { train_base(shards(), run, other); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("run"), HasSubstr("lr was 0.001, is 0.0001"),
                                              HasSubstr("seed was 0, is 7"), Not(HasSubstr("steps was")),
                                              HasSubstr("allow_changes"))));
  EXPECT_EQ(parse_json(read_file(run / "config.json"), "config")["lr"], 1e-3)
      << "a refused run changes nothing";
  other.allow_changes = true;
  EXPECT_EQ(train_base(shards(), run, other), 2) << "a longer run with other settings, asked for";
  const auto previous = weights::SafetensorsFile::open(run / "checkpoint.previous.safetensors");
  EXPECT_EQ(previous->tensor("data_position").item<std::int64_t>(), 4) << "after one step of four pairs";
  EXPECT_EQ(weights_after("run").at("data_position").item<std::int64_t>(), 8);
}

TEST_F(BaseTraining, SlowOverfitsAFewPairsAndItsModelLoads) {
  auto config = tiny();
  config.steps = 240;
  config.lr = 2e-3;
  config.batch = 8;
  config.save_every = 240;
  train_base(shards(), folder_.path() / "run", config);
  std::ifstream log(folder_.path() / "run/log.jsonl");
  std::vector<double> losses;
  for (std::string line; std::getline(log, line);) {
    const auto json = Json::parse(line);
    if (json.contains("loss")) losses.push_back(json["loss"].get<double>());
  }
  ASSERT_EQ(losses.size(), 240u);
  const auto mean = [&](std::size_t from) {
    return std::accumulate(losses.begin() + static_cast<long>(from),
                           losses.begin() + static_cast<long>(from) + 30, 0.0) /
           30;
  };
  EXPECT_LT(mean(210), 0.6 * mean(0));
  auto model = models::SmallModel::load(folder_.path() / "run/model");
  EXPECT_EQ(model.settings.trained_steps, 240);
  EXPECT_EQ(model.settings.size, 32);
}

TEST_F(BaseTraining, SlowAnAdapterLearnsResumesAndLeavesItsBaseAlone) {
  auto base = tiny();
  base.steps = 20;
  train_base(shards(), folder_.path() / "base", base);
  const auto from = folder_.path() / "base/model";
  const auto digest = models::model_digest(from);
  auto config = tiny();
  config.from = from.string(), config.steps = 60, config.batch = 8, config.save_every = 60, config.lr = 1e-2;
  config.swap_channels = false, config.lora.rank = 4, config.lora.alpha = 4, config.lora.start = 0.25,
  config.lora.targets = ".*";
  train_base(shards(), folder_.path() / "whole", config);
  EXPECT_EQ(models::model_digest(from), digest);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "whole/model"));
  const auto adapter = weights::read_adapter(folder_.path() / "whole/adapter.safetensors");
  EXPECT_EQ(adapter.metadata.at("unidg.base"), digest);
  EXPECT_EQ(adapter.metadata.at("unidg.start"), "0.25");
  EXPECT_EQ(adapter.modules.begin()->second.rank(), 4);
  const auto loss = [&](bool adapted) {
    torch::NoGradGuard no_grad;
    auto model = models::SmallModel::load(from);
    if (adapted) nn::apply(*model.transformer, adapter);
    const auto batch = pairs(8, 32);
    const auto noise = flow::noise({8, 8, model.deviation.size(0)}, 3, "test");
    return base_loss(model, batch, torch::linspace(0.05, 0.5, 8), noise, 0.02).item<double>();
  };
  EXPECT_LT(loss(true), 0.98 * loss(false));

  request_interrupt();  // after one step
  train_base(shards(), folder_.path() / "parts", config);
  clear_interrupt();
  train_base(shards(), folder_.path() / "parts", config);
  const auto whole = weights_after("whole"), parts = weights_after("parts");
  ASSERT_EQ(whole.size(), parts.size());
  for (const auto& [name, tensor] : whole) EXPECT_TRUE(torch::equal(tensor, parts.at(name))) << name;
}

TEST_F(BaseTraining, AdaptersNeedTheirBase) {
  auto config = tiny();
  config.lora.rank = 4;
  const auto start = [&] { train_base(shards(), folder_.path() / "run", config); };
  EXPECT_THAT(start, ThrowsMessage<UsageError>(HasSubstr("names no model")));
  const ShardSet set(shards());
  const auto fitted = fit_codec(set, tiny());
  auto model = models::SmallModel::create(fitted.codec, fitted.deviation, 1,
                                          models::SmallModel::default_transformer(*fitted.codec),
                                          models::SmallModel::default_encoder(), {});
  model.settings.size = 64;
  model.save(folder_.path() / "other", torch::kFloat32);
  config.from = (folder_.path() / "other").string();
  EXPECT_THAT(start, ThrowsMessage<UsageError>(HasSubstr("size=64")));
}

TEST(Augment, KeepsTheColoursWhereTheyAreKnown) {
  PairBatch batch = pairs(16, 32);
  batch.target.select(1, 0).fill_(200), batch.target.select(1, 1).fill_(10),
      batch.target.select(1, 2).fill_(10);
  Rng a(1, "augment"), b(1, "augment");
  const auto kept = augment(batch, a, false), swapped = augment(batch, b, true);
  EXPECT_TRUE((kept.target.select(1, 0) == 200).all().item<bool>());
  EXPECT_FALSE((swapped.target.select(1, 0) == 200).all().item<bool>());
}

TEST_F(BaseTraining, UntrainedModelReturnsTheCollage) {
  const ShardSet set(shards());
  const auto fitted = fit_codec(set, tiny());
  EXPECT_GT(fitted.psnr_db, 25.0);
  auto model = models::SmallModel::create(fitted.codec, fitted.deviation, 1,
                                          models::SmallModel::default_transformer(*fitted.codec),
                                          models::SmallModel::default_encoder(), {});
  torch::NoGradGuard no_grad;
  const auto guess = torch::rand({1, 3, 64, 128}) * 2 - 1;
  const auto condition = model.condition(guess, torch::ones({1, 1, 64, 128}), torch::zeros({1, 3, 128, 128}));
  const auto t = torch::full({1}, 0.3);
  const auto z_hat = model.estimate((1 - 0.3) * condition.guess, t, condition);  // x_t without noise: r_t = 0
  EXPECT_TRUE(torch::allclose(z_hat, condition.guess, 1e-5, 1e-5));
}

TEST(Shards, NameWhatDoesNotFit) {
  const testing::TempFolder folder;
  EXPECT_THROW(ShardSet(folder.path()), InputError);
  auto wrong = pairs(2, 64);
  wrong.collage = wrong.collage.narrow(1, 0, 2);
  write_shard(folder.path() / "shard-00000.safetensors", wrong, {});
  try {
    ShardSet set(folder.path());
    FAIL() << "a collage of two channels was accepted";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'collage'"));
  }
}

TEST(Shards, OfTwoTasksAreNotMixed) {
  const testing::TempFolder folder;
  auto plain = pairs(2, 32);
  write_shard(folder.path() / "shard-00000.safetensors", plain, {});
  plain.reference = Tensor();
  write_shard(folder.path() / "shard-00001.safetensors", plain, {});
  try {
    ShardSet set(folder.path());
    FAIL() << "pairs with and without a reference were mixed";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no 'reference'"));
  }
}

// Plain mode (choices.md 74c): the scene alone, one zero text token, nothing seen through the encoder.
TEST(PlainMode, HasHalfTheTokensAndNoReference) {
  auto batch = pairs(8, 32);
  batch.reference = Tensor();
  const testing::TempFolder folder;
  write_shard(folder.path() / "shard-00000.safetensors", batch, {});
  const auto fitted = fit_codec(ShardSet(folder.path()), tiny());
  auto model = models::SmallModel::create(fitted.codec, fitted.deviation, 1,
                                          models::SmallModel::default_transformer(*fitted.codec),
                                          models::SmallModel::default_encoder(), {});
  const auto guess = torch::zeros({2, 3, 32, 32}), mask = torch::ones({2, 1, 32, 32});
  const auto condition = model.condition(guess, mask, {});
  EXPECT_EQ(condition.guess.size(1), 4);
  EXPECT_EQ(condition.tokens.size(1), 1);
  const auto t = torch::full({8}, 0.3);
  const auto noise = torch::randn({8, 4, condition.guess.size(2)});
  model.transformer->proj_out->weight.fill_(0.01);
  model.transformer->proj_out->weight.set_requires_grad(true);
  const auto loss = base_loss(model, batch, t, noise, 0.02);
  EXPECT_GT(loss.item<double>(), 0);
  EXPECT_EQ(paint(model, batch, 0.3, 2, 1).size(2), 3 * 32);  // blanked, painted, truth
}

TEST(BaseConfigTest, CountsSamplesInPlaceOfSteps) {
  BaseConfig config;
  EXPECT_EQ(config.steps_in_all(), config.steps);
  config.samples = 2'400'000, config.batch = 64;
  EXPECT_EQ(config.steps_in_all(), 37'500);
  config.samples = 65;
  EXPECT_EQ(config.steps_in_all(), 2);
}

TEST(IndexStreamTest, VisitsEachIndexOnceAnEpochAndSeeks) {
  IndexStream stream(10, 3);
  auto first = stream.next(10), second = stream.next(10);
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(sorted[static_cast<std::size_t>(i)], i);
  EXPECT_NE(first, second);
  IndexStream again(10, 3);
  again.seek(10);
  EXPECT_EQ(again.next(10), second);
}

TEST(LinearCodecTest, GreyStaysGreyAndAllComponentsAreLossless) {
  torch::manual_seed(2);
  models::LinearCodecFit fit;
  const auto colours = torch::rand({8, 3, 64, 64}) * 2 - 1;
  fit.add(colours);
  const auto small = fit.solve(8, 4);
  const auto grey = (torch::rand({1, 1, 32, 32}) * 2 - 1).expand({1, 3, 32, 32}).contiguous();
  const auto back = small.decode(small.encode(grey));
  EXPECT_LT((back.select(1, 0) - back.select(1, 1)).abs().max().item<double>(), 1e-5);
  EXPECT_LT((back.select(1, 0) - back.select(1, 2)).abs().max().item<double>(), 1e-5);
  const auto whole = fit.solve(64, 128);
  EXPECT_TRUE(torch::allclose(whole.decode(whole.encode(colours)), colours, 1e-3, 1e-3));
}

}  // namespace
}  // namespace unidg::training
