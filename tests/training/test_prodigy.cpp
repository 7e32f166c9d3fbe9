#include <gtest/gtest.h>

#include "support/golden.h"
#include "unidg/core/error.h"
#include "unidg/training/prodigy.h"

namespace unidg::training {
namespace {

using unidg::testing::Golden;
using unidg::testing::tensors_near;

/// A regression through a matrix and a low-rank pair whose second factor starts at zero.
struct Regression {
  NamedParameters p;
  Tensor x, y;
  explicit Regression(const Golden& golden) : x(golden["x"]), y(golden["y"]) {
    for (const char* name : {"w", "a", "b"}) {
      p.names.emplace_back(name);
      p.tensors.push_back(golden[std::string("start.") + name].clone().requires_grad_());
    }
  }
  void backward() const {
    const auto& t = p.tensors;
    (x.mm(t[0]) + x.mm(t[1]).mm(t[2]) - y).square().mean().backward();
  }
};

Prodigy::Options options_of(const Json& json) {
  Prodigy::Options o;
  const auto betas = json.value("betas", std::vector<double>{0.9, 0.999});
  o.beta1 = betas[0], o.beta2 = betas[1];
  o.weight_decay = json.value("weight_decay", 0.0);
  o.bias_correction = json.value("use_bias_correction", false);
  o.safeguard_warmup = json.value("safeguard_warmup", false);
  o.d0 = json.value("d0", 1e-6);
  o.d_coef = json.value("d_coef", 1.0);
  o.growth_rate = json.value("growth_rate", o.growth_rate);
  o.slice_p = json.value("slice_p", std::int64_t{1});
  return o;
}

class ProdigyGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(ProdigyGolden, FollowsProdigyoptFor200Steps) {
  const auto golden = Golden::load(std::string("training/golden/prodigy_") + GetParam() + ".safetensors");
  const auto options = golden.json("options");
  const Regression run(golden);
  Prodigy prodigy(run.p, options_of(options));
  for (int step = 1; step <= 200; ++step) {
    run.backward();
    prodigy.step(options.value("lr", 1.0));
    const auto kept = golden.below("step_" + std::to_string(step) + ".");
    if (kept.empty()) continue;
    EXPECT_NEAR(prodigy.d() / kept.at("d").item<double>(), 1, 1e-4) << "step " << step;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto& name = run.p.names[i];
      const auto start = golden["start." + name];
      EXPECT_TRUE(tensors_near(run.p.tensors[i] - start, kept.at(name) - start, step == 1 ? 1e-2 : 1e-3))
          << name << " after step " << step;  // the change, which at step 1 is 1e-6 of fp32's values near 1
      EXPECT_TRUE(tensors_near(run.p.tensors[i], kept.at(name), 1e-4)) << name << " after step " << step;
    }
  }
  EXPECT_GT(prodigy.d(), 100 * options_of(options).d0);  // the cases let d grow
}
INSTANTIATE_TEST_SUITE_P(Variants, ProdigyGolden,
                         ::testing::Values("paper", "plain", "sliced", "no_momentum"));

TEST(Prodigy, StateResumesExactly) {
  const auto golden = Golden::load("training/golden/prodigy_paper.safetensors");
  const Regression whole(golden), parts(golden);
  Prodigy straight(whole.p, {});
  for (int step = 0; step < 60; ++step) whole.backward(), straight.step(1);
  std::map<std::string, Tensor> state;
  {
    Prodigy before(parts.p, {});
    for (int step = 0; step < 25; ++step) parts.backward(), before.step(1);
    std::map<std::string, Tensor> live;
    before.save(live);
    for (const auto& [name, tensor] : live) state[name] = tensor.clone();
  }
  Prodigy after(parts.p, {});  // built where training stands, not where it began: p0 comes from the state
  after.load(state);
  for (int step = 25; step < 60; ++step) parts.backward(), after.step(1);
  EXPECT_EQ(after.d(), straight.d());
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(parts.p.tensors[i], whole.p.tensors[i]));
  state.erase("optimizer.p0.w");
  EXPECT_THROW(after.load(state), FormatError);
}

TEST(Prodigy, MovesNothingWithoutAGradient) {
  const auto golden = Golden::load("training/golden/prodigy_paper.safetensors");
  const Regression run(golden);
  Prodigy prodigy(run.p, {});
  prodigy.step(1);
  for (auto& tensor : run.p.tensors) const_cast<Tensor&>(tensor).mutable_grad() = torch::zeros_like(tensor);
  prodigy.step(1);
  EXPECT_TRUE(torch::equal(run.p.tensors[0], golden["start.w"]));
  EXPECT_EQ(prodigy.d(), 1e-6);
}

}  // namespace
}  // namespace unidg::training
