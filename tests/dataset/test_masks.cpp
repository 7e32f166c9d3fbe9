#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/dataset/caption.h"
#include "unidg/dataset/masks.h"
#include "unidg/dataset/noise.h"
#include "unidg/dataset/shapes.h"

namespace unidg::dataset {
namespace {

Mask disc(int side, int radius) {
  Mask out(side, side);
  cv::circle(out.pixels(), {side / 2, side / 2}, radius, 255, cv::FILLED);
  return out;
}

bool lies_on(const Mask& mask, const Mask& ground) {
  cv::Mat outside = mask.pixels().clone();
  outside.setTo(0, ground.pixels());
  return cv::countNonZero(outside) == 0;
}

TEST(RandomMask, EveryShapeKeepsToForegroundAndArea) {
  const Mask ground = disc(160, 60);
  MaskConfig config;
  for (const std::string shape : {"blob", "stroke", "polygon", "cloud"}) {
    config.shape = shape;
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
      Rng rng(seed, shape);
      const Mask mask = random_mask(ground, config, rng);
      EXPECT_TRUE(lies_on(mask, ground)) << shape << seed;
      const double share = static_cast<double>(mask.area()) / ground.area();
      EXPECT_GT(share, 0.3 * config.min_area) << shape << seed;
      EXPECT_LT(share, 2.0 * config.max_area) << shape << seed;
    }
  }
}

TEST(RandomMask, SeedDecides) {
  const Mask ground = disc(100, 40);
  Rng a(3, "m"), b(3, "m"), c(4, "m");
  const Mask first = random_mask(ground, {}, a);
  EXPECT_TRUE(first == random_mask(ground, {}, b));
  EXPECT_FALSE(first == random_mask(ground, {}, c));
}

TEST(RandomMask, TinyForegroundStillGetsOne) {
  Mask ground(40, 40);
  ground.pixels().at<std::uint8_t>(7, 30) = 255;
  Rng rng(1, "m");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(random_mask(ground, {}, rng).area(), 1);
    EXPECT_EQ(mask_like(disc(40, 6), ground, {}, rng).area(), 1);
  }
  const auto none = [&] { random_mask(Mask(10, 12), {}, rng); };
  EXPECT_THAT(none, ::testing::ThrowsMessage<InputError>(::testing::HasSubstr("10x12")));
}

TEST(MaskLike, KeepsAreaRatioAndElongation) {
  Mask reference(200, 200);
  cv::line(reference.pixels(), {30, 40}, {150, 90}, 255, 2);
  const Mask ground(cv::Mat(300, 300, CV_8UC1, cv::Scalar(255)));
  MaskConfig config;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed, "m");
    const Mask mask = mask_like(reference, ground, config, rng);
    EXPECT_GT(mask.area_ratio(), 0.3 * reference.area_ratio()) << seed;
    EXPECT_LT(mask.area_ratio(), 3.0 * reference.area_ratio()) << seed;
    const auto words = measure(mask);
    EXPECT_EQ(words.shape, "elongated") << seed;
    EXPECT_LE(words.components, 2) << "a thin line must not fall apart, seed " << seed;
  }
}

// The reference is shared by many pictures: mirroring it in place would part it from its photo.
TEST(MaskLike, LeavesTheReferenceAsItIs) {
  Mask reference(200, 200);
  cv::line(reference.pixels(), {30, 40}, {150, 90}, 255, 4);
  const Mask before = reference.clone(), ground(cv::Mat(300, 300, CV_8UC1, cv::Scalar(255)));
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Rng rng(seed, "m");
    mask_like(reference, ground, {}, rng);
    ASSERT_EQ(reference, before) << seed;
  }
}

TEST(MaskLike, ALargeReferenceIsScaledDownToAQuarter) {
  Rng rng(1, "m");
  const Mask ground = disc(120, 30);
  EXPECT_LT(mask_like(disc(120, 58), ground, {}, rng).area(), 0.35 * ground.area());
}

cv::Point2d middle(const Mask& mask) {
  const auto m = cv::moments(mask.pixels(), true);
  return {m.m10 / m.m00, m.m01 / m.m00};
}
Mask notch() {
  Mask out(200, 160);  // 200 wide
  cv::rectangle(out.pixels(), cv::Rect(150, 20, 20, 10), 255, cv::FILLED);
  return out;
}

