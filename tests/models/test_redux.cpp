#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/redux/redux.h"

namespace unidg::models {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Redux, EmbedsEveryTokenAlone) {
  torch::NoGradGuard no_grad;
  ReduxEmbedder net(weights::Scope(weights::noise_source(1)), ReduxConfig::tiny());
  const auto tokens = torch::randn({1, 5, 12});
  EXPECT_TENSOR_NEAR(net(tokens).narrow(1, 3, 1), net(tokens.narrow(1, 3, 1)), 1e-6);
}

TEST(Redux, WidthsAreSeenInTheWeights) {
  const auto golden = testing::Golden::load("models/golden/redux_narrow.safetensors");
  const auto config = ReduxConfig::infer(golden.weights());
  EXPECT_EQ(config.redux_dim, 21);
  EXPECT_EQ(config.txt_in_features, 6);
  EXPECT_THAT([&] { ReduxConfig::infer(golden.weights("in.")); },
              ThrowsMessage<FormatError>(HasSubstr("no Redux embedder")));
}

}  // namespace
}  // namespace unidg::models
