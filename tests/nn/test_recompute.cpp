#include <gtest/gtest.h>

#include "unidg/core/error.h"
#include "unidg/core/torch.h"
#include "unidg/nn/recompute.h"

namespace unidg::nn {
namespace {

TEST(Recompute, RunsTheBlockAgainAndReachesInputsAndParameters) {
  torch::manual_seed(2);
  auto weight = torch::randn({4, 4}).requires_grad_();
  int runs = 0;
  const Block block = [&](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    ++runs;
    return {torch::tanh(in[0].mm(weight)) * in[1], in[0].sum()};
  };
  const auto gradients = [&](bool again) {
    auto x = torch::linspace(-1, 1, 12).view({3, 4}).requires_grad_(),
         y = torch::full({3, 1}, 0.7).requires_grad_();
    weight.mutable_grad() = Tensor();
    const auto out = again ? recompute(block, {x, y}) : block({x, y});
    (out[0].square().sum() + out[1]).backward();
    return std::vector<Tensor>{x.grad(), y.grad(), weight.grad()};
  };
  const auto expected = gradients(false);
  EXPECT_EQ(runs, 1);
  const auto found = gradients(true);
  EXPECT_EQ(runs, 3);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(torch::allclose(found[i], expected[i])) << i;
}

TEST(Recompute, ParametersLearnThoughNoInputAsksForAGradient) {
  auto weight = torch::ones({2}).requires_grad_();
  const auto out =
      recompute([&](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {in[0] * weight}; },
                {torch::full({2}, 3.0)});
  out[0].sum().backward();
  EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2}, 3.0)));
}

TEST(Recompute, IsTheBlockItselfWithoutGradients) {
  int runs = 0;
  const torch::NoGradGuard no_grad;
  const auto out = recompute(
      [&](const std::vector<Tensor>& in) -> std::vector<Tensor> {
        ++runs;
        return {in[0] + 1};
      },
      {torch::zeros({2})});
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(out[0].requires_grad());
  EXPECT_THROW(recompute({}, {}), std::exception);
}

}  // namespace
}  // namespace unidg::nn