TEST(MaskNear, StaysAboutWhereTheDefectWas) {
  MaskConfig config;
  double farthest = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed, "near");
    const auto mask =
        mask_near(notch(), Mask(400, 320), {}, config, rng);  // another size: the same place of it
    const auto moved = middle(mask) - 2 * middle(notch());
    farthest = std::max({farthest, std::abs(moved.x) / 400, std::abs(moved.y) / 320});
    EXPECT_NEAR(mask.area(), 4 * notch().area(), 0.5 * 4 * notch().area());
  }
  EXPECT_LT(farthest, config.near_shift + 0.01);
  EXPECT_GT(farthest, 0.02) << "it has to move at all";
  Rng rng(1, "near");
  config.near_shift = 0, config.near_turn = 0, config.min_scale = config.max_scale = 1;
  EXPECT_EQ(mask_near(notch(), Mask(200, 160), {}, config, rng), notch());
}

TEST(MaskNear, StaysOnTheProductIfItWasThere) {
  const Mask product = disc(200, 60);
  Mask rim(200, 200), over(200, 200);
  cv::rectangle(rim.pixels(), cv::Rect(95, 42, 20, 8), 255, cv::FILLED);    // just inside
  cv::rectangle(over.pixels(), cv::Rect(95, 30, 20, 20), 255, cv::FILLED);  // half outside
  bool leaves = false;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Rng rng(seed, "near"), again(seed, "near");
    const auto mask = mask_near(rim, product, {}, {}, rng);
    cv::Mat on = mask.pixels() & product.pixels();
    EXPECT_GT(cv::countNonZero(on), 0.97 * mask.area()) << seed;
    leaves = leaves || !lies_on(mask_near(over, product, {}, {}, again), product);
  }
  EXPECT_TRUE(leaves) << "one that was half beside it may stay so";
}

TEST(MaskNear, OneThatFillsThePictureStaysAsItIs) {
  Mask whole(100, 100);
  cv::ellipse(whole.pixels(), {50, 50}, {48, 30}, 0, 0, 360, 255, cv::FILLED);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Rng rng(seed, "near");
    const auto mask = mask_near(whole, Mask(100, 100), {}, {}, rng);
    cv::Mat changed;
    cv::bitwise_xor(mask.pixels(), whole.pixels(), changed);
    EXPECT_LT(cv::countNonZero(changed), 0.06 * whole.area());
  }
}

TEST(MaskNear, AScenesSymmetriesOpenOtherPlaces) {
  SceneLayout mirrored, round;
  mirrored.mirrors_x = true, round.turns = true;
  int left = 0;
  double least = 10, most = -10;
  const cv::Point2d centre(79.5, 79.5);
  Mask edge(160, 160);
  cv::rectangle(edge.pixels(), cv::Rect(130, 70, 10, 20), 255, cv::FILLED);
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed, "near"), again(seed, "near");
    left += middle(mask_near(edge, Mask(160, 160), mirrored, {}, rng)).x < 80;
    const auto at = middle(mask_near(edge, Mask(160, 160), round, {}, again)) - centre;
    EXPECT_NEAR(std::hypot(at.x, at.y), 55, 0.05 * 160 * 1.5 + 1) << "about the middle";
    least = std::min(least, std::atan2(at.y, at.x)), most = std::max(most, std::atan2(at.y, at.x));
  }
  EXPECT_GT(left, 8);
  EXPECT_LT(left, 32);
  EXPECT_GT(most - least, 4) << "radians";
}

TEST(MaskNear, ThinDefectsSurviveAndNothingLeavesThePicture) {
  Mask scratch(400, 400);
  cv::line(scratch.pixels(), {390, 10}, {398, 60}, 255, 1);
  MaskConfig config;
  config.near_shift = 0.5;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Rng rng(seed, "near");
    EXPECT_GT(mask_near(scratch, Mask(100, 100), {}, config, rng).area(), 6) << seed;
  }
  Rng rng(1, "near");
  const auto none = [&] { mask_near(Mask(10, 10), Mask(10, 10), {}, {}, rng); };
  EXPECT_THAT(none, ::testing::ThrowsMessage<InputError>(::testing::HasSubstr("empty")));
}

TEST(PlacedMask, PlaceAndLayoutDecide) {
  const Mask ground(cv::Mat(160, 200, CV_8UC1, cv::Scalar(255)));
  SceneLayout shared;
  shared.is_shared = true;
  const auto spread = [&](const std::string& place, const SceneLayout& layout) {
    MaskConfig config;
    config.place = place;
    double out = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Rng rng(seed, "placed");
      out = std::max(out,
                     cv::norm(middle(placed_mask(notch(), ground, layout, config, rng)) - middle(notch())));
    }
    return out;
  };
  constexpr double kNear = 25;
  EXPECT_LT(spread("auto", shared), kNear);
  EXPECT_GT(spread("auto", {}), 2 * kNear);
  EXPECT_LT(spread("near", {}), kNear);
  EXPECT_GT(spread("anywhere", shared), 2 * kNear);
}

