#include <gmock/gmock.h>

#include "evaluation/protocol/tiny_product.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/evaluation/protocol/config.h"
#include "unidg/evaluation/protocol/plan.h"

namespace unidg::evaluation {
namespace {

namespace fs = std::filesystem;
using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class ConfigFile : public ::testing::Test {
 protected:
  RunConfig read(const std::string& content, const std::vector<std::string>& set = {},
                 bool as_published = false) {
    return read_config(folder.write("run.json", content), set, as_published);
  }
  auto reading(const std::string& content, const std::vector<std::string>& set = {}) {
    return [=, this] { read(content, set); };
  }
  TempFolder folder;
  const std::string little = R"({"products": ["a"], "generators": [{"name": "g", "kind": "nothing"}])";
};

TEST_F(ConfigFile, ThePresetComesFirstAndKeysRefineIt) {
  const auto config = read(little + R"(, "preset": "cpu", "localisation": {"base_width": 7}})");
  EXPECT_EQ(config.localisation.base_width, 7);
  EXPECT_EQ(config.localisation.recipe.size, LocalisationConfig::cpu().recipe.size);
  EXPECT_EQ(read(little + "}").localisation.recipe.epochs, 200);
  EXPECT_EQ(read(little + "}", {"preset=cpu", "n=3"}).n, 3);
  EXPECT_EQ(read(little + "}", {"preset=cpu"}).classification.network, ClassificationConfig::cpu().network);
}

TEST_F(ConfigFile, UnknownKeysNameTheNearest) {
  EXPECT_THAT(
      reading(little + R"(, "shot": 4})"),
      ThrowsMessage<UsageError>(AllOf(HasSubstr("run.json"), HasSubstr("'shot'"), HasSubstr("'shots'"))));
  EXPECT_THAT(reading(little + R"(, "guard": {"cheque": true}})"),
              ThrowsMessage<UsageError>(HasSubstr("'guard.check'")));
  EXPECT_THAT(reading(R"({"generators": [{"name": "g", "kind": "nothing", "modle": "x"}]})"),
              ThrowsMessage<UsageError>(AllOf(HasSubstr("generators[0]"), HasSubstr("'model'"))));
}

TEST_F(ConfigFile, RefusesWhatCannotBe) {
  EXPECT_THAT(reading(little + R"(, "tasks": ["localization"]})"),
              ThrowsMessage<UsageError>(HasSubstr("localisation")));
  EXPECT_THAT(reading(little + R"(, "seeds": [-1]})"), ThrowsMessage<UsageError>(HasSubstr("seeds")));
  EXPECT_THAT(reading(R"({"generators": []})"), ThrowsMessage<UsageError>(HasSubstr("generators")));
  EXPECT_THAT(reading(R"({"generators": [{"name": "a/b", "kind": "nothing"}]})"),
              ThrowsMessage<UsageError>(HasSubstr("names a folder")));
  EXPECT_THAT(reading(R"({"generators": [{"name": "g", "kind": "baseline"}]})"),
              ThrowsMessage<UsageError>(HasSubstr("needs 'model'")));
  EXPECT_THAT(
      reading(R"({"generators": [{"name": "g", "kind": "nothing"}, {"name": "g", "kind": "nothing"}]})"),
      ThrowsMessage<UsageError>(HasSubstr("is taken")));
  EXPECT_THAT(reading(little + R"(, "distance_heads": "vgg.safetensors"})"),
              ThrowsMessage<UsageError>(HasSubstr("distance_backbone")));
  EXPECT_THROW(read("[1]"), UsageError);
  EXPECT_THROW(read("{"), FormatError);
}

TEST_F(ConfigFile, AsPublishedSetsEverySwitchAndNamesIt) {
  EXPECT_TRUE(deviations(read(little + R"(, "n": 500})")).empty());
  const auto published = read(little + R"(, "n": 20})", {}, true);
  EXPECT_EQ(published.localisation.recipe.checkpoint, "best_test");
  EXPECT_EQ(published.metrics.gt, "published");
  EXPECT_EQ(published.n, 20);  // how much is the file's
  EXPECT_THAT(deviations(published), ::testing::IsSupersetOf({"metrics.gt", "n", "guard.same_part"}));
  EXPECT_EQ(read_config(folder / "run.json", {"metrics.gt=half"}, true).metrics.gt, "half");
}

TEST(Configs, ThoseOfTheRepositoryAreRead) {
  for (const char* name : {"paper", "cpu", "smoke"}) {
    const auto config = read_config(
        fs::path(UNIDG_SOURCE_DIR) / "configs/evaluation" / (std::string(name) + ".json"), {}, false);
    EXPECT_EQ(config.name, name);
    EXPECT_GE(config.specs().size(), 4u);
  }
}

// --- target plans -----------------------------------------------------------------------------------------

class Plans : public ::testing::Test {
 protected:
  void SetUp() override {
    product = read_product(write_tiny_product(folder / "plate", 15), {});
    config.n = 6;
  }
  TempFolder folder;
  Product product;
  RunConfig config;
};

TEST_F(Plans, TargetsFollowFromTheSeedAlone) {
  const auto once = plan_targets(product, config, 7, folder / "t"),
             again = plan_targets(product, config, 7, folder / "t");
  ASSERT_EQ(once.targets.size(), 12u);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < once.targets.size(); ++i) {
    EXPECT_EQ(once.targets[i].id, again.targets[i].id);
    EXPECT_EQ(once.targets[i].reference.key, again.targets[i].reference.key);
    ids.insert(once.targets[i].id);
  }
  EXPECT_EQ(ids.size(), 12u);
  const auto other = plan_targets(product, config, 8, folder / "t");
  EXPECT_NE(other.shots.at("dark")[0].key + other.shots.at("dark")[1].key + other.targets[0].scene.string(),
            once.shots.at("dark")[0].key + once.shots.at("dark")[1].key + once.targets[0].scene.string());
}

TEST_F(Plans, ReferencesAndMasksComeFromThePoolOfTheType) {
  const auto plan = plan_targets(product, config, 1, folder / "t");
  EXPECT_EQ(plan.shots.at("line").size(), 4u);  // of a pool of 5
  for (const auto& target : plan.targets) {
    EXPECT_THAT(target.reference.key, HasSubstr("test/" + target.type + "/"));
    EXPECT_LT(target.reference.key.substr(target.reference.key.size() - 3), "005");
    EXPECT_LT(target.mask_from.substr(target.mask_from.size() - 3), "005");
    EXPECT_THAT(target.mask_from, HasSubstr(target.type));
    EXPECT_THAT(target.scene.string(), HasSubstr("train/good"));
  }
}

TEST_F(Plans, NCountsForEachTypeOrForTheObject) {
  config.per = "object", config.n = 7;
  EXPECT_EQ(plan_targets(product, config, 0, folder / "t").targets.size(), 7u);
}

TEST_F(Plans, AreWrittenOnceAndGuarded) {
  const auto plan = plan_targets(product, config, 3, folder / "t");
  write_plan(plan, product, config, folder / "t");
  const auto mask = read_file(plan.targets[0].mask);
  EXPECT_FALSE(load_mask(plan.targets[0].mask).is_empty());
  write_plan(plan, product, config, folder / "t");
  EXPECT_EQ(read_file(plan.targets[0].mask), mask);
  const auto line = read_file(folder / "t/plan.jsonl");
  EXPECT_THAT(line, AllOf(HasSubstr("\"scene\":\"product:train/good/"), HasSubstr("\"mask\":\"masks/")));
  config.n = 5;
  EXPECT_THAT(
      [&] { write_plan(plan_targets(product, config, 3, folder / "t"), product, config, folder / "t"); },
      ThrowsMessage<UsageError>(HasSubstr("other settings")));
}

TEST_F(Plans, AnotherProductMayLendTheDefects) {
  const auto other = read_product(write_tiny_product(folder / "disc", 9, 2, 1, 4000), {});
  const auto plan = plan_targets(product, config, 3, folder / "t");
  const auto batch = to_batch(plan, other.types);
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    EXPECT_THAT(batch.references[i].image.string(), HasSubstr("disc/test/" + plan.targets[i].type));
    EXPECT_EQ(batch.references[i].type, plan.targets[i].type);
  }
}

TEST_F(Plans, GivenScenesAndMasksAreTakenInOrderOrSpread) {
  for (const char* type : {"dark", "line"})
    for (int i = 0; i < 12; ++i) {
      const auto defect = hurt(300 + static_cast<std::uint64_t>(i), type);
      save_png(folder / "set/plate" / type / "ori" / (std::to_string(i) + ".png"),
               specimen(600 + static_cast<std::uint64_t>(i)));
      save_png(folder / "set/plate" / type / "mask" / (std::to_string(i) + ".png"), defect.mask);
    }
  config.targets.masks = "folder", config.targets.folder = (folder / "set").string();
  EXPECT_EQ(plan_targets(product, config, 0, folder / "t").targets[3].mask.filename(), "3.png");
  config.targets.pick = "uniform";
  EXPECT_EQ(plan_targets(product, config, 0, folder / "t").targets[3].mask.filename(), "6.png");
  config.n = 13;
  EXPECT_THAT([&] { plan_targets(product, config, 0, folder / "t"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("holds 12 scenes"), HasSubstr("13"))));
}

}  // namespace
}  // namespace unidg::evaluation
