#include "unidg/core/config.h"
#include "unidg/dataset/manifest.h"
#include "unidg/dataset/picture_texts.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class BaselineCommand : public Workshop {
 protected:
  Arguments baseline(const std::string& name, const Arguments& more = {}) const {
    Arguments words{"baseline", name, "--scenes", path("scenes"), "--out", path("out-" + name)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(BaselineCommand, WritesTheSameFolderAsGenerate) {
  const auto ran =
      run_program(baseline("crop-paste", {"--reference", path("reference.png"), "--count", "2", "--json"}));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["made"], 4);
  EXPECT_TRUE(fs::exists(result["gallery"].get<std::string>()));
  const auto entries = dataset::read_manifest(folder / "out-crop-paste");
  ASSERT_THAT(entries, SizeIs(4));
  for (const auto& entry : entries) {
    const fs::path out = folder / "out-crop-paste";
    EXPECT_EQ(entry.model, "crop-paste");
    const auto normal = load_image(out / entry.normal), abnormal = load_image(out / entry.abnormal);
    const auto used = load_mask(out / entry.mask_used);
    cv::Mat outside = normal.pixels().clone();
    abnormal.pixels().copyTo(outside, used.pixels() == 0);
    EXPECT_EQ(Image(outside), normal);
    const auto texts = read_png_texts(out / entry.abnormal);
    const auto told = dataset::settings_of(texts, entry.abnormal);
    EXPECT_EQ(told["config"]["mask"], "native");
    EXPECT_EQ(told["config"]["crop_paste.angle_step"], 5);
    for (const auto& [key, words] : texts)
      if (key == "XML:com.adobe.xmp") {
        EXPECT_THAT(words, HasSubstr("/algorithmicMedia<"));
      }
  }
  const auto again =
      run_here(baseline("crop-paste", {"--reference", path("reference.png"), "--count", "2", "--json"}));
  EXPECT_EQ(parse_json(again.out, "stdout")["skipped"], 4);
  const auto other = run_here(
      baseline("crop-paste", {"--reference", path("reference.png"), "--count", "2", "--set", "mask=given"}));
  EXPECT_EQ(other.exit, 2);
  EXPECT_THAT(other.err, HasSubstr("mask=\"native\""));
}

TEST_F(BaselineCommand, NeedsNoReferenceWhereItCopiesNoDefect) {
  for (const auto* name : {"cutpaste", "cutpaste-scar", "draem", "nsa"}) {
    const auto ran = run_here(baseline(name, {"--json"}));
    ASSERT_EQ(ran.exit, 0) << name << ran.err;
    EXPECT_EQ(parse_json(ran.out, "stdout")["made"], 2) << name;
  }
  const auto without = run_here(baseline("copy-harmonise"));
  EXPECT_EQ(without.exit, 2);
  EXPECT_THAT(without.err, HasSubstr("--reference is missing"));
}

TEST_F(BaselineCommand, ItsOwnFolderServesAsScenesMasksAndFolder) {
  const auto first =
      run_here(baseline("collage", {"--reference", path("reference.png"), "--masks", path("mask.png")}));
  ASSERT_EQ(first.exit, 0) << first.err;
  const auto second = run_here({"baseline", "nsa", "--scenes", path("out-collage"), "--masks",
                                "from:" + path("out-collage"), "--set", "mask=given", "--out", path("second"),
                                "--layout", "mvtec", "--test-good", "1", "--json"});
  ASSERT_EQ(second.exit, 0) << second.err;
  EXPECT_EQ(parse_json(second.out, "stdout")["made"], 1);  // two scenes, one held out
  EXPECT_TRUE(fs::is_directory(folder / "second/test/good"));
  const auto third = run_here({"baseline", "folder", "--from", path("out-collage"), "--scenes",
                               path("scenes"), "--out", path("third"), "--json"});
  ASSERT_EQ(third.exit, 0) << third.err;
  EXPECT_EQ(parse_json(third.out, "stdout")["made"], 2);
}

TEST_F(BaselineCommand, WrongNamesAndDryRuns) {
  auto ran = run_here(baseline("drem"));
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("did you mean 'draem'"));
  ran = run_here(baseline("draem", {"--set", "draem.tresh=1"}));
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("draem.threshold"));
  ran = run_here(baseline("draem", {"--test-good", "1"}));
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("--layout mvtec"));
  ran = run_here(baseline("draem", {"--dry-run", "--json"}));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "stdout")["pictures"], 2);
  EXPECT_FALSE(fs::exists(folder / "out-draem"));
}

}  // namespace
}  // namespace unidg::testing
