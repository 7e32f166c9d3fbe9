#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/editing/mask_augmentation.h"

namespace unidg::editing {
namespace {

TEST(RandomisedMask, IsTheGrownBoxOrABlobAroundIt) {
  Mask mask(400, 300);
  cv::ellipse(mask.pixels(), {200, 150}, {50, 30}, 20, 0, 360, 255, cv::FILLED);
  const auto tight = mask.box();
  int boxes = 0;
  std::vector<int> areas;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed, "aug");
    const auto out = randomised_mask(mask, rng);
    EXPECT_EQ(cv::countNonZero(mask.pixels() & ~out.pixels()), 0) << "covers the defect, seed " << seed;
    const auto box = out.box();
    EXPECT_GE(box.x, tight.x - 46);
    EXPECT_LE(box.br().x, tight.br().x + 46);
    EXPECT_GE(box.width, tight.width);
    if (out.area() == box.area()) {
      ++boxes;
      EXPECT_NEAR(box.width, 1.1 * tight.width, 2);
      EXPECT_NEAR(box.height, 1.1 * tight.height, 2);
    } else {
      EXPECT_GT(box.area(), 1.2 * tight.area());
      areas.push_back(out.area());
    }
  }
  EXPECT_GT(boxes, 18);
  EXPECT_LT(boxes, 42);
  std::sort(areas.begin(), areas.end());
  EXPECT_NE(areas.front(), areas.back()) << "no two blobs alike";
}

TEST(RandomisedMask, StaysInThePictureAndNeedsAMask) {
  Mask corner(64, 64);
  corner.pixels()(cv::Rect(0, 0, 5, 5)) = 255;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Rng rng(seed, "aug"), again(seed, "aug");
    const auto out = randomised_mask(corner, rng);
    EXPECT_EQ(out.pixels().size(), cv::Size(64, 64));
    EXPECT_EQ(out, randomised_mask(corner, again));
  }
  Rng rng(1, "aug");
  EXPECT_THAT([&] { randomised_mask(Mask(5, 5), rng); },
              ::testing::ThrowsMessage<InputError>(::testing::HasSubstr("empty")));
}

}  // namespace
}  // namespace unidg::editing
