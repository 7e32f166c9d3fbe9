#include <gtest/gtest.h>

#include "unidg/nn/layers.h"

namespace unidg::nn {
namespace {

double largest(const Tensor& x) { return x.abs().max().item<double>(); }

TEST(Linear, EqualsTorchForEveryShapeOfTokens) {
  torch::manual_seed(1);
  for (const auto& shape : {std::vector<std::int64_t>{7, 12}, {2, 5, 12}, {2, 3, 5, 12}, {1, 12}}) {
    const auto x = torch::randn(shape), w = torch::randn({9, 12}), b = torch::randn({9});
    EXPECT_LT(largest(affine(x, w, b) - torch::linear(x, w, b)), 1e-5);
    EXPECT_LT(largest(affine(x, w) - torch::linear(x, w)), 1e-5);
    EXPECT_LT(largest(affine_gelu(x, w, b) - torch::gelu(torch::linear(x, w, b), "tanh")), 1e-5);
  }
}

TEST(Linear, TakesViewsThatAreNotContiguous) {
  const auto x = torch::randn({2, 12, 5}).transpose(1, 2), w = torch::randn({12, 9}).t();
  EXPECT_LT(largest(affine(x, w) - torch::linear(x, w)), 1e-5);
}

TEST(Linear, GradientsEqualTorchs) {
  torch::manual_seed(2);
  const auto factors = torch::randn({2, 5, 9});
  const auto gradients = [&](auto product) {
    torch::manual_seed(3);
    const auto x = torch::randn({2, 5, 12}).requires_grad_(), w = torch::randn({9, 12}).requires_grad_(),
               b = torch::randn({9}).requires_grad_();
    (product(x, w, b) * factors).sum().backward();
    return std::vector<Tensor>{x.grad(), w.grad(), b.grad()};
  };
  const auto ours = gradients([](auto& x, auto& w, auto& b) { return affine(x, w, b); });
  const auto gelu = gradients([](auto& x, auto& w, auto& b) { return affine_gelu(x, w, b); });
  const auto theirs = gradients([](auto& x, auto& w, auto& b) { return torch::linear(x, w, b); });
  const auto theirs_gelu =
      gradients([](auto& x, auto& w, auto& b) { return torch::gelu(torch::linear(x, w, b), "tanh"); });
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LT(largest(ours[i] - theirs[i]), 1e-4) << i;
    EXPECT_LT(largest(gelu[i] - theirs_gelu[i]), 1e-4) << i;
  }
}

TEST(Linear, FrozenWeightsGetNoGradient) {
  const auto x = torch::randn({3, 12}).requires_grad_(), w = torch::randn({9, 12});
  affine(x, w).sum().backward();
  EXPECT_LT(largest(x.grad() - w.sum(0)), 1e-5);
  EXPECT_FALSE(w.grad().defined());
}

TEST(LinearInt8, IsExactOnValuesThatInt8Holds) {
  const auto x = torch::randint(-127, 128, {5, 64}).to(torch::kFloat32);
  auto w = torch::randint(-127, 128, {9, 64}).to(torch::kFloat32);
  x.select(1, 0).fill_(127), w.select(1, 0).fill_(-127);  // every row uses the full range
  const auto b = torch::randn({9});
  EXPECT_LT(largest(affine_int8(x, quantize_rows(w), b) - torch::linear(x, w, b)),
            0.05);  // fp32 sums near 1e6
}

TEST(LinearInt8, RoundsToNearestStepOfTheRow) {
  const auto q = quantize_rows(torch::tensor({{1.27F, -0.004F, 0.006F, 0.6349F}, {0.F, 0.F, 0.F, 0.F}}));
  EXPECT_TRUE(torch::equal(q.rows, torch::tensor({{127, 0, 1, 63}, {0, 0, 0, 0}}).to(torch::kInt8)));
  EXPECT_FLOAT_EQ(q.scale[0].item<float>(), 0.01F);
}

TEST(LinearInt8, StaysCloseOnGaussianFactorsWithAnOutlierToken) {
  torch::manual_seed(4);
  auto x = torch::randn({40, 256});
  x[3] *= 100;  // one loud token must not cost the others their precision
  const auto w = torch::randn({64, 256}) * 0.02;
  const auto exact = torch::linear(x, w), rounded = affine_int8(x, quantize_rows(w));
  const auto error = (rounded - exact).norm(2, 1) / exact.norm(2, 1);  // token by token
  EXPECT_LT(largest(error), 0.02);
}

TEST(LinearModule, ComputesInBf16AndInt8OnRequest) {
  torch::manual_seed(5);
  const auto x = torch::randn({2, 30, 128});
  for (const auto compute : {LinearCompute::Bf16, LinearCompute::Int8}) {
    Linear module(Scope(weights::noise_source(1))["m"], 128, 64);
    const auto exact = module(x), gelu = module->forward_gelu(x);
    module->set_compute(compute);
    const auto rounded = module(x);
    const auto error = ((rounded - exact).norm() / exact.norm()).item<double>();
    EXPECT_GT(error, 1e-5);  // it is another computation
    EXPECT_LT(error, 0.02);
    EXPECT_LT(largest(module->forward_gelu(x) - gelu), 0.02 * largest(exact));
    EXPECT_EQ(rounded.scalar_type(), torch::kFloat32);
  }
}

}  // namespace
}  // namespace unidg::nn
