#include <gmock/gmock.h>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/models/flux/transformer.h"
#include "unidg/nn/lora.h"

namespace unidg::sft {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// FLUX.1-Fill's depth, a few channels wide.
models::FluxTransformer deep_and_narrow() {
  auto config = models::flux_fill();
  config.heads = 1, config.head_dim = 8, config.axes = {2, 4, 2}, config.joint_dim = 6, config.pooled_dim = 4;
  config.in_channels = 12, config.out_channels = 2;
  return models::FluxTransformer(weights::Scope(weights::noise_source(3)), config);
}

TEST(LoraTargets, TheTwoPublishedListsFitAsManyModulesAsTheirsDo) {
  auto network = deep_and_narrow();
  const auto fill = nn::lora_targets(*network, "insert-anything"),
             grpo = nn::lora_targets(*network, "flow-grpo");
  EXPECT_EQ(fill.size(), 343U);
  EXPECT_EQ(grpo.size(), 342U);
  const auto has = [](const std::vector<std::string>& list, const char* path) {
    return std::find(list.begin(), list.end(), path) != list.end();
  };
  EXPECT_TRUE(has(fill, "x_embedder"));
  EXPECT_TRUE(has(fill, "single_transformer_blocks.37.proj_mlp"));
  EXPECT_FALSE(has(fill, "transformer_blocks.0.attn.add_q_proj"));
  EXPECT_FALSE(has(fill, "proj_out"));
  EXPECT_TRUE(has(grpo, "transformer_blocks.18.ff_context.net.0.proj"));
  EXPECT_FALSE(has(grpo, "single_transformer_blocks.0.proj_out"));
  EXPECT_EQ(nn::lora_targets(*network, R"(transformer_blocks\.[01]\.attn\.to_q)").size(), 2U);
}

TEST(LoraTargets, SaysWhenNothingFits) {
  auto network = deep_and_narrow();
  EXPECT_THAT([&] { nn::lora_targets(*network, "to_q"); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("'to_q' fits none"), HasSubstr("whole paths"))));
  EXPECT_THAT([&] { nn::lora_targets(*network, "(("); },
              ThrowsMessage<UsageError>(HasSubstr("regular expression")));
}

TEST(TrainedLora, SavedAndReadAgainIsTheSameNetwork) {
  torch::NoGradGuard no_grad;
  auto trained = deep_and_narrow(), fresh = deep_and_narrow(), untouched = deep_and_narrow();
  const auto adapter =
      nn::attach_lora(*trained, nn::lora_targets(*trained, "insert-anything"), 4, 8, 5, "sft");
  const auto q = torch::randn({1, 6, 12});
  const auto run = [&](models::FluxTransformer& network) {
    models::JointContext context;
    context.rope = network->rope(torch::zeros({2, 3}), torch::zeros({6, 3}));
    const auto t = torch::full({1}, 0.5);
    return network(q, torch::ones({1, 2, 6}), network->modulations(t, t), context);
  };
  const auto before = run(untouched);
  EXPECT_TRUE(torch::allclose(run(trained), before, 1e-5, 1e-6)) << "B = 0: nothing changes before training";
  for (const auto& [path, low] : adapter.modules) low.b.normal_(0, 0.05);
  const auto after = run(trained);
  EXPECT_FALSE(torch::allclose(after, before));
  const testing::TempFolder folder;
  weights::save_peft(folder / "sft.safetensors", adapter, {});
  nn::apply(*fresh, weights::read_adapter(folder / "sft.safetensors"));
  EXPECT_TRUE(torch::allclose(run(fresh), after, 1e-5, 1e-6));
}

TEST(TrainedLora, StartsAsPeftsGaussianAndDependsOnSeedAndPathAlone) {
  auto one = deep_and_narrow(), other = deep_and_narrow();
  const auto all = nn::attach_lora(*one, nn::lora_targets(*one, "flow-grpo"), 4, 8, 5, "x");
  const auto few = nn::attach_lora(*other, {"transformer_blocks.3.attn.to_q"}, 4, 8, 5, "x");
  EXPECT_TRUE(torch::equal(all.modules.at("transformer_blocks.3.attn.to_q").a,
                           few.modules.at("transformer_blocks.3.attn.to_q").a));
  std::vector<torch::Tensor> values;
  for (const auto& [path, low] : all.modules) {
    values.push_back(low.a.detach().flatten());
    EXPECT_EQ(low.b.abs().max().item<float>(), 0);
    EXPECT_EQ(low.scale, 2);
  }
  EXPECT_NEAR(torch::cat(values).std().item<double>(), 1.0 / 4, 0.01);
}

}  // namespace
}  // namespace unidg::sft
