#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/evaluation/downstream/calibration.h"
#include "unidg/evaluation/downstream/focal_loss.h"
#include "unidg/evaluation/downstream/hidden_head.h"
#include "unidg/evaluation/downstream/linear_head.h"
#include "unidg/evaluation/downstream/prepared.h"
#include "unidg/evaluation/downstream/trainer.h"

namespace unidg::evaluation {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(FocalLossGolden, ValueAndGradientForTwoAndFiveClasses) {  // tools/golden/downstream.py
  const auto golden = testing::Golden::load("evaluation/downstream/golden/focal.safetensors");
  for (const std::string classes : {"2.", "5."}) {
    const auto logits = golden[classes + "logits"].requires_grad_(true);
    const auto loss = focal_loss(logits, golden[classes + "target"], 2);
    loss.backward();
    EXPECT_TENSOR_NEAR(loss, golden[classes + "loss"], 1e-5);
    EXPECT_TENSOR_NEAR(logits.grad(), golden[classes + "grad"], 1e-4);
  }
}

TEST(LearningRate, FallsToAFifthAt80AndAgainAt90Percent) {
  const Recipe paper;
  const auto at = [&](std::int64_t epoch) { return learning_rate(paper, 0, 1, epoch); };
  EXPECT_DOUBLE_EQ(at(159), 1e-4);
  EXPECT_DOUBLE_EQ(at(160), 2e-5);
  EXPECT_DOUBLE_EQ(at(179), 2e-5);
  EXPECT_DOUBLE_EQ(at(180), 4e-6);
}

TEST(LearningRate, OneCycleRisesAndEndsNearZero) {
  const Recipe recipe{.lr = 1, .schedule = "one_cycle"};
  EXPECT_LT(learning_rate(recipe, 0, 100, 0), 0.1);
  EXPECT_NEAR(learning_rate(recipe, 20, 100, 0), 1, 1e-9);
  EXPECT_LT(learning_rate(recipe, 99, 100, 0), 0.02);
}

TEST(NetworkMask, CoverageDecidesAndAThinDefectStays) {
  cv::Mat mask = cv::Mat::zeros(256, 256, CV_8UC1);
  mask(cv::Rect(0, 0, 3, 4)).setTo(255);  // three quarters of one cell of 4 x 4
  mask(cv::Rect(8, 0, 1, 4)).setTo(255);  // a quarter of another
  EXPECT_EQ(cv::countNonZero(network_mask(mask, 64, 0.5)), 1);
  EXPECT_EQ(cv::countNonZero(network_mask(mask, 64, 0.2)), 2);
  mask(cv::Rect(0, 0, 3, 4)).setTo(0);
  const auto thin = network_mask(mask, 64, 0.5);
  EXPECT_EQ(cv::countNonZero(thin), 1);
  EXPECT_EQ(thin.at<unsigned char>(0, 2), 255);
  EXPECT_EQ(cv::countNonZero(network_mask({}, 64, 0.5)), 0);
}

TEST(Standardised, ExposureGoesAndColourStays) {
  auto x = torch::rand({2, 3, 8, 8}, torch::TensorOptions().dtype(torch::kFloat32));
  x.select(1, 0).add_(0.5);  // reddish
  const auto brighter = standardised(0.5 * x + 0.3);
  EXPECT_TENSOR_NEAR(standardised(x), brighter, 1e-5);
  EXPECT_LT(brighter.mean({1, 2, 3}).abs().max().item<float>(), 1e-5);
  EXPECT_GT(brighter.select(1, 0).mean().item<float>(), brighter.select(1, 1).mean().item<float>() + 0.5);
  EXPECT_LT(standardised(torch::full({1, 3, 8, 8}, 0.7f)).abs().max().item<float>(), 1e-3);
}

TEST(SegmentationSet, HalfIsGoodAndTypesAreDrawnEvenly) {
  TrainingSet set{.types = {"a", "b"}};
  const auto flat = [](int value) { return cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(value)); };
  const cv::Mat all(64, 64, CV_8UC1, cv::Scalar(255));
  set.good.push_back({flat(10), {}, -1, "g"});
  for (int i = 0; i < 9; ++i) set.defective.push_back({flat(20), all, 0, "a"});
  set.defective.push_back({flat(30), all, 1, "b"});
  SegmentationSet prepared(64, 0.5);
  prepared.add(set, {3, 5});
  Rng rng(1);
  const auto batch = prepared.draw(2000, 0.5, rng);
  const auto share = [&](int value) {
    return batch.classes.select(1, 0).select(1, 0).eq(value).to(torch::kFloat64).mean().item<double>();
  };
  EXPECT_NEAR(share(0), 0.5, 0.04);
  EXPECT_NEAR(share(3), 0.25, 0.04);  // nine pictures of type a weigh as much as the one of type b
  EXPECT_NEAR(share(5), 0.25, 0.04);
}