TEST(AutoMask, FollowsTheReferenceOnlyWhenThereIsOne) {
  Rng rng(1, "m");
  const Mask ground = disc(120, 50);
  Mask line(120, 120);
  cv::line(line.pixels(), {20, 60}, {100, 60}, 255, 2);
  EXPECT_EQ(measure(auto_mask(line, ground, {}, {}, rng)).shape, "elongated");
  EXPECT_FALSE(auto_mask(Mask(), ground, {}, {}, rng).is_empty());
}

TEST(Measure, FindsWordsForMasks) {
  Mask line(200, 100);
  cv::rectangle(line.pixels(), cv::Rect(150, 10, 40, 2), 255, cv::FILLED);
  const auto thin = measure(line);
  EXPECT_EQ(thin.direction, "horizontal");
  EXPECT_EQ(thin.location, "top-right");
  EXPECT_EQ(thin.shape, "elongated");
  EXPECT_EQ(thin.size, "small");
  EXPECT_EQ(thin.box, cv::Rect(150, 10, 40, 2));
  EXPECT_NEAR(thin.area_ratio, 80.0 / 20000, 1e-12);
  const auto round = measure(disc(100, 20));
  EXPECT_EQ(round.location, "center");
  EXPECT_EQ(round.direction, "");
  EXPECT_EQ(round.size, "large");
  EXPECT_EQ(round.width, "thick");
  EXPECT_EQ(round.components, 1);
  EXPECT_NEAR(round.width_px, 41, 3);
  Mask steep(90, 90);
  cv::line(steep.pixels(), {20, 20}, {70, 70}, 255, 2);
  EXPECT_EQ(measure(steep).direction, "diagonal");
  EXPECT_EQ(measure(Mask(9, 9)).components, 0);
}

TEST(Caption, HasEveryFieldOfTheSchema) {
  const Json caption = make_caption("bottle", "crack", disc(60, 5));
  for (const char* field : {"type", "shape", "direction", "contrast", "color", "material", "size", "width",
                            "depth", "edge", "severity", "location", "summary"})
    EXPECT_TRUE(caption["defect-level"][0][field].is_string()) << field;
  for (const char* field : {"viewpoint", "material", "texture", "structure", "color", "shape", "summary"})
    EXPECT_TRUE(caption["foreground-object-level"][0][field].is_string()) << field;
  EXPECT_EQ(caption["image-level"][0]["foreground-object"], "bottle");
  EXPECT_EQ(caption["defect-level"][0]["type"], "crack");
  Image dark(60, 60, PixelFormat::Gray8), light(60, 60, PixelFormat::Gray8);
  light.pixels().setTo(200);
  EXPECT_EQ(make_caption("", "", disc(60, 5), dark, light)["defect-level"][0]["contrast"], "high");
}

TEST(Noise, IsCentredSmoothAndSeeded) {
  Rng rng(1, "n"), same(1, "n");
  const cv::Mat white = white_noise({200, 200}, rng);
  cv::Scalar mean, deviation;
  cv::meanStdDev(white, mean, deviation);
  EXPECT_NEAR(mean[0], 0, 0.02);
  EXPECT_NEAR(deviation[0], 1, 0.02);
  EXPECT_EQ(cv::norm(white, white_noise({200, 200}, same), cv::NORM_INF), 0);
  const cv::Mat smooth = fractal_noise({200, 200}, {25, 25}, 3, rng);
  cv::Mat slope;
  cv::absdiff(smooth.colRange(1, 200), smooth.colRange(0, 199), slope);
  EXPECT_LT(cv::mean(slope)[0], 0.1);
  double low = 0, high = 0;
  cv::minMaxLoc(smooth, &low, &high);
  EXPECT_LT(std::max(-low, high), 2.5);
}

TEST(Stroke, DistanceIsOneAtTheEdge) {
  const std::vector<std::vector<StrokePoint>> line = {{{{10, 20}, 8}, {{50, 20}, 8}}};
  const cv::Rect window = stroke_window(line, 2, {64, 64});
  const cv::Mat distance = stroke_distance(line, window, 2.0f);
  EXPECT_FLOAT_EQ(distance.at<float>(20 - window.y, 30 - window.x), 0);
  EXPECT_FLOAT_EQ(distance.at<float>(24 - window.y, 30 - window.x), 1);
  EXPECT_FLOAT_EQ(distance.at<float>(22 - window.y, 30 - window.x), 0.5);
}

}  // namespace
}  // namespace unidg::dataset
