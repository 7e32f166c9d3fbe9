#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drawn_requests.h"
#include "unidg/baselines/cutpaste.h"
#include "unidg/baselines/nsa.h"
#include "unidg/editing/fit.h"

namespace unidg::baselines {

using editing::best_fit;
using editing::Fit;
using editing::lay;

namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;

TEST(CropPaste, PastesTheReferencesOwnColoursAndNothingElse) {
  const auto request = drawn_request();
  for (const auto* mask : {"native", "given"}) {
    Config config;
    config.mask = mask;
    const auto result = make("crop-paste", config)->generate(request);
    ASSERT_EQ(result.status, "ok") << result.reason;
    EXPECT_EQ(result.label, result.used);
    // Inside, away from the interpolated edge, there is the defect's one colour.
    cv::Mat inner, colour;
    cv::erode(result.label.pixels(), inner, {}, {-1, -1}, 2);
    cv::inRange(result.image.pixels(), kDefectColour, kDefectColour, colour);
    EXPECT_GT(cv::countNonZero(inner), 100);
    EXPECT_EQ(cv::countNonZero(inner & ~colour), 0);
  }
}

TEST(CropPaste, KeepsTheAreaOfTheMaskAskedFor) {
  const auto request = drawn_request();
  const auto result = make("crop-paste")->generate(request);
  EXPECT_NEAR(result.label.area(), request.mask.area(), 0.05 * request.mask.area());
  const auto box = result.label.box(), asked = request.mask.box();
  EXPECT_NEAR(box.x + box.width / 2.0, asked.x + asked.width / 2.0, 2);
}

TEST(Fit, FindsTheTurnTheMirrorAndTheScale) {
  // A hook, turned by 40 degrees, mirrored and halved: laid back it is the same again.
  Mask hook(160, 160);
  cv::rectangle(hook.pixels(), {40, 30, 16, 90}, 255, -1);
  cv::rectangle(hook.pixels(), {40, 104, 60, 16}, 255, -1);
  cv::Mat mirrored, moved;
  cv::flip(hook.pixels(), mirrored, 1);
  cv::warpAffine(mirrored, moved, cv::getRotationMatrix2D({80, 80}, 40, 0.6), {160, 160});
  const Mask asked(moved);
  const auto fit = best_fit(hook, asked, 5);
  EXPECT_NEAR(fit.scale, 0.6, 0.02);
  EXPECT_GT(fit.overlap, 0.85);
  const Mask laid(lay(hook.pixels(), fit, {0, 0, 160, 160}, cv::BORDER_CONSTANT));
  const double both = cv::countNonZero(laid.pixels() & asked.pixels()),
               either = cv::countNonZero(laid.pixels() | asked.pixels());
  EXPECT_GT(both / either, 0.85);
}

TEST(Fit, TurnsNothingWithoutAGain) {
  const auto disc = drawn_ellipse(128, {60, 60}, {40, 40}, 0);
  const auto fit = best_fit(disc, drawn_ellipse(128, {70, 66}, {20, 20}, 0), 5);
  EXPECT_NEAR(fit.to_target(0, 1), 0, 1e-9);
  EXPECT_GT(fit.to_target(0, 0), 0);

  // A whole pill with a print: a shape that is nearly its own mirror image is laid as it is.
  const auto pill = drawn_ellipse(128, {64, 64}, {50, 30}, 0);
  Mask other(128, 128);
  cv::ellipse(other.pixels(), {60, 62}, {52, 29}, 3, 0, 360, 255, cv::FILLED);
  cv::circle(other.pixels(), {12, 46}, 6, 255, cv::FILLED);  // a bump that the half turn would not have here
  const auto upright = best_fit(pill, other, 5);
  EXPECT_GT(upright.to_target(0, 0), 0.9);
  EXPECT_GT(upright.to_target(1, 1), 0.9);
  // With the bump at its other end, the same bump is worth no mirror image.
  Mask bumped = pill.clone();
  cv::circle(bumped.pixels(), {112, 46}, 6, 255, cv::FILLED);
  const auto kept = best_fit(bumped, other, 5);
  EXPECT_GT(kept.to_target(0, 0), 0.9);
  EXPECT_GT(kept.to_target(1, 1), 0.9);
}

/// Mean of each channel of a picture under a mask.
cv::Scalar mean_under(const Image& image, const cv::Mat& mask) { return cv::mean(image.rgb8(), mask); }

TEST(CopyHarmonise, MatchesTheSurfaceButKeepsTheDefect) {
  auto request = drawn_request();
  // The same product under a bluish lamp.
  cv::Mat tinted;
  request.source.pixels().convertTo(tinted, CV_32FC3);
  cv::multiply(tinted, cv::Scalar(0.7, 0.8, 1.1), tinted);
  tinted.convertTo(request.source.pixels(), CV_8UC3);
  Config config, plain;
  plain.copy_harmonise.statistics = "none";
  const auto harmonised = make("copy-harmonise", config)->generate(request),
             pasted = make("copy-harmonise", plain)->generate(request);
  ASSERT_EQ(harmonised.status, "ok") << harmonised.reason;
  // In the ring outside the label the reference's surface shows through: matched, it looks like the scene's.
  const cv::Mat ring = harmonised.used.pixels() & ~harmonised.label.pixels();
  const auto wanted = mean_under(request.source, ring);
  EXPECT_LT(cv::norm(mean_under(harmonised.image, ring) - wanted),
            cv::norm(mean_under(pasted.image, ring) - wanted));
  const auto defect = mean_under(harmonised.image, harmonised.label.pixels());
  EXPECT_GT(defect[0], defect[1] + 60) << "still red";
}

TEST(CutPaste, PatchesHaveThePublishedAreasAndAspects) {
  const cv::Size frame(400, 300);
  std::vector<double> areas, aspects;
  Rng rng(5);
  for (int i = 0; i < 2000; ++i) {
    const auto size = cutpaste_patch(frame, {}, rng);
    areas.push_back(static_cast<double>(size.area()) / frame.area());
    aspects.push_back(static_cast<double>(size.width) / size.height);
  }
  EXPECT_THAT(areas, Each(Ge(0.0185)));  // whole pixels
  EXPECT_THAT(areas, Each(Le(0.152)));
  EXPECT_THAT(aspects, Each(Ge(1 / 3.5)));
  EXPECT_THAT(aspects, Each(Le(3.5)));
  EXPECT_LT(*std::min_element(areas.begin(), areas.end()), 0.025);
  EXPECT_GT(*std::max_element(areas.begin(), areas.end()), 0.145);
  EXPECT_LT(*std::min_element(aspects.begin(), aspects.end()), 0.35);
  EXPECT_GT(*std::max_element(aspects.begin(), aspects.end()), 2.9);
}

TEST(CutPasteScar, IsThinTurnedAndOfThePublishedSize) {
  const auto scar = make("cutpaste-scar");
  bool is_ever_turned = false;
  for (int i = 0; i < 40; ++i) {
    const auto result = scar->generate(drawn_request(1, std::to_string(i), 256));
    const auto area = result.label.area();
    EXPECT_GE(area, 2 * 10 * 0.6);
    EXPECT_LE(area, 16 * 25 * 1.1);
    const auto box = result.label.box();
    EXPECT_LE(std::max(box.width, box.height), 31);  // the diagonal of 16 x 25, and a pixel
    is_ever_turned |= box.area() > 1.3 * area;
  }
  EXPECT_TRUE(is_ever_turned);
}

TEST(Nsa, ScalesAreNormalAndClipped) {
  std::vector<double> scales;
  Rng rng(2);
  double sum = 0;
  int clipped = 0;
  for (int i = 0; i < 4000; ++i) {
    scales.push_back(nsa_scale({}, rng));
    sum += scales.back();
    clipped += scales.back() == 0.7 || scales.back() == 1.3;
  }
  EXPECT_THAT(scales, Each(Ge(0.7)));
  EXPECT_THAT(scales, Each(Le(1.3)));
  EXPECT_NEAR(sum / 4000, 1.0, 0.02);
  EXPECT_NEAR(clipped / 4000.0, 0.5485, 0.03);  // P(|z| > 0.6)
}

TEST(Nsa, LabelsTheDifferenceByTheRuleAskedFor) {
  cv::Mat before(40, 40, CV_8UC3, cv::Scalar(100, 100, 100)), after = before.clone();
  cv::Mat patch = cv::Mat::zeros(40, 40, CV_8UC1);
  patch(cv::Rect(5, 5, 30, 30)) = 255;
  after(cv::Rect(8, 8, 20, 10)) = cv::Scalar(110, 110, 110);   // 10 of 255
  after(cv::Rect(8, 20, 20, 10)) = cv::Scalar(140, 140, 140);  // 40 of 255
  after.at<cv::Vec3b>(6, 6) = {200, 200, 200};                 // a single pixel: gone by the median
  NsaConfig config;
  EXPECT_NEAR(nsa_label(before, after, patch, config).area(), 400, 30);
  config.label = "logistic";
  EXPECT_NEAR(nsa_label(before, after, patch, config).area(), 200, 20);
  config.label = "patch";
  EXPECT_EQ(nsa_label(before, after, patch, config).area(), 900);
}

TEST(Nsa, PoissonCloningLeavesNoSeamAndTouchesNothingElse) {
  // A bright flat patch with a dark dot into a dark flat picture: the dot arrives, the level does not.
  cv::Mat image(80, 80, CV_8UC3, cv::Scalar(60, 60, 60)), patch(30, 30, CV_8UC3, cv::Scalar(180, 180, 180));
  cv::circle(patch, {15, 15}, 5, cv::Scalar(120, 120, 120), -1);
  for (const cv::Point corner : {cv::Point(25, 25), cv::Point(0, 0), cv::Point(50, 50)}) {
    cv::Mat out = image.clone();
    clone_into(out, patch, {corner, patch.size()}, cv::Mat(patch.size(), CV_8UC1, cv::Scalar(255)), false);
    const auto dot = out.at<cv::Vec3b>(corner.y + 15, corner.x + 15);
    EXPECT_NEAR(dot[0], 0, 15) << corner;  // 60 - 60
    const auto flat = out.at<cv::Vec3b>(corner.y + 4, corner.x + 4);
    EXPECT_NEAR(flat[0], 60, 6) << corner;
    cv::Mat difference;
    cv::absdiff(out, image, difference);
    difference(cv::Rect(corner, patch.size())).setTo(0);
    EXPECT_EQ(cv::countNonZero(difference.reshape(1)), 0);
  }
}

}  // namespace
}  // namespace unidg::baselines
