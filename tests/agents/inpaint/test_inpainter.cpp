#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "editing/masks.h"
#include "support/picture_bytes.h"
#include "unidg/agents/inpaint/leftover.h"
#include "unidg/agents/inpaint/patch_inpainter.h"
#include "unidg/core/error.h"

namespace unidg::agents {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::mask_shapes;
using unidg::testing::noise;

Mask disc(int width, int height, cv::Point at, int radius) {
  cv::Mat pixels = cv::Mat::zeros(height, width, CV_8UC1);
  cv::circle(pixels, at, radius, 255, cv::FILLED);
  return Mask(pixels);
}

/// Grey stripes of 8 pixels under a light that grows from left to right.
Image stripes(int width, int height) {
  Image image(width, height, PixelFormat::Rgb8);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int level = (y / 8 % 2 == 0 ? 60 : 110) + 50 * x / width;
      image.pixels().at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<std::uint8_t>(level));
    }
  return image;
}

double mean_difference(const Image& a, const Image& b, const Mask& where) {
  cv::Mat difference;
  cv::absdiff(a.rgb8(), b.rgb8(), difference);
  return cv::sum(cv::mean(difference, where.pixels()))[0] / 3;
}

TEST(PatchInpainter, ChangesNoByteOutsideTheUsedMask) {
  const PatchInpainter inpainter;
  int painted = 0;
  for (const auto format :
       {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16})
    for (const auto& [shape, mask] : mask_shapes(70, 52)) {
      const auto image = noise(70, 52, format);
      const auto result = inpainter.inpaint({image, mask, {}, 1, shape});
      EXPECT_EQ(cv::countNonZero(mask.pixels() & ~result.used.pixels()), 0) << shape;
      if (!result.problem.empty()) {
        EXPECT_EQ(shape, "whole frame");
        EXPECT_TRUE(result.normal.is_empty());
        continue;
      }
      ++painted;
      ASSERT_EQ(result.normal.format(), format);
      ASSERT_EQ(result.normal.pixels().size(), image.pixels().size());
      auto restored = result.normal.clone();
      image.pixels().copyTo(restored.pixels(), result.used.pixels());
      EXPECT_EQ(restored, image) << name(format) << ", " << shape;
      EXPECT_FALSE(result.normal == image) << name(format) << ", " << shape;
      if (format == PixelFormat::Rgba8) {
        cv::Mat alpha, before;
        cv::extractChannel(result.normal.pixels(), alpha, 3);
        cv::extractChannel(image.pixels(), before, 3);
        EXPECT_EQ(cv::countNonZero(alpha != before), 0) << shape;
      }
    }
  EXPECT_EQ(painted, 5 * 7);
}

TEST(PatchInpainter, ContinuesStructureAndLight) {
  const auto clean = stripes(160, 120);
  const auto mask = disc(160, 120, {90, 60}, 14);
  auto hurt = clean.clone();
  hurt.pixels().setTo(cv::Scalar(250, 20, 20), mask.pixels());
  const auto result = PatchInpainter().inpaint({hurt, mask, {}, 0, "stripes"});
  ASSERT_EQ(result.problem, "");
  EXPECT_GT(mean_difference(hurt, clean, mask), 80);
  EXPECT_LT(mean_difference(result.normal, clean, mask), 6);
}

TEST(PatchInpainter, KeepsSixteenBitGrain) {
  Image image(96, 96, PixelFormat::Gray16);
  cv::RNG rng(3);
  rng.fill(image.pixels(), cv::RNG::NORMAL, 3000,
           40);  // a small part of the range, finer than 8 bit can tell
  const auto mask = disc(96, 96, {50, 46}, 9);
  auto hurt = image.clone();
  hurt.pixels().setTo(9000, mask.pixels());
  const auto result = PatchInpainter().inpaint({hurt, mask, {}, 0, "deep"});
  cv::Scalar mean, deviation;
  cv::meanStdDev(result.normal.pixels(), mean, deviation, mask.pixels());
  EXPECT_NEAR(mean[0], 3000, 25);
  EXPECT_NEAR(deviation[0], 40, 15);
}

