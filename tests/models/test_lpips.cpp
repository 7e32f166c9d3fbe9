#include <gmock/gmock.h>
#include <torch/autograd.h>

#include "support/golden.h"
#include "unidg/models/lpips/lpips.h"

namespace unidg::models {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Weights by the formula of tools/golden/perceptual.py: full-size networks need no fixture of their size.
class FormulaSource : public weights::Source {
 public:
  std::string describe() const override { return "formula"; }
  bool contains(const std::string&) const override { return true; }
  std::vector<std::string> names() const override { return {}; }
  std::vector<std::int64_t> shape(const std::string&) const override { return {}; }
  torch::Tensor load(const std::string&) const override { return {}; }
  bool invents() const override { return true; }

  torch::Tensor make(const std::string& name, torch::IntArrayRef shape) const override {
    std::int64_t seed = 0;
    for (std::size_t i = 0; i < name.size(); ++i) seed += static_cast<std::int64_t>(i + 1) * name[i];
    const auto out = torch::empty(shape, torch::kFloat32);
    const auto i = torch::arange(1, out.numel() + 1, torch::kInt64);
    const auto u =
        (i * i * 2654435761 + i * (2 * seed + 1)).bitwise_and(0xFFFFFFFF).to(torch::kFloat64) / 4294967296.0 -
        0.5;
    if (name.starts_with("lin")) return u.clamp_min(0).to(torch::kFloat32).view(shape);
    const double scale =
        shape.size() == 1 ? 0.1 : std::sqrt(24.0 / static_cast<double>(out.numel() / shape[0]));
    return (u * scale).to(torch::kFloat32).view(shape);
  }
};

Lpips formula_lpips(const std::string& net) {
  const weights::Scope scope(std::make_shared<FormulaSource>());
  return Lpips(scope, scope, LpipsConfig::named(net));
}

class LpipsGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(LpipsGolden, MatchesTheLpipsPackage) {
  const std::string net = GetParam();
  const auto golden =
      testing::Golden::load("models/golden/lpips_" + net + ".safetensors");  // tools/golden/perceptual.py
  auto lpips = formula_lpips(net);
  const auto x = golden["x"].requires_grad_(true), y = golden["y"];

  const auto distance = lpips(x, y);
  EXPECT_TENSOR_NEAR(distance, golden["distance"], 1e-5);
  const auto gradient = torch::autograd::grad({(distance * torch::tensor({1.0f, -0.5f})).sum()}, {x})[0];
  EXPECT_TENSOR_NEAR(gradient, golden["gradient"], 1e-4);

  torch::NoGradGuard no_grad;
  EXPECT_TENSOR_NEAR(lpips->spatial(x, y), golden["spatial"], 1e-5);
  auto by_features = torch::zeros({2});
  const auto a = lpips->weighted_features(x), b = lpips->weighted_features(y);
  for (std::size_t k = 0; k < a.size(); ++k) by_features += (a[k] - b[k]).square().sum(1).mean({1, 2});
  EXPECT_TENSOR_NEAR(by_features, golden["distance"], 1e-5);
}
INSTANTIATE_TEST_SUITE_P(Nets, LpipsGolden, ::testing::Values("alex", "vgg16", "squeezenet1_1"));

TEST(Lpips, AFlatPictureHasAFiniteGradient) {
  auto net = LpipsConfig::alex().narrowed(16);
  const weights::Scope scope(weights::memory_source(
      [] {  // dead ReLUs: every feature is zero
        std::map<std::string, torch::Tensor> tensors;
        std::int64_t before = 3;
        for (const auto& [place, width, kernel] :
             {std::tuple{0, 4, 11}, {3, 12, 5}, {6, 24, 3}, {8, 16, 3}, {10, 16, 3}}) {
          const auto name = "features." + std::to_string(place);
          tensors[name + ".weight"] = torch::zeros({width, before, kernel, kernel});
          tensors[name + ".bias"] = -torch::ones({width});
          before = width;
        }
        return tensors;
      }(),
      "dead"));
  const weights::Scope heads(std::make_shared<FormulaSource>());
  Lpips lpips(scope, heads, net);
  const auto x = torch::zeros({1, 3, 64, 64}, torch::requires_grad());
  const auto gradient = torch::autograd::grad({lpips(x, torch::ones({1, 3, 64, 64})).sum()}, {x})[0];
  EXPECT_TRUE(torch::isfinite(gradient).all().item<bool>());
}

TEST(Lpips, NamesWhatIsWrong) {
  const weights::Scope formula(std::make_shared<FormulaSource>());
  auto lpips = Lpips(formula, formula, LpipsConfig::alex().narrowed(16));
  const auto tiny = torch::zeros({1, 3, 9, 30});
  EXPECT_THAT([&] { lpips(tiny, tiny); }, ThrowsMessage<InputError>(HasSubstr("30x9")));
  EXPECT_THAT([] { LpipsConfig::named("vgg19"); }, ThrowsMessage<UsageError>(HasSubstr("vgg19")));

  std::map<std::string, torch::Tensor> negative;
  const auto channels = LpipsConfig::alex().channels();
  for (std::size_t k = 0; k < channels.size(); ++k)
    negative["lin" + std::to_string(k) + ".model.1.weight"] =
        torch::full({1, channels[k], 1, 1}, k == 2 ? -1.0 : 1.0);
  const weights::Scope heads(weights::memory_source(negative, "heads.safetensors"));
  EXPECT_THAT([&] { Lpips(formula, heads, LpipsConfig::alex()); },
              ThrowsMessage<FormatError>(HasSubstr("'lin2.model.1.weight' holds a negative")));
}

}  // namespace
}  // namespace unidg::models
