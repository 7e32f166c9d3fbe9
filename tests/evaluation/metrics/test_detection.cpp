#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "drawn_maps.h"
#include "unidg/core/error.h"
#include "unidg/evaluation/metrics/score_keys.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

MetricConfig of_max() {
  MetricConfig config;
  config.image_score =
      "max";  // pool21 mixes scores, so only the largest value keeps its rank under any monotone map
  return config;
}

TEST(ScoreKeys, OrderFloatsAsTheyOrderThemselves) {
  const std::vector<float> scores{-3e38f, -1.0f, -1e-42f, 0.0f, 1e-42f, 1e-20f, 0.5f, 1.0f, 3e38f};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(score_of(score_key(scores[i])), scores[i]);
    if (i == 0) continue;
    EXPECT_LT(score_key(scores[i - 1]), score_key(scores[i]));
  }
  EXPECT_EQ(score_key(-0.0f), score_key(0.0f));
}

TEST(ScoreKeys, SortAsTheStandardLibrary) {
  Rng rng(3);
  for (const int count : {0, 1, 700, 200000})
    for (const std::uint64_t range :
         {std::uint64_t{1}, std::uint64_t{900}, std::uint64_t{1} << 31, ~std::uint64_t{0}}) {
      std::vector<std::vector<std::uint64_t>> parts(3);
      std::vector<std::uint64_t> all;
      for (int i = 0; i < count; ++i) {
        const auto key = ((std::uint64_t{rng.bits()} << 32 | rng.bits()) % range) + 5 * (range < 1000);
        all.push_back(key);
        parts[static_cast<std::size_t>(i % 3)].push_back(key);
      }
      std::ranges::sort(all);
      EXPECT_EQ(sorted_keys(parts), all);
    }
}

TEST(DetectionScorer, OnlyTheOrderOfScoresCounts) {
  auto maps = drawn_maps(9, 40, /*levels=*/50);
  const auto before = scorer_of(maps, of_max()).result();
  for (auto& map : maps)
    for (auto& score : cv::Mat_<float>(map.score)) score = 1e6f * std::atan(score) - 3;
  expect_same(scorer_of(maps, of_max()).result(), before, 1e-12);
}

TEST(DetectionScorer, TheOrderOfImagesDoesNotCount) {
  auto maps = drawn_maps(9, 40, 50);
  const auto before = scorer_of(maps).result();
  Rng rng(2);
  rng.shuffle(maps);
  expect_same(scorer_of(maps).result(), before, 1e-12);
}

TEST(DetectionScorer, PixelsMayMoveTogether) {
  auto maps = drawn_maps(9, 40, 50);
  const auto before = scorer_of(maps).result();
  for (auto& map : maps) {
    cv::flip(map.score, map.score, -1);
    cv::flip(map.truth, map.truth, -1);
  }
  expect_same(scorer_of(maps).result(), before, 1e-9);
}

TEST(DetectionScorer,
     TilesOfAnImageAreScoredLikeTheImage) {  // pixel scores: any split at components' borders
  const auto maps = drawn_maps(6, 40, 50);
  DetectionScorer joined, split;
  for (const auto& map : maps) {
    cv::Mat score, truth;  // two images side by side, a column of normal pixels between them
    const cv::Mat gap_score(40, 1, CV_32FC1, cv::Scalar(-9)), gap_truth = cv::Mat::zeros(40, 1, CV_8UC1);
    cv::hconcat(std::vector<cv::Mat>{map.score, gap_score, maps[2].score}, score);
    cv::hconcat(std::vector<cv::Mat>{map.truth, gap_truth, maps[2].truth}, truth);
    joined.add(score, truth);
    split.add(map.score, map.truth);
    split.add(gap_score, cv::Mat());
    split.add(maps[2].score, maps[2].truth);
  }
  const auto a = joined.result(), b = split.result();
  EXPECT_NEAR(*a.auroc_pixel, *b.auroc_pixel, 1e-12);
  EXPECT_NEAR(*a.ap_pixel, *b.ap_pixel, 1e-12);
  EXPECT_NEAR(*a.f1_pixel, *b.f1_pixel, 1e-12);
  EXPECT_NEAR(*a.pro, *b.pro, 1e-12);
}

TEST(DetectionScorer, ResultMayBeAskedForBetweenMaps) {
  const auto maps = drawn_maps(9, 30);
  DetectionScorer scorer;
  for (const auto& map : maps) {
    scorer.add(map.score, map.truth);
    scorer.result();
  }
  expect_same(scorer.result(), scorer_of(maps).result(), 0);
}