TEST(LinearHead, SeparatesWhatIsSeparable) {
  torch::manual_seed(3);
  const auto labels = torch::arange(90).remainder(3);
  const auto centres = torch::randn({3, 20}) * 3;
  const auto features = centres.index_select(0, labels) + 0.3 * torch::randn({90, 20});
  const auto head = fit_linear_head(features, labels, 3, 1e-2);
  EXPECT_TRUE(head.logits(features).argmax(1).eq(labels).all().item<bool>());
  const auto stronger = fit_linear_head(features, labels, 3, 10);
  EXPECT_LT(stronger.weight.norm().item<double>(), head.weight.norm().item<double>());
}

// Four clouds, diagonal ones of one class: no line parts them.
TEST(HiddenHead, LearnsWhatNoLineParts) {
  torch::manual_seed(4);
  const auto corner = torch::arange(400).remainder(4);
  const auto signs = torch::stack({corner.remainder(2), corner.floor_divide(2)}, 1) * 2 - 1;
  const auto features = signs + 0.3 * torch::randn({400, 2});
  const auto labels = signs.select(1, 0).eq(signs.select(1, 1)).to(torch::kInt64);
  const auto right = [&](const auto& head) {
    return head.logits(features).argmax(1).eq(labels).to(torch::kFloat32).mean().template item<double>();
  };
  EXPECT_LT(right(fit_linear_head(features, labels, 2, 1e-3)), 0.75);
  const HiddenHeadConfig config{.units = 16, .members = 2, .epochs = 60, .batch = 32, .lr = 1e-2};
  const auto head = fit_hidden_head(features, labels, 2, config, 7);
  EXPECT_GT(right(head), 0.97);
  EXPECT_LT(head.loss, 0.1);
  EXPECT_NEAR(head.logits(features).exp().sum(1).sub(1).abs().max().item<double>(), 0, 1e-5);
  EXPECT_EQ(head.members.size(), 2u);
  EXPECT_EQ(head.parameters(), 2 * (16 * 2 + 16 + 2 * 16 + 2));
  const auto again = fit_hidden_head(features, labels, 2, config, 7);
  EXPECT_TRUE(again.logits(features).equal(head.logits(features)));
  EXPECT_FALSE(fit_hidden_head(features, labels, 2, config, 8).logits(features).equal(head.logits(features)));
}

cv::Mat half_map(float left, float right) {
  cv::Mat map(32, 32, CV_32FC1, cv::Scalar(left));
  map(cv::Rect(16, 0, 16, 32)).setTo(right);
  return map;
}

JudgedMaps judged(float defect) {
  cv::Mat truth = cv::Mat::zeros(32, 32, CV_8UC1);
  truth(cv::Rect(16, 0, 16, 32)).setTo(255);
  return {{half_map(0.1f, defect), half_map(0.1f, 0.1f)}, {truth, {}}};
}

TEST(Calibration, AThresholdLearnedWhereDefectsAreLouderMissesTheRealOnes) {
  const auto same = calibrate(judged(0.9f), judged(0.9f));
  EXPECT_DOUBLE_EQ(same.real.f1_pixel.value(), 1);
  EXPECT_DOUBLE_EQ(same.real.f1_image.value(), 1);
  const auto louder = calibrate(judged(0.9f), judged(0.6f));
  EXPECT_FLOAT_EQ(static_cast<float>(louder.learned.pixel), 0.9f);
  EXPECT_EQ(louder.real.f1_pixel.value(), 0);
  EXPECT_DOUBLE_EQ(louder.ceiling.f1_pixel.value(), 1);
}

TEST(Calibration, NamesTheSideThatCannotBeUsed) {
  auto all_good = judged(0.9f);
  all_good.truths = {{}, {}};
  EXPECT_THAT([&] { calibrate(all_good, judged(0.9f)); }, ThrowsMessage<InputError>(HasSubstr("generated")));
  EXPECT_THAT([&] { calibrate(judged(0.9f), all_good); },
              ThrowsMessage<InputError>(HasSubstr("real pictures")));
}

}  // namespace
}  // namespace unidg::evaluation
