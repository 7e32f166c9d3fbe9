#include <gmock/gmock.h>

#include "support/picture_bytes.h"
#include "support/small_model.h"
#include "support/temp_folder.h"
#include "unidg/agents/fill/fill_inpainter.h"
#include "unidg/core/error.h"

namespace unidg::agents {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::noise;

/// Paints grey, or fails.
class Grey : public generation::Generator {
 public:
  explicit Grey(Json settings, bool fails = false) : settings_(std::move(settings)), fails_(fails) {}
  using Generator::generate;
  std::vector<generation::Result> generate(const std::vector<generation::Request>& requests) const override {
    EXPECT_EQ(requests.at(0).reference, nullptr);
    generation::Result out;
    out.image = requests[0].source.clone();
    out.used = requests[0].mask.clone();
    out.image.pixels().setTo(cv::Scalar::all(128), out.used.pixels());
    out.status = fails_ ? "failed" : "weak";
    out.reason = "no luck";
    return {out};
  }
  std::string name() const override { return "grey"; }
  Json settings() const override { return settings_; }

 private:
  Json settings_;
  bool fails_;
};

InpaintRequest request() {
  cv::Mat mask = cv::Mat::zeros(24, 32, CV_8UC1);
  mask(cv::Rect(4, 5, 6, 7)).setTo(255);
  return {noise(32, 24, PixelFormat::Rgb8), Mask(mask), {}, 3, "x"};
}

TEST(FillInpainter, PaintsWithoutAReference) {
  const FillInpainter inpainter(std::make_unique<Grey>(Json{{"paint.mode", "plain"}}));
  const auto result = inpainter.inpaint(request());
  EXPECT_EQ(result.problem, "");
  EXPECT_EQ(result.normal.pixels().at<cv::Vec3b>(8, 6), cv::Vec3b(128, 128, 128));
  EXPECT_EQ(inpainter.name(), "grey");
  const FillInpainter unlucky(std::make_unique<Grey>(Json{{"paint.mode", "plain"}}, true));
  EXPECT_EQ(unlucky.inpaint(request()).problem, "no luck");
  EXPECT_TRUE(unlucky.inpaint(request()).normal.is_empty());
}

TEST(FillInpainter, RunsASmallModelThatWasTrainedToInpaint) {
  const unidg::testing::TempFolder folder;
  unidg::testing::write_tiny_model(folder / "plain", 1, true);
  unidg::testing::write_tiny_model(folder / "diptych", 1, false);
  generation::ModelPaths paths;
  paths.model = (folder / "plain").string();
  const auto inpainter = FillInpainter::load(paths);
  auto asked = request();
  asked.abnormal = Image(96, 80, PixelFormat::Rgb8);
  asked.abnormal.pixels().setTo(cv::Scalar(90, 120, 60));
  asked.mask = Mask(96, 80);
  asked.mask.pixels()(cv::Rect(40, 30, 12, 9)).setTo(255);
  asked.abnormal.pixels().setTo(cv::Scalar(250, 0, 0), asked.mask.pixels());
  const auto result = inpainter.inpaint(asked);
  ASSERT_EQ(result.problem, "");
  cv::Mat change;
  cv::absdiff(result.normal.pixels(), asked.abnormal.pixels(), change);
  EXPECT_EQ(cv::norm(change, cv::NORM_INF, 255 - result.used.pixels()), 0);
  EXPECT_NEAR(cv::mean(result.normal.pixels(), asked.mask.pixels())[0], 90,
              12);  // untrained: the smooth fill
  paths.model = (folder / "diptych").string();
  EXPECT_THAT([&] { FillInpainter::load(paths); },
              ThrowsMessage<UsageError>(HasSubstr("always wants a reference")));
}

TEST(FillInpainter, WantsPlainMode) {
  EXPECT_EQ(fill_defaults().paint.mode, "plain");
  EXPECT_EQ(fill_defaults().paint.attention_alpha, 1);
  EXPECT_THAT(
      [] {
        FillInpainter(std::make_unique<Grey>(Json{{"paint.mode", "diptych"}}));
      },
      ThrowsMessage<UsageError>(HasSubstr("plain")));
}

}  // namespace
}  // namespace unidg::agents
