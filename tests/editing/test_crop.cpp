#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "support/picture_bytes.h"
#include "tests/editing/masks.h"
#include "unidg/core/error.h"
#include "unidg/editing/diptych.h"

namespace unidg::editing {
namespace {

using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Mask box_mask(int width, int height, const cv::Rect& box) {
  Mask mask(width, height);
  mask.pixels()(box).setTo(255);
  return mask;
}

EditingConfig sized(int size) {
  EditingConfig c;
  c.size = size;
  return c;
}

TEST(CropRatio, FollowsEquation8) {
  const EditingConfig c;
  EXPECT_DOUBLE_EQ(crop_ratio(0, c), 0.6);
  EXPECT_DOUBLE_EQ(crop_ratio(0.05, c), 0.8);
  EXPECT_DOUBLE_EQ(crop_ratio(0.1, c), 1.0);
  EXPECT_DOUBLE_EQ(crop_ratio(0.9, c), 1.0);
}

TEST(CropRatio, IsContinuousWhereContextStops) {  // Eq. 8 at s = T
  for (const double small_area : {0.02, 0.1, 0.5}) {
    EditingConfig c;
    c.small_area = small_area;
    EXPECT_NEAR(crop_ratio(small_area - 1e-9, c), 1.0, 1e-6);
  }
}

TEST(Dilate, GrowsSixPixelsOnEverySide) {  // Alg. 1 line 14: 7 x 7 ones, twice
  const auto used = dilate(box_mask(40, 30, {15, 12, 4, 3}), EditingConfig{});
  EXPECT_EQ(used, box_mask(40, 30, {9, 6, 16, 15}));
  EXPECT_EQ(dilate(box_mask(40, 30, {0, 0, 1, 1}), EditingConfig{}), box_mask(40, 30, {0, 0, 7, 7}));
}

TEST(CropReference, ShowsTheDefectOnWhiteAtTheRightScale) {
  // 20 x 10 defect in 200 x 100: s = 0.01, r = 0.64, side ratio 1.25: canvas int(25) x int(12.5), square 25.
  const Image image(cv::Mat(100, 200, CV_8UC3, cv::Scalar(10, 20, 30)));
  const auto shown = crop_reference({image, box_mask(200, 100, {50, 40, 20, 10})}, sized(400));
  ASSERT_EQ(shown.image.size(), cv::Size(400, 400));
  // left: int((25 - 20) / 2) = 2 of 25, i.e. 32 model pixels; top: 1 of the canvas + int((25 - 12) / 2) = 6
  EXPECT_EQ(cv::boundingRect(shown.mask), cv::Rect(2 * 16, 7 * 16, 20 * 16, 10 * 16));
  EXPECT_EQ(shown.image.at<cv::Vec3b>(200, 200), cv::Vec3b(10, 20, 30));
  EXPECT_EQ(shown.image.at<cv::Vec3b>(50, 200), cv::Vec3b(255, 255, 255));
}

TEST(CropReference, FillsTheSquareWhenTheDefectIsLarge) {  // s >= T: r = 1
  const Image image(cv::Mat(64, 64, CV_8UC1, cv::Scalar(7)));
  const auto shown = crop_reference({image, box_mask(64, 64, {10, 20, 32, 32})}, sized(64));
  EXPECT_EQ(cv::countNonZero(shown.mask), 64 * 64);
  EXPECT_EQ(cv::countNonZero(shown.image.reshape(1) != 7), 0);
}

TEST(CropReference, WhitensEverythingOutsideTheMask) {
  const auto image = noise(60, 50, PixelFormat::Rgb8);
  Mask mask(60, 50);
  cv::circle(mask.pixels(), {30, 25}, 12, 255, cv::FILLED);
  auto c = sized(64);
  c.reference_expand = "fixed:1.3";
  const auto shown = crop_reference({image, mask}, c);
  cv::Mat far;  // pixels that no bilinear sample of the defect reaches
  cv::dilate(shown.mask, far, cv::Mat::ones(9, 9, CV_8UC1));
  cv::Mat whitened = shown.image.clone();
  whitened.setTo(cv::Scalar::all(255), far);
  EXPECT_EQ(cv::countNonZero(whitened.reshape(1) != 255), 0);
}

TEST(CropReference, SceneContextShowsThePictureInTheSameGeometry) {
  const auto image = noise(200, 100, PixelFormat::Rgb8);
  const MaskedImage reference{image, box_mask(200, 100, {50, 40, 20, 10})};
  auto c = sized(400);
  const auto white = crop_reference(reference, c);
  c.reference_context = "scene";
  const auto scene = crop_reference(reference, c);
  EXPECT_EQ(cv::norm(white.mask, scene.mask, cv::NORM_INF), 0);
  // 25 x 25 source pixels from (48, 33)
  cv::Mat expected;
  cv::resize(image.pixels()(cv::Rect(48, 33, 25, 25)), expected, {400, 400}, 0, 0, cv::INTER_LINEAR);
  EXPECT_EQ(cv::norm(scene.image, expected, cv::NORM_INF), 0);
}

TEST(CropReference, SceneContextIsWhiteWhereThePictureEnds) {
  auto c = sized(64);
  c.reference_context = "scene";
  const Image image(cv::Mat(40, 40, CV_8UC3, cv::Scalar(0, 0, 0)));
  const auto shown = crop_reference({image, box_mask(40, 40, {0, 0, 3, 40})}, c);
  EXPECT_EQ(shown.image.at<cv::Vec3b>(32, 0), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(shown.image.at<cv::Vec3b>(32, 60), cv::Vec3b(0, 0, 0));
}

TEST(CropReference, AreaMayBeTheBoxs) {  // docs/choices.md 5
  Mask mask(100, 100);
  cv::line(mask.pixels(), {20, 20}, {59, 59}, 255, 1);  // 40 pixels in a box of 1600
  auto c = sized(96);
  const auto by_mask = crop_reference({Image(100, 100, PixelFormat::Rgb8), mask}, c);
  c.reference_area = "bbox";
  const auto by_box = crop_reference({Image(100, 100, PixelFormat::Rgb8), mask}, c);
  EXPECT_GT(cv::boundingRect(by_box.mask).width, cv::boundingRect(by_mask.mask).width);
  EXPECT_EQ(cv::boundingRect(by_box.mask).width, 96);
}

TEST(CropReference, MayShowTheLargestPartAlone) {  // docs/choices.md 8
  Mask mask = box_mask(100, 100, {10, 10, 20, 20});
  mask.pixels()(cv::Rect(80, 80, 5, 5)).setTo(255);
  auto c = sized(64);
  EXPECT_GT(cv::countNonZero(crop_reference({Image(100, 100, PixelFormat::Rgb8), mask}, c).mask == 0),
            64 * 64 / 2);
  c.reference_components = "largest";
  c.reference_expand = "fixed:1";
  EXPECT_EQ(cv::countNonZero(crop_reference({Image(100, 100, PixelFormat::Rgb8), mask}, c).mask), 64 * 64);
}

TEST(CropReference, RefusesEmptyMasksAndOtherSizes) {
  const Image image(20, 10, PixelFormat::Rgb8);
  EXPECT_THAT(
      [&] {
        crop_reference({image, Mask(20, 10)}, sized(64));
      },
      ThrowsMessage<InputError>(HasSubstr("empty")));
  EXPECT_THAT(
      [&] {
        crop_reference({image, Mask(10, 20)}, sized(64));
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("10 x 20"), HasSubstr("20 x 10"))));
}

TEST(CropReference, SurvivesEveryMaskShape) {
  for (const auto& [shape, mask] : mask_shapes(53, 41))
    for (const char* context : {"white", "scene"}) {
      auto c = sized(32);
      c.reference_context = context;
      const auto shown = crop_reference({noise(53, 41, PixelFormat::Gray16), mask}, c);
      EXPECT_GT(cv::countNonZero(shown.mask), 0) << shape;
      EXPECT_EQ(shown.image.type(), CV_8UC3);
    }
}

TEST(EditingFields, RefuseWhatTheyCannotMean) {
  EditingConfig c;
  for (const Json& wrong :
       {Json{{"size", 100}}, Json{{"reference_expand", "fixed:9"}}, Json{{"reference_expand", "eq9"}},
        Json{{"target_zoom", "windows"}}, Json{{"min_ratio", 0}}})
    EXPECT_THROW(read_fields(c, wrong, "test"), UsageError) << wrong;
  read_fields(c, Json{{"reference_expand", "fixed:1.3"}, {"size", 128}}, "test");
  EXPECT_DOUBLE_EQ(*fixed_expansion(c.reference_expand), 1.3);
}

}  // namespace
}  // namespace unidg::editing
