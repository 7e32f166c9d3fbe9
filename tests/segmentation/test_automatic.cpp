#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "unidg/segmentation/automatic.h"
#include "unidg/segmentation/sizes.h"

namespace unidg::segmentation {
namespace {

using models::sam::Predictions;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using torch::Tensor;

constexpr int kSide = 40;

/// Logits of one mask: `value` in the box, -8 elsewhere.
Tensor logits(cv::Rect box, float value = 8) {
  cv::Mat map(kSide, kSide, CV_32FC1, cv::Scalar(-8));
  map(box).setTo(value);
  return torch::from_blob(map.data, {kSide, kSide}).clone();
}

/// Always these masks, one for each point of a 1 x N grid of answers.
PointPredictor answers(std::vector<Tensor> masks, std::vector<float> iou) {
  return [=](const std::vector<cv::Point2d>& points) {
    const auto count = static_cast<std::int64_t>(points.size());
    return Predictions{torch::stack(masks).unsqueeze(0).repeat({count, 1, 1, 1}),
                       torch::tensor(iou).unsqueeze(0).repeat({count, 1}), torch::zeros({count})};
  };
}

AutomaticConfig one_point() {
  AutomaticConfig config;
  config.points_per_side = 1;
  return config;
}

TEST(PointGrid, LiesInTheMiddleOfCells) {
  EXPECT_THAT(point_grid(2, {40, 20}),
              ElementsAre(cv::Point2d(10, 5), cv::Point2d(30, 5), cv::Point2d(10, 15), cv::Point2d(30, 15)));
  EXPECT_THAT(point_grid(32, {1024, 1024}), SizeIs(1024));
  EXPECT_EQ(point_grid(32, {1024, 1024}).front(), cv::Point2d(16, 16));
}

TEST(AutomaticMasks, MustBePredictedBetterThanTheThreshold) {
  auto config = one_point();
  config.pred_iou_thresh = 0.5;  // exact as a float
  const auto masks = automatic_masks(
      answers({logits({0, 0, 8, 8}), logits({20, 20, 8, 8})}, {0.5f, 0.5f + 1e-6f}), {kSide, kSide}, config);
  ASSERT_THAT(masks, SizeIs(1));
  EXPECT_EQ(masks[0].box, cv::Rect(20, 20, 8, 8));
  EXPECT_EQ(masks[0].area, 64);
  EXPECT_EQ(masks[0].point, cv::Point2d(20, 20));
  EXPECT_NEAR(masks[0].stability_score, 1, 1e-9);
}

TEST(AutomaticMasks, MayBeAsStableAsTheThreshold) {
  // 20 of 20 + n pixels are sure: the others' logit is between -1 and 1, or just at a bound.
  const auto with_unsure = [](int unsure, float value) {
    auto map = logits({4, 4, 10, 2});
    map.narrow(0, 10, 1).narrow(1, 4, unsure).fill_(value);
    return map;
  };
  auto config = one_point();
  config.stability_score_thresh = 20.0 / 25.0;
  const auto count = [&](const Tensor& map) {
    return automatic_masks(answers({map}, {0.9f}), {kSide, kSide}, config).size();
  };
  EXPECT_EQ(count(with_unsure(5, 0.5f)), 1u);  // 20 / 25, at the threshold
  EXPECT_EQ(count(with_unsure(6, 0.5f)), 0u);  // 20 / 26
  EXPECT_EQ(count(with_unsure(6, 1.0f)), 0u);  // +1 itself is not sure
  EXPECT_EQ(count(with_unsure(6, 1.01f)), 1u);
  EXPECT_EQ(count(with_unsure(6, -1.0f)), 1u);  // -1 itself is not possible
  EXPECT_EQ(count(with_unsure(6, -0.99f)), 0u);
  config.stability_score_offset = 0.25;
  EXPECT_EQ(count(with_unsure(6, 0.5f)), 1u);
}

TEST(AutomaticMasks, TouchingThePicturesBorderStay) {  // only borders of crops cut things off
  const auto masks =
      automatic_masks(answers({logits({0, 0, kSide, 10}), logits({30, 12, 10, 28})}, {0.9f, 0.95f}),
                      {kSide, kSide}, one_point());
  ASSERT_THAT(masks, SizeIs(2));
  EXPECT_EQ(masks[0].box, cv::Rect(30, 12, 10, 28));  // better predicted, so first
  EXPECT_EQ(masks[1].box, cv::Rect(0, 0, kSide, 10));
}

TEST(AutomaticMasks, WithoutAnyPixelAreNone) {
  EXPECT_THAT(
      automatic_masks(answers({torch::full({kSide, kSide}, -8.0f)}, {0.99f}), {kSide, kSide}, one_point()),
      SizeIs(0));
}

TEST(AutomaticMasks, OfAllPointsComeOnce) {
  AutomaticConfig config;
  config.points_per_side = 5;
  config.points_per_batch = 7;
  std::vector<std::size_t> batches;
  const auto inner = answers({logits({5, 5, 12, 9})}, {0.9f});
  const auto masks = automatic_masks(
      [&](const std::vector<cv::Point2d>& points) {
        batches.push_back(points.size());
        return inner(points);
      },
      {kSide, kSide}, config);
  EXPECT_THAT(batches, ElementsAre(7, 7, 7, 4));
  ASSERT_THAT(masks, SizeIs(1));
  EXPECT_EQ(masks[0].point, cv::Point2d(4, 4));  // of equal masks the first
}

TEST(AutomaticMasks, AreAtThePicturesSize) {
  const auto masks =
      automatic_masks(answers({logits({10, 10, 20, 20})}, {0.9f}), {3 * kSide, 2 * kSide}, one_point());
  ASSERT_THAT(masks, SizeIs(1));
  EXPECT_EQ(masks[0].mask.width(), 3 * kSide);
  EXPECT_EQ(masks[0].mask.height(), 2 * kSide);
  EXPECT_NEAR(masks[0].box.x, 30, 1);
  EXPECT_NEAR(masks[0].box.height, 40, 2);
}

TEST(SuppressOverlaps, KeepsTheBetterOfTwoAlike) {
  // Between corners 10 x 10 = 100 and 7 x 10 = 70 inside it: IoU 0.7, which is not more than 0.7.
  const std::vector<cv::Rect> boxes{{0, 0, 11, 11}, {0, 0, 8, 11}, {0, 0, 9, 11}, {30, 30, 5, 5}};
  EXPECT_THAT(suppress_overlaps(boxes, {0.9, 0.8, 0.7, 0.95}, 0.7), ElementsAre(3, 0, 1));  // 80 of 100 goes
  EXPECT_THAT(suppress_overlaps(boxes, {0.9, 0.8, 0.7, 0.95}, 0.69), ElementsAre(3, 0));
}

TEST(SuppressOverlaps, OnlyKeptBoxesSuppress) {
  // B goes because of A; C overlaps B alone and stays.
  const std::vector<cv::Rect> boxes{{0, 0, 11, 11}, {4, 0, 11, 11}, {8, 0, 11, 11}};
  EXPECT_THAT(suppress_overlaps(boxes, {0.9, 0.8, 0.7}, 0.4), ElementsAre(0, 2));
  EXPECT_THAT(suppress_overlaps(boxes, {0.7, 0.9, 0.7}, 0.4), ElementsAre(1));
}

TEST(SuppressOverlaps, BoxesWithoutAreaStay) {
  const std::vector<cv::Rect> boxes{{3, 3, 1, 1}, {3, 3, 1, 1}};
  EXPECT_THAT(suppress_overlaps(boxes, {0.9, 0.8}, 0.7), ElementsAre(0, 1));
}

Mask drawn(const std::vector<cv::Rect>& set, const std::vector<cv::Rect>& holes) {
  Mask mask(kSide, kSide);
  for (const auto& box : set) mask.pixels()(box).setTo(255);
  for (const auto& box : holes) mask.pixels()(box).setTo(0);
  return mask;
}

TEST(SmallRegions, BelowTheAreaGo) {
  const auto original = drawn({{0, 0, 20, 20}, {30, 30, 3, 3}}, {{5, 5, 2, 4}});
  auto mask = original.clone();
  EXPECT_FALSE(remove_small_regions(mask, 8));
  EXPECT_EQ(mask, original);
  EXPECT_TRUE(remove_small_regions(mask, 9));  // the hole of 8 is filled, the island of 9 stays
  EXPECT_EQ(mask, drawn({{0, 0, 20, 20}, {30, 30, 3, 3}}, {}));
  EXPECT_TRUE(remove_small_regions(mask, 10));
  EXPECT_EQ(mask, drawn({{0, 0, 20, 20}}, {}));
  auto tiny = drawn({{0, 0, 2, 2}, {30, 30, 3, 3}}, {});
  EXPECT_TRUE(remove_small_regions(tiny, 100));
  EXPECT_EQ(tiny, drawn({{30, 30, 3, 3}}, {}));  // the largest stays
}

TEST(SmallRegions, GoFromSegmentsOnRequest) {
  const auto map = logits({0, 0, 20, 20});
  map.narrow(0, 30, 2).narrow(1, 30, 2).fill_(8);
  auto config = one_point();
  const auto predict = answers({map}, {0.9f});
  EXPECT_EQ(automatic_masks(predict, {kSide, kSide}, config)[0].area, 404);
  config.min_mask_region_area = 5;
  const auto masks = automatic_masks(predict, {kSide, kSide}, config);
  ASSERT_THAT(masks, SizeIs(1));
  EXPECT_EQ(masks[0].area, 400);
  EXPECT_EQ(masks[0].box, cv::Rect(0, 0, 20, 20));
}

}  // namespace
}  // namespace unidg::segmentation