TEST(DetectionScorer, WithoutDefectOrNormalSomeScoresAreUndefined) {
  EXPECT_FALSE(DetectionScorer().result().auroc_pixel);
  DetectionScorer scorer;
  scorer.add(cv::Mat(5, 5, CV_32FC1, cv::Scalar(1)), cv::Mat());
  for (const auto& [name, value] : named(scorer.result())) EXPECT_FALSE(value) << name;
  EXPECT_EQ(to_json(scorer.result()).dump(),
            R"({"auroc_image":null,"ap_image":null,"f1_image":null,"auroc_pixel":null,"ap_pixel":null,)"
            R"("f1_pixel":null,"pro":null})");
  DetectionScorer full;
  full.add(cv::Mat(5, 5, CV_32FC1, cv::Scalar(1)), cv::Mat(5, 5, CV_8UC1, cv::Scalar(255)));
  const auto scores = full.result();
  EXPECT_FALSE(scores.auroc_image || scores.auroc_pixel || scores.pro);
  EXPECT_EQ(scores.ap_pixel, 1.0);
  EXPECT_EQ(scores.f1_image, 1.0);
}

TEST(DetectionScorer, RefusesWhatCannotBeScored) {
  const cv::Mat map = cv::Mat::zeros(8, 9, CV_32FC1);
  const auto adding = [](const cv::Mat& score, const cv::Mat& truth) {
    return [=] { DetectionScorer().add(score, truth, "part/007.npy"); };
  };
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    cv::Mat broken = map.clone();
    broken.at<float>(3, 5) = value;
    EXPECT_THAT(adding(broken, {}),
                ThrowsMessage<InputError>(AllOf(HasSubstr("part/007.npy"), HasSubstr("x 5, y 3"))));
  }
  EXPECT_THAT(
      adding(map, cv::Mat::zeros(9, 8, CV_8UC1)),
      ThrowsMessage<InputError>(AllOf(HasSubstr("part/007.npy"), HasSubstr("9x8"), HasSubstr("8x9"))));
  EXPECT_THAT(adding(cv::Mat(), {}), ThrowsMessage<InputError>(HasSubstr("part/007.npy")));
  EXPECT_THAT(adding(cv::Mat::zeros(8, 9, CV_64FC1), {}), ThrowsMessage<InputError>(HasSubstr("32-bit")));
}

TEST(DetectionScorer, ARefusedMapLeavesNoTrace) {
  const auto maps = drawn_maps(6, 30);
  auto scorer = scorer_of(maps);
  EXPECT_THROW(scorer.add(maps[2].score, cv::Mat::zeros(3, 3, CV_8UC1)), InputError);
  EXPECT_EQ(scorer.images(), 6u);
  expect_same(scorer.result(), scorer_of(maps).result(), 0);
}

TEST(DetectionScorer, ThresholdsReachTheLargestF1) {
  const auto scorer = scorer_of(drawn_maps(12, 40, 20));
  const auto thresholds = scorer.best_thresholds();
  const auto reached = scorer.f1_at(thresholds);
  EXPECT_NEAR(*reached.f1_image, *scorer.result().f1_image, 1e-12);
  EXPECT_NEAR(*reached.f1_pixel, *scorer.result().f1_pixel, 1e-12);
  const auto elsewhere = scorer.f1_at({thresholds.image + 1, thresholds.pixel + 1});
  EXPECT_LT(*elsewhere.f1_pixel, *reached.f1_pixel);
  EXPECT_THROW(scorer_of(drawn_maps(1, 20)).best_thresholds(), InputError);
}

TEST(DetectionScorer, CurvesEndWhereEverythingCounts) {
  const auto scorer = scorer_of(drawn_maps(12, 40));
  for (const auto& curve : {scorer.curve_pixel(50), scorer.curve_image(50)}) {
    EXPECT_LE(curve.size(), 50u);
    EXPECT_NEAR(curve.back().recall, 1, 1e-12);
    EXPECT_NEAR(curve.back().false_positive_rate, 1, 1e-12);
    for (std::size_t i = 1; i < curve.size(); ++i) {
      EXPECT_LT(curve[i].threshold, curve[i - 1].threshold);
      EXPECT_GE(curve[i].recall, curve[i - 1].recall);
    }
  }
  EXPECT_NEAR(scorer.curve_pixel(50).back().overlap, 1, 1e-9);
  EXPECT_GT(scorer.curve_pixel(50).size(), 25u);
}

}  // namespace
}  // namespace unidg::testing
