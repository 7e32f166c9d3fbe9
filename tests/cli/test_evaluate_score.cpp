#include "support/temp_folder.h"
#include "unidg/evaluation/metrics/npy.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Two abnormal maps, the defect scored highest, and a normal one without truth.
class EvaluateScore : public ::testing::Test {
 protected:
  EvaluateScore() {
    for (const auto* name : {"hole/000", "hole/001", "good/000"}) {
      cv::Mat map(48, 64, CV_32FC1, cv::Scalar(-7));
      if (std::string(name) != "good/000") {
        map(cv::Rect(10, 12, 25, 25)) = 300;
        Mask truth(64, 48);
        truth.pixels()(cv::Rect(10, 12, 25, 25)) = 255;
        save_png(folder / ("truth/" + std::string(name) + "_mask.png"), truth);
      }
      evaluation::write_npy(folder / ("maps/" + std::string(name) + ".npy"), map);
    }
  }
  Ran run(const Arguments& more = {}) const {
    Arguments words{
        "evaluate", "score", "--pred", (folder / "maps").string(), "--truth", (folder / "truth").string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_here(words);
  }
  TempFolder folder;
};

TEST_F(EvaluateScore, PrintsOneFlatObject) {
  const auto ran = run({"--json"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(
      parse_json(ran.out, "stdout").dump(),
      R"({"auroc_image":1.0,"ap_image":1.0,"f1_image":1.0,"auroc_pixel":1.0,"ap_pixel":1.0,"f1_pixel":1.0,"pro":1.0})");
}

TEST_F(EvaluateScore, PrintsLinesWithIntervals) {
  const auto ran = run({"--bootstrap", "50", "--seed", "3", "--set", "image_score=max", "--set", "pro=100"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("3 maps, 2 of them with defects"),
                             HasSubstr("ap_pixel    1.0000  [1.0000, 1.0000]")));
}

TEST_F(EvaluateScore, UndefinedScoresAreNull) {
  std::filesystem::remove_all(folder / "maps/good");
  const auto ran = run({"--json"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(R"("auroc_image":null,"ap_image":1.0)"));
}

TEST_F(EvaluateScore, RefusesBadInput) {
  EXPECT_EQ(run({"--set", "image_score=mean"}).exit, 2);
  EXPECT_EQ(run_here({"evaluate", "score", "--pred", (folder / "maps").string()}).exit, 2);
  std::filesystem::remove(folder / "maps/hole/001.npy");
  const auto ran = run();
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("hole/001_mask.png"), HasSubstr("no map")));
  std::filesystem::remove_all(folder / "truth");
  EXPECT_EQ(run().exit, 3);
}

}  // namespace
}  // namespace unidg::testing
