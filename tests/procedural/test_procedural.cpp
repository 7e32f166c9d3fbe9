#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/procedural/procedural.h"

namespace unidg::procedural {
namespace {

using ::testing::HasSubstr;

cv::Mat differs(const Quadruplet& q) {
  cv::Mat difference, out = cv::Mat::zeros(q.mask.pixels().size(), CV_8UC1);
  cv::absdiff(q.normal.pixels(), q.abnormal.pixels(), difference);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      const auto d = difference.at<cv::Vec3b>(y, x);
      out.at<std::uint8_t>(y, x) = d[0] | d[1] | d[2] ? 255 : 0;
    }
  return out;
}

TEST(Procedural, EveryProductTakesEachOfItsDefectsInsideTheMaskOnly) {
  for (const auto& product : products()) {
    for (const auto& defect : defects(product)) {
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const auto q = draw(product, defect, 96, 80, seed);
        const std::string what = product + "/" + defect + "/" + std::to_string(seed);
        ASSERT_EQ(q.normal.width(), 96) << what;
        ASSERT_EQ(q.normal.height(), 80) << what;
        ASSERT_EQ(q.normal.format(), PixelFormat::Rgb8) << what;
        ASSERT_EQ(q.abnormal.format(), PixelFormat::Rgb8) << what;
        cv::Mat outside = differs(q);
        outside.setTo(0, q.mask.pixels());
        EXPECT_EQ(cv::countNonZero(outside), 0) << what << " changed pixels outside its mask";
        EXPECT_GE(q.mask.area(), 8) << what;
        EXPECT_LT(q.mask.area_ratio(), 0.5) << what;
        // Visible: the mean change inside the mask stands well above the noise of either picture.
        cv::Mat change;
        cv::absdiff(q.normal.pixels(), q.abnormal.pixels(), change);
        const auto mean = cv::mean(change, q.mask.pixels());
        EXPECT_GT(std::max({mean[0], mean[1], mean[2]}), 5.0) << what;
        EXPECT_EQ(q.product, product);
        EXPECT_EQ(q.defect, defect);
      }
    }
  }
}

TEST(Procedural, SameSeedSamePictureOtherSeedOther) {
  const auto a = draw("wood", "crack", 64, 64, 5), b = draw("wood", "crack", 64, 64, 5),
             c = draw("wood", "crack", 64, 64, 6);
  EXPECT_TRUE(a.normal == b.normal && a.abnormal == b.abnormal && a.mask == b.mask);
  EXPECT_FALSE(a.normal == c.normal);
}

TEST(Procedural, NormalDoesNotDependOnTheDefect) {
  const auto normal = draw_product("pill", 72, 72, 11);
  EXPECT_TRUE(draw("pill", "crack", 72, 72, 11).normal == normal);
  EXPECT_TRUE(draw("pill", "stain", 72, 72, 11).normal == normal);
}

TEST(Procedural, RandomChoiceReachesEveryProduct) {
  std::vector<std::string> seen;
  for (std::uint64_t seed = 0; seed < 80; ++seed) seen.push_back(draw("", "", 48, 48, seed).product);
  for (const auto& product : products()) EXPECT_THAT(seen, ::testing::Contains(product));
}

TEST(Procedural, SpecimensLookAlikeAtEverySize) {
  for (const auto& product : products()) {
    const Image large = draw_product(product, 256, 256, 3);
    const auto mean = cv::mean(large.pixels());
    cv::Scalar small = cv::mean(draw_product(product, 128, 128, 3).pixels());
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(mean[k], small[k], 30) << product;
  }
}

TEST(Procedural, AFamilyMeansItsMembers) {
  EXPECT_EQ(members("metal"), (std::vector<std::string>{"metal_plate", "metal_disc"}));
  std::vector<std::string> seen;
  for (std::uint64_t seed = 0; seed < 12; ++seed) seen.push_back(draw("metal", "dent", 48, 48, seed).product);
  EXPECT_THAT(seen, ::testing::IsSupersetOf({"metal_plate", "metal_disc"}));
  EXPECT_EQ(draw("metal", "hole", 48, 48, 1).product, "metal_plate") << "the member that the defect suits";
}

TEST(Procedural, NamesTheUnknown) {
  const auto unknown_product = [] { draw("woood", "", 64, 64, 0); };
  EXPECT_THAT(unknown_product, ::testing::ThrowsMessage<UsageError>(
                                   ::testing::AllOf(HasSubstr("woood"), HasSubstr("did you mean 'wood'"))));
  const auto unknown_defect = [] { draw("wood", "scrach", 64, 64, 0); };
  EXPECT_THAT(unknown_defect, ::testing::ThrowsMessage<UsageError>(HasSubstr("did you mean 'scratch'")));
  const auto too_small = [] { draw_product("wood", 8, 64, 0); };
  EXPECT_THAT(too_small, ::testing::ThrowsMessage<UsageError>(HasSubstr("8x64")));
  const auto no_print = [] { draw("tile", "missing", 64, 64, 0); };
  EXPECT_THAT(no_print, ::testing::ThrowsMessage<UsageError>(HasSubstr("leaves no trace")));
}

TEST(ProceduralSlow, FastEnoughToFeedTraining) {
  draw("", "", 128, 128, 1);  // tables
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t seed = 0; seed < 30; ++seed) draw("", "", 128, 128, seed);
  const auto ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / 30;
  EXPECT_LT(ms, 60) << "15 ms are wanted on a free core; the rest is room for busy machines";
}

}  // namespace
}  // namespace unidg::procedural
