#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/mobilenet/mobilenet_v2.h"

namespace unidg::models {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(MobileNetGolden, MatchesReference) {
  torch::NoGradGuard no_grad;
  const auto golden =
      testing::Golden::load("models/golden/mobilenet_v2.safetensors");  // tools/golden/mobilenet.py
  const auto scope = golden.weights();
  MobileNetV2 net(scope, MobileNetV2Config::tiny());
  EXPECT_NO_THROW(scope.require_all_used());
  const auto maps = net->feature_maps(golden["x"]);
  ASSERT_EQ(maps.size(), 3u);
  for (std::size_t i = 0; i < maps.size(); ++i)
    EXPECT_TENSOR_NEAR(maps[i], golden["map." + std::to_string(i)], 1e-5);
  EXPECT_TENSOR_NEAR(net->features(golden["x"]), golden["features"], 1e-5);
  EXPECT_TENSOR_NEAR(net->classify(golden["x"]), golden["logits"], 1e-5);
}

TEST(MobileNet, WidthOneGives1280FeaturesAndFiveMaps) {
  torch::NoGradGuard no_grad;
  MobileNetV2 net(weights::Scope(weights::noise_source(1)));
  const auto x = torch::zeros({1, 3, 65, 64});
  EXPECT_EQ(net->features(x).sizes(), (std::vector<std::int64_t>{1, 1280}));
  const auto maps = net->feature_maps(x);
  ASSERT_EQ(maps.size(), 5u);
  EXPECT_EQ(maps.front().sizes(), (std::vector<std::int64_t>{1, 16, 33, 32}));
  EXPECT_EQ(maps.back().sizes(), (std::vector<std::int64_t>{1, 320, 3, 2}));
}

TEST(MobileNet, ClassifyNeedsTheClassifier) {
  const auto golden = testing::Golden::load("models/golden/mobilenet_v2.safetensors");
  auto weights = golden.below("weights.");
  weights.erase("classifier.1.weight");
  MobileNetV2 net(weights::Scope(weights::memory_source(weights, "fixture")), MobileNetV2Config::tiny());
  EXPECT_THAT([&] { net->classify(golden["x"]); },
              ThrowsMessage<FormatError>(HasSubstr("classifier.1.weight")));
}

}  // namespace
}  // namespace unidg::models
