#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drawn_requests.h"
#include "unidg/baselines/augment.h"
#include "unidg/baselines/perlin.h"

namespace unidg::baselines {
namespace {

TEST(Perlin, HasMeanZeroIsBoundedAndSmoothAndZeroAtTheLatticePoints) {
  double sum = 0, square = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const auto noise = perlin_noise({128, 96}, 8, 4, rng);
    double low = 0, high = 0;
    cv::minMaxLoc(noise, &low, &high);
    EXPECT_GE(low, -1.01);
    EXPECT_LE(high, 1.01);
    cv::Scalar mean, deviation;
    cv::meanStdDev(noise, mean, deviation);
    sum += mean[0] / 20, square += deviation[0] * deviation[0] / 20;
    cv::Mat slope = noise.colRange(1, 128) - noise.colRange(0, 127);
    cv::minMaxLoc(slope, &low, &high);
    EXPECT_LT(std::max(high, -low), 0.35);  // cells of 16 pixels
    for (int y = 24; y < 96; y += 24)
      for (int x = 16; x < 128; x += 16) EXPECT_NEAR(noise.at<float>(y, x), 0, 0.15);
  }
  EXPECT_NEAR(sum, 0, 0.03);
  EXPECT_NEAR(std::sqrt(square), 0.33, 0.05);  // unit gradients, sqrt(2), quintic fade
}

TEST(Perlin, CellsHaveTheSizeAskedFor) {
  // Along x the sign changes more often with more cells.
  const auto crossings = [](int cells) {
    int count = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Rng rng(seed);
      const auto noise = perlin_noise({256, 16}, cells, 1, rng);
      for (int x = 1; x < 256; ++x) count += (noise.at<float>(5, x) > 0) != (noise.at<float>(5, x - 1) > 0);
    }
    return count;
  };
  EXPECT_GT(crossings(16), 2 * crossings(4));
}

TEST(Perlin, MasksAreNeverEmptyAndVaryFromSpecksToSheets) {
  double smallest = 1, largest = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed);
    const auto mask = perlin_mask({128, 128}, {}, rng);
    ASSERT_FALSE(mask.is_empty());
    smallest = std::min(smallest, mask.area_ratio()), largest = std::max(largest, mask.area_ratio());
  }
  EXPECT_LT(smallest, 0.02);
  EXPECT_GT(largest, 0.08);
  EXPECT_LT(largest, 0.6);
}

TEST(Draem, BlendsTheTextureByBeta) {
  auto request = drawn_request();
  request.source.pixels() = cv::Scalar(100, 100, 100);
  Config config;
  config.mask = "given";
  config.draem.max_beta = 1;
  config.draem.augmentations = 0;
  // I_a = (1 - beta) T + beta I: with beta = 1 nothing would change, so changes shrink as beta is allowed up.
  config.draem.max_beta = 0;
  const auto opaque = make("draem", config)->generate(request);
  EXPECT_EQ(opaque.label, request.mask);
  config.draem.max_beta = 1;
  const auto mixed = make("draem", config)->generate(request);
  EXPECT_LT(mixed.change, opaque.change);
  EXPECT_GT(mixed.change, 0);
}

TEST(Augmentation, EachOfTheTenDoesWhatItsNameSays) {
  cv::Mat picture(32, 32, CV_8UC3);
  cv::RNG(3).fill(picture, cv::RNG::UNIFORM, 60, 180);
  Rng rng(1);
  for (int kind = 0; kind < kAugmentations; ++kind) {
    const auto out = augmented(picture, static_cast<Augmentation>(kind), rng);
    EXPECT_EQ(out.size(), picture.size());
    EXPECT_EQ(out.type(), CV_8UC3);
  }
  EXPECT_EQ(cv::norm(augmented(picture, Augmentation::Invert, rng), ~picture, cv::NORM_INF), 0);
  double low = 0, high = 0;
  cv::minMaxLoc(augmented(picture, Augmentation::AutoContrast, rng).reshape(1), &low, &high);
  EXPECT_EQ(low, 0);
  EXPECT_EQ(high, 255);
  const auto corner = augmented(picture, Augmentation::Rotate, rng).at<cv::Vec3b>(0, 0);
  EXPECT_TRUE(corner == cv::Vec3b(0, 0, 0) || corner == picture.at<cv::Vec3b>(0, 0));
}

TEST(ColourJitter, StaysWithinItsAmount) {
  const cv::Mat grey(8, 8, CV_8UC3, cv::Scalar(100, 100, 100));
  Rng rng(4);
  EXPECT_EQ(cv::norm(colour_jitter(grey, 0, rng), grey, cv::NORM_INF), 0);
  for (int i = 0; i < 50; ++i) {
    const auto out = colour_jitter(grey, 0.1, rng).at<cv::Vec3b>(0, 0);
    EXPECT_GE(out[0], 89);
    EXPECT_LE(out[0], 111);
    EXPECT_EQ(out[0], out[1]);  // grey has neither hue nor saturation
  }
}

}  // namespace
}  // namespace unidg::baselines
