#include "support/temp_folder.h"
#include "unidg/dataset/scenes.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// `unidg masks` on a set that `unidg dataset import` made of drawn pictures.
class Masks : public ::testing::Test {
 protected:
  static constexpr int kSide = 96;

  Masks() {
    for (int i = 0; i < 6; ++i) {
      const auto name = std::to_string(i);
      const auto drawn =
          procedural::draw("metal_plate", "scratch", kSide, kSide, static_cast<std::uint64_t>(i));
      save_png(folder / ("plate/train/good/" + name + ".png"), drawn.normal);
      save_png(folder / ("plate/test/scratch/" + name + ".png"), drawn.abnormal);
      save_png(folder / ("plate/ground_truth/scratch/" + name + "_mask.png"), drawn.mask);
    }
    const auto ran = run_here({"dataset", "import", path("plate"), "--out", path("set")});
    EXPECT_EQ(ran.exit, 0) << ran.err;
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  Ran build() const { return run_here({"masks", "build", path("set"), "--out", path("library"), "--json"}); }
  TempFolder folder;
};

TEST_F(Masks, FromASetToMasksForScenes) {
  auto ran = build();
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto report = parse_json(ran.out, "stdout");
  EXPECT_EQ(report["categories"][0]["name"], "scratch");
  EXPECT_EQ(report["categories"][0]["masks"], 6);
  EXPECT_EQ(report["categories"][0]["short"], true);

  ran = run_here({"masks", "show", path("library"), "--out", path("sheet.png")});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("7 scratch: 6 masks"));
  EXPECT_TRUE(std::filesystem::exists(folder / "sheet.png"));

  ran = run_here({"masks", "place", path("library"), "--category", "scratch", "--scenes",
                  path("plate/train/good"), "--out", path("masks")});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  const auto scenes =
      dataset::pair_masks(dataset::read_scenes(folder / "plate/train/good"), folder / "masks");
  ASSERT_EQ(scenes.size(), 6u);  // ready for unidg generate
  for (const auto& scene : scenes) EXPECT_GT(dataset::load_scene(scene).mask.area(), 0);

  ran = run_here(
      {"masks", "sample", path("library"), "--category", "7", "--count", "3", "--out", path("taken")});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_GT(load_mask(folder / "taken/2_mask.png").area(), 0);
}

TEST_F(Masks, SayWhatIsWrong) {
  ASSERT_EQ(build().exit, 0);
  EXPECT_EQ(build().exit, 2) << "the folder is not empty";
  EXPECT_EQ(run_here({"masks"}).exit, 2);
  EXPECT_EQ(run_here({"masks", "build", path("plate"), "--out", path("other")}).exit, 3);
  const auto place = [&](const std::string& category, const std::string& library) {
    return run_here({"masks", "place", library, "--category", category, "--scenes", path("plate/train/good"),
                     "--out", path("masks")});
  };
  auto ran = place("crack", path("library"));
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("crack"), HasSubstr("dehiscence")));
  EXPECT_EQ(place("scratch", path("plate")).exit, 3);
  ran = place("hole", path("library"));
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("it has scratch"));
}

}  // namespace
}  // namespace unidg::testing
