#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "unidg/core/rng.h"
#include "unidg/dataset/sets/polygons.h"

namespace unidg::dataset::sets {
namespace {

/// Blobs with holes, single pixels and diagonal neighbours.
Mask blobs(std::uint64_t seed) {
  cv::Mat noise(40, 53, CV_8UC1);
  cv::RNG rng(seed + 1);
  rng.fill(noise, cv::RNG::UNIFORM, 0, 256);
  if (seed % 2) cv::GaussianBlur(noise, noise, {0, 0}, 1.5);
  return Mask(noise);
}

cv::Mat filled(const Outline& outline, cv::Size size) {
  cv::Mat out = fill_polygon(outline.outer, size).pixels().clone();
  for (const auto& hole : outline.holes) out &= ~fill_polygon(hole, size).pixels();
  return out;
}

TEST(Outlines, GiveTheMaskAgain) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto mask = blobs(seed);
    cv::Mat all = cv::Mat::zeros(mask.pixels().size(), CV_8UC1);
    std::size_t holes = 0;
    for (const auto& outline : outlines(mask)) {
      all |= filled(outline, mask.pixels().size());
      holes += outline.holes.size();
    }
    EXPECT_TRUE(Mask(all) == mask) << seed;
    if (seed % 2 == 0) {
      EXPECT_GT(holes, 0u);  // else the case would show nothing
    }
  }
}

TEST(Outlines, BridgedRingKeepsItsHoles) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto mask = blobs(seed);
    cv::Mat all = cv::Mat::zeros(mask.pixels().size(), CV_8UC1);
    for (const auto& outline : outlines(mask))
      all |= fill_polygon(bridged(outline), mask.pixels().size()).pixels();
    EXPECT_TRUE(Mask(all) == mask) << seed;
  }
}

TEST(FillPolygon, TakesPixelBordersExactly) {
  const auto mask = fill_polygon({{2, 1}, {7, 1}, {7, 4}, {2, 4}}, {10, 6});
  EXPECT_EQ(mask.box(), cv::Rect(2, 1, 5, 3));
  EXPECT_EQ(mask.area(), 15);
}

TEST(FillPolygon, CutsAtTheFrameAndLeavesNothingOfALine) {
  EXPECT_EQ(fill_polygon({{-5, -5}, {50, -5}, {50, 50}, {-5, 50}}, {10, 6}).area(), 60);
  EXPECT_EQ(fill_polygon({{1, 1}, {5, 5}}, {10, 6}).area(), 0);
  EXPECT_EQ(fill_polygon({}, {10, 6}).area(), 0);
  EXPECT_LE(fill_polygon({{1e300, 0}, {-1e300, 3}, {2, 1e300}}, {10, 6}).area(), 60);  // no crash
}

}  // namespace
}  // namespace unidg::dataset::sets
