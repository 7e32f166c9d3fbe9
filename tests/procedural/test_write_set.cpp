#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/scenes.h"
#include "unidg/procedural/write_set.h"

namespace unidg::procedural {
namespace {

class WriteSet : public ::testing::Test {
 protected:
  WriteSet() { Progress::set_default_style(Progress::Style::Quiet); }
  unidg::testing::TempFolder temp;
};

TEST_F(WriteSet, ServesAsScenesMasksAndReferences) {
  SetConfig config;
  config.count = 11, config.width = 48, config.height = 40;
  EXPECT_EQ(write_set(temp.path() / "set", config).made, 11u);
  const auto again = write_set(temp.path() / "set", config);
  EXPECT_EQ(again.made, 0u);
  EXPECT_EQ(again.skipped, 11u);
  const auto scenes =
      dataset::pair_masks(dataset::read_scenes(temp.path() / "set/normal"), temp.path() / "set/mask");
  ASSERT_EQ(scenes.size(), 11u);
  for (const auto& scene : scenes) EXPECT_GT(dataset::load_scene(scene).mask.area(), 0);
  const auto references = dataset::read_references(temp.path() / "set");
  ASSERT_EQ(references.size(), 11u);
  EXPECT_FALSE(references[0].type.empty());
  EXPECT_FALSE(references[0].object.empty());
}

TEST_F(WriteSet, ShardsAndLayoutsGiveTheSamePictures) {
  SetConfig config;
  config.count = 6, config.width = config.height = 40, config.product = "pill";
  write_set(temp.path() / "one", config);
  for (int i : {1, 2}) {
    config.shard = {i, 2};
    write_set(temp.path() / "two", config);
  }
  EXPECT_EQ(dataset::merge(temp.path() / "two"), 6u);
  for (const auto& entry : dataset::read_manifest(temp.path() / "one"))
    EXPECT_TRUE(load_image(temp.path() / "one" / entry.abnormal) ==
                load_image(temp.path() / "two" / entry.abnormal))
        << entry.id;
  config.shard = {}, config.layout = dataset::Layout::Mvtec;
  write_set(temp.path() / "mvtec", config);
  EXPECT_FALSE(dataset::read_references(temp.path() / "mvtec").empty());
}

TEST_F(WriteSet, RefusesUnknownProductsBeforeWriting) {
  SetConfig config;
  config.product = "pil";
  const auto call = [&] { write_set(temp.path() / "set", config); };
  EXPECT_THAT(call, ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("did you mean 'pill'")));
  EXPECT_FALSE(std::filesystem::exists(temp.path() / "set"));
}

}  // namespace
}  // namespace unidg::procedural
