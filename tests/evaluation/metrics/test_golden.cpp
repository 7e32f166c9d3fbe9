#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/evaluation/metrics/classes.h"
#include "unidg/evaluation/metrics/detection.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation;

cv::Mat mat_of(const torch::Tensor& tensor) {
  const auto map = tensor.contiguous();
  const int type = map.scalar_type() == torch::kFloat32 ? CV_32FC1 : CV_8UC1;
  return cv::Mat(static_cast<int>(map.size(0)), static_cast<int>(map.size(1)), type, map.data_ptr()).clone();
}

void expect_score(const Json& found, const Json& expected, const std::string& where) {
  ASSERT_EQ(found.is_null(), expected.is_null()) << where << ": " << found << ", expected " << expected;
  if (expected.is_null()) return;
  EXPECT_NEAR(found.get<double>(), expected.get<double>(), 1e-6) << where;
}

class GoldenMaps : public ::testing::TestWithParam<std::string> {
 protected:
  /// The scores of this case as tools/golden/metrics.py and as DetectionScorer see it.
  Json scores(MetricConfig config) {
    config.gt = stored["gt"].get<std::string>();
    DetectionScorer scorer(config);
    for (int i = 0; i < stored["images"].get<int>(); ++i) {
      const auto at = GetParam() + "." + std::to_string(i);
      scorer.add(mat_of(golden[at + ".score"]), mat_of(golden[at + ".truth"]), at);
    }
    return to_json(scorer.result());
  }
  const Golden golden = Golden::load("evaluation/metrics/golden/maps.safetensors");
  const Json stored = golden.json(GetParam());
};

TEST_P(GoldenMaps, AsScikitLearnAndMvtec) {
  const auto& expected = stored["expected"];
  const auto found = scores({});
  EXPECT_EQ(found.size(), 7u);
  for (const auto& [name, value] : found.items()) expect_score(value, expected[name], name);
}

TEST_P(GoldenMaps, Variants) {
  MetricConfig config;
  config.pro = "100";
  config.image_score = "max";
  const auto& expected = stored["expected"];
  const auto found = scores(config);
  expect_score(found["pro"], expected["pro_100"], "pro of 100 thresholds");
  for (const auto* name : {"auroc_image", "ap_image", "f1_image"})
    expect_score(found[name], expected[std::string(name) + "_of_max"], name);
}

INSTANTIATE_TEST_SUITE_P(, GoldenMaps,
                         ::testing::Values("plain", "sizes", "ties", "two_values", "constant", "range",
                                           "perfect", "reversed", "no_normal_image", "one_image_all_defect",
                                           "no_normal_pixel", "no_defect", "diagonal", "grey",
                                           "grey_published"),
                         [](const auto& info) { return info.param; });

TEST(GoldenRanking, AsScikitLearn) {
  const auto golden = Golden::load("evaluation/metrics/golden/ranking.safetensors");
  for (const std::string name : {"plain", "ties", "one_positive", "all_positive", "constant", "close"}) {
    const auto scores = golden[name + ".scores"].contiguous();
    const auto labels = golden[name + ".labels"].contiguous();
    std::vector<bool> is_positive;
    for (std::int64_t i = 0; i < labels.numel(); ++i)
      is_positive.push_back(labels.data_ptr<std::uint8_t>()[i] != 0);
    const auto* first = scores.data_ptr<double>();
    const auto found = rank({first, first + scores.numel()}, is_positive);
    const auto expected = golden.json(name);
    const auto json = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
    expect_score(json(found.auroc), expected["auroc"], name + " auroc");
    expect_score(json(found.ap), expected["ap"], name + " ap");
    expect_score(json(found.f1), expected["f1"], name + " f1");
  }
}

TEST(GoldenClasses, AsScikitLearn) {
  const auto golden = Golden::load("evaluation/metrics/golden/classes.safetensors");
  ConfusionMatrix matrix(74);
  matrix.add(mat_of(golden["truth"]), mat_of(golden["predicted"]));
  const auto counts = golden["counts"];
  for (int i = 0; i < 74; ++i)
    for (int j = 0; j < 74; ++j) EXPECT_EQ(matrix.count(i, j), counts[i][j].item<std::int64_t>());
  const auto found = to_json(matrix), expected = golden.json("expected");
  for (const auto* name : {"accuracy", "miou", "bg_iou", "fg_iou"})
    expect_score(found[name], expected[name], name);
  EXPECT_NEAR(*matrix.balanced_accuracy(), expected["balanced_accuracy"].get<double>(), 1e-6);
}

}  // namespace
}  // namespace unidg::testing