TEST(PatchInpainter, TakesNothingFromPlacesToAvoid) {
  Image image(128, 96, PixelFormat::Rgb8);
  cv::RNG rng(5);
  rng.fill(image.pixels(), cv::RNG::NORMAL, cv::Scalar::all(120), cv::Scalar::all(6));
  const auto mask = disc(128, 96, {40, 48}, 8);
  const auto other = disc(128, 96, {52, 48}, 9);  // a second defect beside the first
  image.pixels().setTo(cv::Scalar(10, 200, 10), mask.pixels() | other.pixels());
  PatchConfig config;
  config.dilate_px = 0;
  Mask avoid(other.pixels() & ~mask.pixels());
  const auto result = PatchInpainter(config).inpaint({image, mask, avoid, 0, "two"});
  ASSERT_EQ(result.problem, "");
  const Mask far_half(mask.pixels() & ~cv::Mat(other.pixels()));
  cv::Mat left = far_half.pixels().clone();
  left.colRange(38, 128).setTo(0);
  EXPECT_NEAR(cv::mean(result.normal.pixels(), left)[0], 120, 12);
}

TEST(PatchInpainter, IsTheSameForTheSameSeedAndIdAlone) {
  const auto image = noise(64, 64, PixelFormat::Rgb8);
  const auto mask = disc(64, 64, {30, 30}, 6);
  const PatchInpainter inpainter;
  const auto first = inpainter.inpaint({image, mask, {}, 7, "a"}).normal;
  EXPECT_EQ(inpainter.inpaint({image, mask, {}, 7, "a"}).normal, first);
  EXPECT_FALSE(inpainter.inpaint({image, mask, {}, 8, "a"}).normal == first);
  EXPECT_FALSE(inpainter.inpaint({image, mask, {}, 7, "b"}).normal == first);
}

TEST(PatchInpainter, SaysWhenTheSurroundIsTooSmall) {
  cv::Mat most = cv::Mat::zeros(80, 80, CV_8UC1);
  most(cv::Rect(5, 5, 70, 70)).setTo(255);
  const auto result = PatchInpainter().inpaint({noise(80, 80, PixelFormat::Rgb8), Mask(most), {}, 0, "big"});
  EXPECT_THAT(result.problem, HasSubstr("too little surround"));
  EXPECT_TRUE(result.normal.is_empty());
}

TEST(PatchInpainter, RefusesWhatDoesNotFit) {
  const PatchInpainter inpainter;
  EXPECT_THAT(
      [&] {
        inpainter.inpaint({noise(20, 20, PixelFormat::Rgb8), Mask(20, 20), {}, 0, "x"});
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("x: "), HasSubstr("empty"))));
  EXPECT_THAT(
      [&] {
        inpainter.inpaint({noise(20, 20, PixelFormat::Rgb8), disc(30, 20, {5, 5}, 2), {}, 0, "x"});
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("30 x 20"), HasSubstr("20 x 20"))));
}

TEST(Leftover, TellsADefectFromItsCleanSurround) {
  Image image(200, 160, PixelFormat::Rgb8);
  cv::RNG rng(4);
  rng.fill(image.pixels(), cv::RNG::NORMAL, cv::Scalar::all(130), cv::Scalar::all(8));
  const auto place = disc(200, 160, {100, 70}, 9);
  const auto clean = stand_out(image, place, {}, 1);
  EXPECT_GT(clean.places, 3);
  EXPECT_LT(clean.most(), 2.5);
  EXPECT_EQ(normality_score(clean), 5);

  auto hurt = image.clone();
  hurt.pixels().setTo(cv::Scalar(70, 60, 60), disc(200, 160, {100, 70}, 6).pixels());
  EXPECT_GT(stand_out(hurt, place, {}, 1).most(), 6);
  EXPECT_LT(normality_score(stand_out(hurt, place, {}, 1)), 2.5);

  auto smeared = image.clone();  // a blurred fill is no normal surface
  cv::Mat soft;
  cv::GaussianBlur(image.pixels(), soft, {}, 4);
  soft.copyTo(smeared.pixels(), place.pixels());
  EXPECT_GT(stand_out(smeared, place, {}, 1).sharpness, 4);
}

TEST(Leftover, ScoreFallsBeyondTheUsual) {
  Standout s;
  EXPECT_EQ(normality_score(s), 3.5);  // nothing to compare with
  s.places = 5;
  s.seam = 2.5;
  EXPECT_EQ(normality_score(s), 5);
  s.tone = 4;
  EXPECT_DOUBLE_EQ(normality_score(s), 4);
  s.novelty = 100;
  EXPECT_EQ(normality_score(s), 0);
}

}  // namespace
}  // namespace unidg::agents
