#include <gmock/gmock.h>

#include "drawn.h"
#include "run_here.h"
#include "support/folder_content.h"
#include "support/temp_folder.h"
#include "unidg/core/config.h"

namespace unidg {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::run_here;
using testing::TempFolder;

/// Three hurt specimens with their masks: abnormal/, mask/.
void write_photos(const TempFolder& folder) {
  for (int i = 0; i < 3; ++i) {
    const auto q = procedural::draw("leather", "hole", 96, 96, static_cast<std::uint64_t>(40 + i));
    const auto name = "00" + std::to_string(i) + ".png";
    save_png(folder / "abnormal" / name, q.abnormal);
    save_png(folder / "mask" / name, q.mask);
  }
}

TEST(Agents, InpaintCaptionAndVerifyAFolder) {
  const TempFolder folder;
  write_photos(folder);
  const auto at = [&](const char* name) { return (folder / name).string(); };
  const auto inpainted =
      run_here({"agents", "inpaint", "--image", at("abnormal"), "--mask", at("mask"), "--out", at("normal")});
  ASSERT_EQ(inpainted.exit, 0) << inpainted.err;
  const auto abnormal = load_image(folder / "abnormal/001.png"),
             normal = load_image(folder / "normal/001.png");
  EXPECT_EQ(normal.format(), abnormal.format());
  EXPECT_FALSE(normal == abnormal);

  const auto captioned =
      run_here({"agents", "caption", "--image", at("abnormal"), "--mask", at("mask"), "--normal",
                at("normal"), "--object", "leather", "--type", "hole", "--out", at("captions"), "--json"});
  ASSERT_EQ(captioned.exit, 0) << captioned.err;
  EXPECT_EQ(Json::parse(captioned.out)["made"], 3);

  const auto verified =
      run_here({"agents", "verify", "--image", at("abnormal"), "--mask", at("mask"), "--normal", at("normal"),
                "--captions", at("captions"), "--type", "hole", "--out", at("verdicts"), "--json"});
  ASSERT_EQ(verified.exit, 0) << verified.err;
  const auto before = testing::folder_content(folder.path());
  EXPECT_TRUE(before.contains("verdicts/002.json"));

  // A second run finds everything done and changes nothing.
  const auto again = run_here({"agents", "inpaint", "--image", at("abnormal"), "--mask", at("mask"), "--out",
                               at("normal"), "--json"});
  EXPECT_EQ(Json::parse(again.out)["skipped"], 3);
  EXPECT_EQ(testing::folder_content(folder.path()), before);
  const auto other = run_here({"agents", "inpaint", "--image", at("abnormal"), "--mask", at("mask"), "--out",
                               at("normal"), "--seed", "5"});
  EXPECT_EQ(other.exit, 2);
  EXPECT_THAT(other.err, HasSubstr("another inpainter, seed or setting"));
}

TEST(Agents, OnePhotoThatCannotBePaintedDoesNotStopTheOthers) {
  const TempFolder folder;
  write_photos(folder);
  cv::Mat everything(96, 96, CV_8UC1, cv::Scalar(255));
  save_png(folder / "mask/001.png", Mask(everything));
  const auto ran = run_here({"agents", "inpaint", "--image", (folder / "abnormal").string(), "--mask",
                             (folder / "mask").string(), "--out", (folder / "normal").string()});
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("too little surround"));
  EXPECT_TRUE(fs::exists(folder / "normal/002.png"));
  EXPECT_FALSE(fs::exists(folder / "normal/001.png"));
}

TEST(Agents, SayWhatIsMissing) {
  const TempFolder folder;
  write_photos(folder);
  fs::remove(folder / "mask/002.png");
  const auto lacking = run_here({"agents", "inpaint", "--image", (folder / "abnormal").string(), "--mask",
                                 (folder / "mask").string(), "--out", (folder / "normal").string()});
  EXPECT_EQ(lacking.exit, 3);
  EXPECT_THAT(lacking.err, HasSubstr("002 (no mask)"));
  EXPECT_EQ(run_here({"agents", "inpaint", "--out", "x"}).exit, 2);
  EXPECT_THAT(run_here({"agents", "check"}).err, HasSubstr("--procedural"));
  EXPECT_THAT(run_here({"agents"}).err, HasSubstr("inpaint, caption, verify, check"));
}

TEST(Agents, CheckCountsWhatTheVerifierMissed) {
  const auto ran =
      run_here({"agents", "check", "--procedural", "2", "--size", "96", "--seed", "3", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = Json::parse(ran.out);
  EXPECT_EQ(result["sound"]["tried"], 2);
}

}  // namespace
}  // namespace unidg
