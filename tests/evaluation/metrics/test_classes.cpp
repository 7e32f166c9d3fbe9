#include <gmock/gmock.h>

#include "unidg/core/error.h"
#include "unidg/evaluation/metrics/classes.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(ConfusionMatrix, CountsByHand) {
  ConfusionMatrix matrix(std::vector<std::string>{"background", "hole", "scratch", "never"});
  matrix.add(0, 0, 90);
  matrix.add(1, 1, 6);
  matrix.add(1, 0, 2);
  matrix.add(2, 1, 2);
  EXPECT_DOUBLE_EQ(*matrix.accuracy(), 0.96);
  EXPECT_DOUBLE_EQ(*matrix.iou(0), 90.0 / 92);
  EXPECT_DOUBLE_EQ(*matrix.iou(1), 0.6);
  EXPECT_DOUBLE_EQ(*matrix.iou(2), 0);
  EXPECT_FALSE(matrix.iou(3));
  EXPECT_DOUBLE_EQ(*matrix.foreground_iou(), 0.3);
  EXPECT_DOUBLE_EQ(*matrix.mean_iou(), (90.0 / 92 + 0.6) / 3);
  EXPECT_DOUBLE_EQ(*matrix.balanced_accuracy(), (1 + 0.75 + 0) / 3);
}

TEST(ConfusionMatrix, WithoutSamplesNothingIsDefined) {
  const ConfusionMatrix matrix(3);
  EXPECT_FALSE(matrix.accuracy() || matrix.mean_iou() || matrix.foreground_iou() ||
               matrix.balanced_accuracy());
  EXPECT_TRUE(to_json(matrix)["accuracy"].is_null());
}

TEST(ConfusionMatrix, MapsInPartsAreTheWhole) {
  cv::Mat truth(20, 30, CV_16UC1), predicted(20, 30, CV_32SC1);
  cv::randu(truth, 0, 5);
  cv::randu(predicted, 0, 5);
  ConfusionMatrix whole(5), parts(5), lower(5);
  whole.add(truth, predicted);
  parts.add(truth.rowRange(0, 7), predicted.rowRange(0, 7));
  lower.add(truth.rowRange(7, 20), predicted.rowRange(7, 20));
  parts.add(lower);
  EXPECT_EQ(to_json(parts).dump(), to_json(whole).dump());
  EXPECT_EQ(whole.total(), 600);
}

TEST(ConfusionMatrix, RefusesForeignClasses) {
  ConfusionMatrix matrix(3);
  EXPECT_THROW(matrix.add(0, 3), InputError);
  EXPECT_THROW(matrix.add(-1, 0), InputError);
  cv::Mat truth = cv::Mat::zeros(4, 4, CV_8UC1), predicted = truth.clone();
  predicted.at<std::uint8_t>(2, 1) = 9;
  EXPECT_THAT(
      [&] { matrix.add(truth, predicted, "map"); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("map"), HasSubstr("(1, 2)"), HasSubstr("prediction 9"))));
  EXPECT_EQ(matrix.total(), 0);
  EXPECT_THROW(matrix.add(truth, cv::Mat::zeros(4, 5, CV_8UC1)), InputError);
  EXPECT_THROW(matrix.add(ConfusionMatrix(4)), UsageError);
  EXPECT_THROW(ConfusionMatrix(std::vector<std::string>{}), UsageError);
}

}  // namespace
}  // namespace unidg::testing
