#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "tests/editing/masks.h"
#include "unidg/core/error.h"
#include "unidg/editing/own_size.h"

namespace unidg::editing {
namespace {

constexpr int kSide = 120;

/// Grain about a level.
cv::Mat grain_at(int level, std::uint64_t seed) {
  cv::Mat out(kSide, kSide, CV_8UC3);
  cv::RNG(seed).fill(out, cv::RNG::UNIFORM, level - 9, level + 10);
  return out;
}

Mask block(const cv::Rect& where) {
  Mask out(kSide, kSide);
  out.pixels()(where).setTo(255);
  return out;
}

/// A dark bar at (40, 50), 24 x 9, with a bright end, which neither a mirror image nor a turn keeps in place.
MaskedImage barred() {
  cv::Mat picture = grain_at(120, 1);
  picture(cv::Rect(40, 50, 24, 9)) -= cv::Scalar::all(60);
  picture(cv::Rect(40, 50, 5, 9)) += cv::Scalar::all(100);
  return {Image(picture), block({40, 50, 24, 9})};
}

Mask everywhere() { return block({0, 0, kSide, kSide}); }

TEST(OwnSize, CopiesPixelForPixelWhateverAreaIsAskedFor) {
  const auto reference = barred();
  for (const auto& asked : {cv::Rect(60, 70, 24, 9), cv::Rect(54, 67, 36, 15), cv::Rect(66, 72, 12, 5)}) {
    const auto laid = lay_own_size(reference, grain_at(120, 2), block(asked));
    EXPECT_EQ(laid.shape, block({60, 70, 24, 9})) << asked;
    const auto out = blend_own_size(laid, grain_at(120, 2), everywhere(), 1);
    const cv::Mat copied = out(cv::Rect(60, 70, 24, 9)),
                  own = reference.image.rgb8()(cv::Rect(40, 50, 24, 9));
    EXPECT_EQ(cv::norm(copied, own, cv::NORM_INF), 0) << asked;
  }
}

TEST(OwnSize, TurnsWithoutInterpolating) {
  const auto reference = barred();
  const auto laid = lay_own_size(reference, grain_at(120, 2), block({70, 40, 9, 24}));
  EXPECT_NEAR(laid.shape.area(), reference.mask.area(), 12);
  const auto box = laid.shape.box();
  EXPECT_NEAR(box.width, 9, 1);
  EXPECT_NEAR(box.height, 24, 1);
  // Two bars of one level each: another level would be a mixture.
  cv::Mat flat(kSide, kSide, CV_8UC3, cv::Scalar::all(20));
  flat(cv::Rect(40, 50, 12, 9)).setTo(220);
  const auto turned = lay_own_size({Image(flat), reference.mask}, grain_at(120, 2), block({70, 40, 9, 24}));
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const int level = turned.pixels.at<cv::Vec3b>(y, x)[0];
      ASSERT_TRUE(!turned.inside.at<std::uint8_t>(y, x) || level == 20 || level == 220) << level;
    }
}

TEST(OwnSize, FollowsTheLightByWholeLevels) {
  const auto reference = barred();
  const auto laid = lay_own_size(reference, grain_at(120, 2), block({60, 70, 24, 9}));
  const auto lighter = blend_own_size(laid, grain_at(127, 2), everywhere(), 1);
  cv::Mat difference;
  cv::subtract(lighter(cv::Rect(60, 70, 24, 9)), reference.image.rgb8()(cv::Rect(40, 50, 24, 9)), difference);
  double least = 0, most = 0;
  cv::minMaxLoc(difference.reshape(1), &least, &most);
  EXPECT_EQ(least, most) << "one shift a channel";
  EXPECT_NEAR(least, 7, 2);

  const auto bright = blend_own_size(laid, grain_at(200, 2), everywhere(), 1.7);
  EXPECT_NEAR(cv::mean(bright(cv::Rect(70, 72, 10, 5)))[0], 60 * 200 / 120.0, 4);
}

TEST(OwnSize, StaysInsideTheUsedMaskAndTheFrame) {
  const auto reference = barred();
  const auto scene = grain_at(120, 2);
  const auto used = block({58, 70, 28, 9});
  const auto out =
      blend_own_size(lay_own_size(reference, grain_at(120, 2), block({60, 70, 24, 9})), scene, used, 1);
  cv::Mat difference;
  cv::absdiff(out, scene, difference);
  difference.setTo(0, used.pixels());
  EXPECT_EQ(cv::countNonZero(difference.reshape(1)), 0);

  const auto corner = lay_own_size(reference, grain_at(120, 2), block({0, 0, 24, 9}));
  EXPECT_EQ(corner.shape, block({0, 0, 24, 9}));
  EXPECT_NO_THROW(blend_own_size(corner, scene, everywhere(), 1));
}

TEST(OwnSize, RefusesAMaskThatIsNotTheReferences) {
  const auto scene = grain_at(120, 2);
  const auto asked = block({60, 70, 24, 9});
  Mask larger(kSide + 8, kSide + 8);
  larger.pixels()(cv::Rect(100, 118, 24, 9)).setTo(255);
  EXPECT_THROW(lay_own_size({barred().image, larger}, scene, asked), InputError);
  EXPECT_THROW(lay_own_size({barred().image, Mask(kSide, kSide)}, scene, asked), InputError);
}

// A step of light runs beside the defect; asked for 2 pixels away, it still lies on the scene's step.
TEST(OwnSize, MovesToWhereItsSurroundingsGoOn) {
  auto picture = grain_at(80, 1), scene = grain_at(80, 2);
  picture.colRange(52, kSide) += cv::Scalar::all(90);
  scene.colRange(70, kSide) += cv::Scalar::all(90);
  const MaskedImage reference{Image(picture), block({40, 50, 24, 9})};
  for (const int beside : {-2, 0, 2})
    EXPECT_EQ(lay_own_size(reference, scene, block({58 + beside, 70, 24, 9})).shape.box().x, 58) << beside;
  EXPECT_EQ(lay_own_size(barred(), grain_at(120, 2), block({61, 70, 24, 9})).shape.box().x, 61)
      << "nothing asks for a move";
}

}  // namespace
}  // namespace unidg::editing
