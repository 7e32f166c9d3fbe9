#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "tests/editing/masks.h"
#include "unidg/editing/collage.h"
#include "unidg/editing/continuity.h"

namespace unidg::editing {
namespace {

/// Light on the right of `edge`, dark on its left, a little grain; brighter by `exposure`.
cv::Mat step_at(int side, int edge, std::uint64_t seed, int exposure = 0) {
  cv::Mat out(side, side, CV_8UC3, cv::Scalar::all(70 + exposure)), grain(side, side, CV_8UC3);
  out.colRange(edge, side).setTo(cv::Scalar::all(170 + exposure));
  cv::RNG(seed).fill(grain, cv::RNG::UNIFORM, 0, 9);
  return out + grain;
}

cv::Mat disc_at(int side, int x, int y, int radius) {
  cv::Mat out = cv::Mat::zeros(side, side, CV_8UC1);
  cv::circle(out, {x, y}, radius, 255, cv::FILLED);
  return out;
}

Fit continued_fit(const Fit& fit, const cv::Mat& reference, const cv::Mat& mask, const cv::Mat& target,
                  const cv::Mat& asked) {
  return continuous_fit(fit, reference, mask, target, asked).fit;
}

double x_in_target(const Fit& fit, double x, double y) { return (fit.to_target * cv::Vec3d(x, y, 1))[0]; }

// A chip of an edge, asked for a little beside the edge: it comes to lie on the edge.
TEST(Continuity, LaysAChipOfAnEdgeOnTheEdge) {
  auto reference = step_at(120, 60, 1);
  const auto chip = disc_at(120, 60, 60, 16);
  reference.setTo(cv::Scalar(30, 90, 30), chip);
  for (const int beside : {-3, 3}) {
    const auto scene = step_at(160, 80, 2, 20);
    const auto asked = disc_at(160, 80 + beside, 75, 16);
    const auto fit = best_fit(Mask(chip), Mask(asked), 10);
    EXPECT_NEAR(x_in_target(fit, 60, 60), 80 + beside, 0.6) << "the test asks for nothing";
    const auto moved = continued_fit(fit, reference, chip, scene, asked);
    EXPECT_NEAR(x_in_target(moved, 60, 60), 80, 1.6);
    EXPECT_NEAR(x_in_target(moved, 60, 40), 80, 2.0) << "the edge stays upright";
  }
}

// The same edge running another way.
TEST(Continuity, TurnsTheChipWithTheEdge) {
  auto reference = step_at(120, 60, 1);
  const auto chip = disc_at(120, 60, 60, 16);
  cv::Mat scene;
  cv::rotate(step_at(160, 80, 2), scene, cv::ROTATE_90_CLOCKWISE);
  const auto fit = best_fit(Mask(chip), Mask(disc_at(160, 80, 80, 16)), 10);
  const auto moved = continued_fit(fit, reference, chip, scene, disc_at(160, 80, 80, 16));
  const auto centre = moved.to_target * cv::Vec3d(60, 60, 1), along = moved.to_target * cv::Vec3d(60, 40, 1);
  EXPECT_NEAR(centre[1], along[1], 2.5);
  EXPECT_NEAR(std::abs(centre[0] - along[0]), 20, 2.5);
  const auto light = moved.to_target * cv::Vec3d(80, 60, 1);
  EXPECT_GT(light[1], centre[1]) << "the light side lies on the light side";
}

TEST(Continuity, LeavesThePlaceAloneOnAPlainTexture) {
  cv::Mat reference(120, 120, CV_8UC3), scene(160, 160, CV_8UC3);
  cv::RNG(3).fill(reference, cv::RNG::NORMAL, 120, 12), cv::RNG(4).fill(scene, cv::RNG::NORMAL, 120, 12);
  const auto chip = disc_at(120, 60, 60, 16), asked = disc_at(160, 90, 75, 16);
  const auto fit = best_fit(Mask(chip), Mask(asked), 10);
  EXPECT_EQ(continued_fit(fit, reference, chip, scene, asked).to_target, fit.to_target);
}

// Only where structures meet does the reference's sound surface come along.
TEST(Continuity, AgreesWhereStructuresMeet) {
  auto reference = step_at(120, 60, 1);
  const auto chip = disc_at(120, 60, 60, 16), asked = disc_at(160, 78, 75, 16);
  const auto fit = best_fit(Mask(chip), Mask(asked), 10);
  EXPECT_TRUE(continuous_fit(fit, reference, chip, step_at(160, 80, 2), asked).agrees);
  EXPECT_FALSE(continuous_fit(fit, reference, chip, step_at(160, 130, 2), asked).agrees);  // no edge there
  cv::Mat noise(160, 160, CV_8UC3);
  cv::RNG(4).fill(noise, cv::RNG::NORMAL, 120, 12);
  EXPECT_FALSE(continuous_fit(fit, noise(cv::Rect(0, 0, 120, 120)).clone(), chip, noise, asked).agrees);
}

// A move that would uncover much of what was asked for is no remedy.
TEST(Continuity, KeepsTheRegionCovered) {
  auto reference = step_at(120, 60, 1);
  const auto chip = disc_at(120, 60, 60, 10);
  const auto scene = step_at(160, 80, 2);
  const auto asked = disc_at(160, 92, 75, 10);  // the edge is farther than half of the region
  const auto moved = continued_fit(best_fit(Mask(chip), Mask(asked), 10), reference, chip, scene, asked);
  const auto centre = moved.to_target * cv::Vec3d(60, 60, 1);
  EXPECT_LT(std::hypot(centre[0] - 92, centre[1] - 75), 4);
}

TEST(Continuity, ASceneTooSmallForSurroundingsKeepsTheFit) {
  const auto chip = disc_at(40, 20, 20, 12);
  const cv::Mat all(24, 24, CV_8UC1, cv::Scalar(255)), scene(24, 24, CV_8UC3, cv::Scalar::all(90));
  const auto fit = best_fit(Mask(chip), Mask(all), 10);
  EXPECT_EQ(continued_fit(fit, step_at(40, 20, 1), chip, scene, all).to_target, fit.to_target);
}

// In the collage: the scene's edge goes on through the region.
TEST(Continuity, TheCollageContinuesAnEdge) {
  auto reference = step_at(120, 60, 1);
  const auto chip = disc_at(120, 60, 60, 20);
  const auto scene = step_at(120, 64, 2);
  const auto asked = disc_at(120, 60, 60, 20);
  const MaskedImage masked{Image(reference), Mask(chip)};
  const auto wrong = [&](bool continues) {
    const auto out = make_collage(masked, scene, asked, asked, "source", "whole", 1, continues).image;
    cv::Mat difference;
    cv::absdiff(out, scene, difference);
    return cv::countNonZero(difference.reshape(1) > 50);
  };
  EXPECT_GT(wrong(false), 3 * 100);
  EXPECT_LT(wrong(true), wrong(false) / 2);
}

}  // namespace
}  // namespace unidg::editing
