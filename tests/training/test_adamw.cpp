#include <torch/optim.h>
#include <gtest/gtest.h>

#include "unidg/core/error.h"
#include "unidg/training/adamw.h"

namespace unidg::training {
namespace {

NamedParameters two_parameters() {
  torch::manual_seed(5);
  NamedParameters p;
  p.names = {"a", "b"};
  p.tensors = {torch::randn({3, 4}).requires_grad_(), torch::randn({5}).requires_grad_()};
  return p;
}

Tensor objective(const NamedParameters& p, int step) {
  return (p.tensors[0].square().sum() * (1 + 0.1 * step) + (p.tensors[1] - step).abs().sum());
}

TEST(AdamWGolden, FollowsTorchOptimStepByStep) {
  auto ours = two_parameters(), theirs = two_parameters();
  AdamW adamw(ours, {.lr = 0.03, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .weight_decay = 0.1});
  torch::optim::AdamW reference(
      theirs.tensors,
      torch::optim::AdamWOptions(0.03).betas(std::make_tuple(0.9, 0.99)).eps(1e-8).weight_decay(0.1));
  for (int step = 0; step < 12; ++step) {
    objective(ours, step).backward();
    adamw.step(0.03);
    reference.zero_grad();
    objective(theirs, step).backward();
    reference.step();
    for (std::size_t i = 0; i < 2; ++i)
      ASSERT_TRUE(torch::allclose(ours.tensors[i], theirs.tensors[i], 1e-5, 1e-6)) << "step " << step;
  }
}

TEST(AdamW, StateResumesExactly) {
  auto whole = two_parameters(), first = two_parameters();
  AdamW straight(whole, {}), before(first, {});
  for (int step = 0; step < 4; ++step) {
    objective(first, step).backward();
    before.step(1e-2);
  }
  std::map<std::string, Tensor> state;
  before.save(state);
  AdamW after(first, {});
  after.load(state);
  for (int step = 4; step < 9; ++step) {
    objective(first, step).backward();
    after.step(1e-2);
  }
  for (int step = 0; step < 9; ++step) {
    objective(whole, step).backward();
    straight.step(1e-2);
  }
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(torch::equal(whole.tensors[i], first.tensors[i]));
  EXPECT_THROW(after.load({}), FormatError);
}

TEST(Ema, FollowsItsDefinition) {
  auto p = two_parameters();
  Ema ema(p, 0.9);
  auto expected = p.tensors[1].detach().clone();
  for (int n = 1; n <= 30; ++n) {
    {
      torch::NoGradGuard no_grad;
      p.tensors[1].add_(0.5);
    }
    ema.update(p);
    const double decay = std::min(0.9, (1.0 + n) / (10.0 + n));
    expected = decay * expected + (1 - decay) * p.tensors[1].detach();
  }
  EXPECT_TRUE(torch::allclose(ema.tensors()[1], expected, 1e-5, 1e-6));
  const auto live = p.tensors[1].detach().clone();
  ema.swap(p);
  EXPECT_TRUE(torch::allclose(p.tensors[1], expected, 1e-5, 1e-6));
  ema.swap(p);
  EXPECT_TRUE(torch::equal(p.tensors[1].detach(), live));
}

TEST(ClipGradients, BoundsTheJointNorm) {
  auto p = two_parameters();
  objective(p, 3).backward();
  const double before = clip_gradients(p, 1.0);
  EXPECT_GT(before, 1.0);
  const double after = std::sqrt(p.tensors[0].grad().square().sum().item<double>() +
                                 p.tensors[1].grad().square().sum().item<double>());
  EXPECT_NEAR(after, 1.0, 1e-4);
}

}  // namespace
}  // namespace unidg::training
