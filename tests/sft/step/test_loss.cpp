#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/core/error.h"
#include "unidg/flow/loss.h"
#include "unidg/nn/lora.h"
#include "unidg/sft/step/loss.h"
#include "unidg/training/adamw.h"
#include "unidg/training/prodigy.h"

namespace unidg::sft {
namespace {

using unidg::testing::Golden;
using unidg::testing::tensors_near;

/// The tiny Fill transformer of the fixture with its factors, its pairs, noise levels and noise.
struct Case {
  Golden golden = Golden::load("sft/step/golden/sft_step.safetensors");
  models::FluxTransformer transformer{nullptr};
  weights::Adapter adapter;
  training::NamedParameters factors;  ///< "<path>.a", "<path>.b", as in the fixture
  Batch batch;

  Case() {
    const auto scope = golden.weights();
    transformer =
        models::FluxTransformer(scope, models::flux_config_from_json(golden.json("config"), "config"));
    const auto lora = golden.json("lora");
    adapter = nn::attach_lora(*transformer, nn::lora_targets(*transformer, "insert-anything"),
                              lora["rank"].get<std::int64_t>(), lora["alpha"].get<double>(), 1, "sft");
    torch::NoGradGuard no_grad;
    for (auto& [path, low] : adapter.modules)
      for (const auto& [name, tensor] : {std::pair{".a", low.a}, std::pair{".b", low.b}}) {
        factors.names.push_back(path + name), factors.tensors.push_back(tensor);
        factors.tensors.back().copy_(golden["lora.start." + path + name]);
      }
    const auto of = [&](const char* name) { return golden[std::string("batch.") + name]; };
    batch = {2,
             6,
             of("x0"),
             of("condition"),
             of("redux"),
             of("normal"),
             of("has_normal").to(torch::kBool),
             of("left").to(torch::kBool),
             of("right").to(torch::kBool)};
  }
  Tensor t(std::int64_t step) const { return golden["t"][step]; }
  Tensor noise(std::int64_t step) const { return golden["noise"][step]; }
  Loss loss_of(std::int64_t step, const LossConfig& config = {}) {
    return loss(transformer, batch, t(step), noise(step), count(batch, t(step), config), config);
  }
};

TEST(SftStepGolden, FollowsDiffusersPeftAndProdigyoptFor50Steps) {
  Case c;
  EXPECT_EQ(c.factors.names.size(), c.golden.below("lora.start.").size());
  training::Prodigy prodigy(c.factors, {});
  for (std::int64_t step = 0; step < 50; ++step) {
    const auto found = c.loss_of(step);
    EXPECT_NEAR(found.flow, c.golden["flow"][step].item<double>(), 1e-5) << step;
    EXPECT_NEAR(found.regularisation, c.golden["reg"][step].item<double>(), 1e-5) << step;
    found.total.backward();
    if (step == 0)
      for (std::size_t i = 0; i < c.factors.names.size(); ++i)
        EXPECT_TRUE(
            tensors_near(c.factors.tensors[i].grad(), c.golden["lora.grad." + c.factors.names[i]], 1e-4))
            << c.factors.names[i];
    const auto norm = training::clip_gradients(c.factors, 0.5);
    EXPECT_NEAR(norm / c.golden["grad_norm"][step].item<double>(), 1, 1e-4) << step;
    prodigy.step(1);
    EXPECT_NEAR(prodigy.d() / c.golden["d"][step].item<double>(), 1, 1e-3) << step;
    if (step != 0 && step != 49) continue;
    const auto kept = c.golden.below("lora.step_" + std::to_string(step + 1) + ".");
    for (std::size_t i = 0; i < c.factors.names.size(); ++i) {
      const auto& name = c.factors.names[i];
      const auto start = c.golden["lora.start." + name];
      // After one step A has moved by rounding errors of fp32 alone (d = 1e-6, gradients zero while B is).
      if (step == 0 && name.ends_with(".a")) continue;
      EXPECT_TRUE(tensors_near(c.factors.tensors[i] - start, kept.at(name) - start, 1e-3))
          << name << " " << step;
    }
  }
}

TEST(NormalRegularisationGolden, ValueAndGradientInBothSpaces) {
  const auto golden = Golden::load("sft/step/golden/eq9.safetensors");
  for (const auto& [name, space] :
       {std::pair{"packed", flow::LatentSpace::Packed}, std::pair{"latent", flow::LatentSpace::Latent}}) {
    const auto z = golden["z"].clone().requires_grad_();
    const auto counts = golden["batch.has_normal"].to(torch::kBool);
    // Two items count: the third has neither mask nor counterpart.
    const auto value =
        flow::normal_regularisation_sum(z, golden["batch.normal"], golden["batch.right"].to(torch::kBool),
                                        counts, 0.5, space) /
        2;
    value.backward();
    EXPECT_TRUE(tensors_near(value, golden[name], 1e-5)) << name;
    EXPECT_TRUE(tensors_near(z.grad(), golden[std::string(name) + ".grad"], 1e-4)) << name;
  }
}

TEST(SftLoss, CollapsedTextEquals512Tokens) {
  Case c;
  torch::NoGradGuard no_grad;
  LossConfig all;
  all.collapse_text = false;
  EXPECT_NEAR(c.loss_of(3).total.item<double>(), c.loss_of(3, all).total.item<double>(), 1e-5);
}

TEST(SftLoss, PartsOfABatchAddUpToTheWhole) {
  Case whole, parts;
  const LossConfig config;
  const auto one = whole.loss_of(0, config);
  one.total.backward();
  const auto counts = count(parts.batch, parts.t(0), config);
  EXPECT_EQ(counts.items, 2);
  double flow = 0, regularisation = 0;
  for (std::int64_t i = 0; i < 3; ++i) {  // the last part has no item for Eq. 9
    const auto some = loss(parts.transformer, parts.batch.part(i, 1), parts.t(0).narrow(0, i, 1),
                           parts.noise(0).narrow(0, i, 1), counts, config);
    some.total.backward();
    flow += some.flow, regularisation += some.regularisation;
  }
  EXPECT_NEAR(flow, one.flow, 1e-6);
  EXPECT_NEAR(regularisation, one.regularisation, 1e-6);
  for (std::size_t i = 0; i < whole.factors.tensors.size(); ++i)
    EXPECT_TRUE(tensors_near(parts.factors.tensors[i].grad(), whole.factors.tensors[i].grad(), 1e-4))
        << whole.factors.names[i];
}

TEST(SftLoss, RecomputedBlocksGiveTheSameGradients) {
  Case kept, again;
  again.transformer->set_recompute(true);
  for (int round = 0; round < 2; ++round) {  // gradients accumulate as ever
    const auto one = kept.loss_of(round), other = again.loss_of(round);
    EXPECT_NEAR(one.total.item<double>(), other.total.item<double>(), 1e-5);
    one.total.backward();
    other.total.backward();
  }
  for (std::size_t i = 0; i < kept.factors.tensors.size(); ++i)
    EXPECT_TRUE(tensors_near(again.factors.tensors[i].grad(), kept.factors.tensors[i].grad(), 1e-4))
        << kept.factors.names[i];
}

TEST(SftLoss, SwitchesChooseWhatCounts) {
  Case c;
  torch::NoGradGuard no_grad;
  LossConfig config;
  EXPECT_EQ(count(c.batch, c.t(0), config).elements, 3 * 12 * 8);
  config.loss_region = "right";
  EXPECT_EQ(count(c.batch, c.t(0), config).elements, 3 * 6 * 8);
  config.loss_region = "target";
  EXPECT_EQ(count(c.batch, c.t(0), config).elements, 4 * 8);
  EXPECT_NE(c.loss_of(0, config).flow, c.loss_of(0).flow);
  config.reg_t_max = 0;
  EXPECT_EQ(count(c.batch, c.t(0), config).items, 0);
  EXPECT_EQ(c.loss_of(0, config).regularisation, 0);
  LossConfig plain;
  plain.attention_set = "off";
  EXPECT_NE(c.loss_of(0, plain).flow, c.loss_of(0).flow);
  c.batch.has_normal.fill_(false);
  EXPECT_EQ(count(c.batch, c.t(0), {}).items, 0);
  EXPECT_TRUE(std::isfinite(c.loss_of(0).total.item<double>()));
}

TEST(LogitNormal, HasItsMomentsAndDependsOnTheNumberAlone) {
  double sum = 0, squares = 0, below = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double t = flow::logit_normal(4, i, 0.3, 1.2), z = std::log(t / (1 - t));
    sum += z, squares += z * z, below += t < 0.5;
  }
  EXPECT_NEAR(sum / kDraws, 0.3, 0.03);
  EXPECT_NEAR(squares / kDraws - 0.09, 1.44, 0.05);
  EXPECT_NEAR(below / kDraws, 0.4013, 0.015);  // Phi(-0.25)
  EXPECT_EQ(flow::logit_normal(4, 7), flow::logit_normal(4, 7));
  EXPECT_NE(flow::logit_normal(4, 7), flow::logit_normal(5, 7));
}

}  // namespace
}  // namespace unidg::sft
