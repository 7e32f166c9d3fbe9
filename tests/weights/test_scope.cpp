#include <gmock/gmock.h>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/weights/scope.h"

namespace unidg::weights {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::shared_ptr<Source> two_layers() {
  return memory_source({{"block.linear1.weight", torch::ones({2, 3})},
                        {"block.linear1.bias", torch::zeros({2})},
                        {"block.ids", torch::arange(3)}},
                       "memory");
}

TEST(Scope, NamesTheMissingTensorAndTheClosest) {
  const Scope scope(two_layers());
  EXPECT_THAT(
      [&] {
        scope["block"].take("linear2.weight", {2, 3});
      },
      ThrowsMessage<FormatError>(AllOf(HasSubstr("no tensor 'block.linear2.weight'"),
                                       HasSubstr("closest: 'block.linear1.weight'"))));
}

TEST(Scope, SaysBothShapes) {
  const Scope scope(two_layers());
  EXPECT_THAT(
      [&] {
        scope.take("block.linear1.weight", {3, 2});
      },
      ThrowsMessage<FormatError>(AllOf(HasSubstr("[2, 3]"), HasSubstr("[3, 2]"))));
}

TEST(Scope, ReportsLeftovers) {
  const Scope scope(two_layers());
  scope["block"]["linear1"].take("weight", {2, 3});
  EXPECT_THAT(scope.unused(), ElementsAre("block.ids", "block.linear1.bias"));
  EXPECT_THAT([&] { scope.require_all_used(); },
              ThrowsMessage<FormatError>(HasSubstr("2 tensors would be ignored")));
  EXPECT_THAT([&] { scope.require_all_used([](const auto& name) { return name.ends_with("ids"); }); },
              ThrowsMessage<FormatError>(HasSubstr("'block.linear1.bias'")));
  scope.take("block.linear1.bias", {2});
  EXPECT_NO_THROW(scope.require_all_used([](const auto& name) { return name == "block.ids"; }));
}

TEST(Scope, OptionalTensorsMayBeAbsentButNotMisshapen) {
  const Scope scope(two_layers());
  EXPECT_FALSE(scope.take_optional("nothing", {2}).defined());
  EXPECT_TRUE(scope.take_optional("block.linear1.bias", {2}).defined());
  EXPECT_THROW(scope.take_optional("block.linear1.bias", {3}), FormatError);
}

TEST(Scope, ConvertsFloatsToThePolicyAndLeavesIntegers) {
  const Scope scope(two_layers(), {torch::kBFloat16, torch::kCPU});
  EXPECT_EQ(scope.take("block.linear1.weight", {2, 3}).scalar_type(), torch::kBFloat16);
  EXPECT_EQ(scope.take("block.ids", {3}).scalar_type(), torch::kInt64);
}

TEST(Scope, GivesTheMappedViewWhenNothingHasToChange) {
  const testing::TempFolder folder;
  save_safetensors(folder / "w.safetensors", {{"w", torch::ones({4})}});
  const auto source = open_source(folder / "w.safetensors");
  EXPECT_EQ(Scope(source).take("w", {4}).data_ptr(), source->load("w").data_ptr());
  EXPECT_EQ(Scope(source, {torch::kBFloat16, torch::kCPU}).take("w", {4}).scalar_type(), torch::kBFloat16);
}

TEST(NoiseSource, DependsOnSeedAndNameOnly) {
  const Scope first(noise_source(1)), again(noise_source(1)), other(noise_source(2));
  const auto w = first["a"].take("weight", {8, 5});
  first.take("something.else", {3, 3});
  EXPECT_TRUE(torch::equal(w, again.take("a.weight", {8, 5})));
  EXPECT_FALSE(torch::equal(w, other.take("a.weight", {8, 5})));
  EXPECT_FALSE(torch::equal(w, again.take("b.weight", {8, 5})));
}

TEST(NoiseSource, ScalesByFanInAndKeepsNormsNeutral) {
  const Scope noise(noise_source(3));
  EXPECT_NEAR(noise.take("linear.weight", {64, 400}).std().item<double>(), 0.05, 0.003);
  EXPECT_NEAR(noise.take("conv.weight", {32, 16, 3, 3}).std().item<double>(), 1 / 12.0, 0.004);
  EXPECT_TRUE(torch::equal(noise.take("norm.weight", {7}), torch::ones({7})));
  EXPECT_TRUE(torch::equal(noise.take("query_norm.scale", {7}), torch::ones({7})));
  EXPECT_TRUE(torch::equal(noise.take("linear.bias", {7}), torch::zeros({7})));
  EXPECT_TRUE(noise.unused().empty());
}

}  // namespace
}  // namespace unidg::weights
