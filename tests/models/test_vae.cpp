#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/vae/autoencoder.h"
#include "unidg/models/vae/group_norm_kernel.h"
#include "unidg/models/vae/upsample_convolution.h"

namespace unidg::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

AutoencoderKl tiny_vae(std::uint64_t seed = 1) {
  return AutoencoderKl(Scope(weights::noise_source(seed)), VaeConfig::tiny());
}

TEST(Vae, HalvesTheSizeAtEveryLevelButTheLast) {
  torch::NoGradGuard no_grad;
  auto vae = tiny_vae();
  const auto posterior = vae->encode(torch::randn({2, 3, 12, 20}));
  EXPECT_THAT(posterior.mean.sizes().vec(), ElementsAre(2, 4, 6, 10));
  EXPECT_THAT(vae->decode(posterior.mean).sizes().vec(), ElementsAre(2, 3, 12, 20));
  EXPECT_EQ(VaeConfig::flux().downscale(), 8);
}

TEST(Vae, ScalingAndUnscalingAreInverse) {
  auto vae = tiny_vae();
  const auto z = torch::randn({1, 4, 2, 2});
  EXPECT_TENSOR_NEAR(vae->unscaled(vae->scaled(z)), z, 1e-6);
  EXPECT_TENSOR_NEAR(vae->scaled(torch::full({1}, 0.1159)), torch::zeros({1}), 1e-6);
}

TEST(Vae, FusedAndDifferentiablePathsAgree) {
  auto vae = tiny_vae();
  const auto image = torch::randn({2, 3, 16, 24}), latent = torch::randn({2, 4, 25, 27});
  const auto with_graph = vae->encode(image.clone().requires_grad_(true)).mean;
  const auto decoded_with_graph = vae->decode(latent.clone().requires_grad_(true));
  torch::NoGradGuard no_grad;
  EXPECT_TENSOR_NEAR(vae->encode(image).mean, with_graph, 1e-5);
  EXPECT_TENSOR_NEAR(vae->decode(latent), decoded_with_graph, 1e-5);
}

TEST(Vae, TakesTheOlderAttentionNames) {
  torch::NoGradGuard no_grad;
  const auto golden = testing::Golden::load("models/golden/vae_encode_plain.safetensors");
  auto tensors = golden.below("weights.");
  for (const auto& [now, before] : std::map<std::string, std::string>{
           {"to_q", "query"}, {"to_k", "key"}, {"to_v", "value"}, {"to_out.0", "proj_attn"}})
    for (const auto* kind : {".weight", ".bias"}) {
      auto node = tensors.extract("encoder.mid_block.attentions.0." + now + kind);
      node.key() = "encoder.mid_block.attentions.0." + before + kind;
      tensors.insert(std::move(node));
    }
  const auto config = VaeConfig::read(HubConfig(golden.json("config"), "test"));
  AutoencoderKl vae(Scope(weights::memory_source(tensors, "older names")), config, VaeHalf::Encoder);
  EXPECT_TENSOR_NEAR(vae->encode(golden["in.image"]).mean, golden["out.mean"], 1e-5);
}

TEST(Vae, RunsInBf16Storage) {
  torch::NoGradGuard no_grad;
  const auto source = weights::noise_source(3);
  AutoencoderKl narrow(Scope(source, {torch::kBFloat16, torch::kCPU}), VaeConfig::tiny());
  AutoencoderKl wide(Scope(source), VaeConfig::tiny());
  const auto latent = torch::randn({1, 4, 4, 4});
  EXPECT_EQ(narrow->decode(latent).scalar_type(), torch::kFloat32);
  EXPECT_TENSOR_NEAR(narrow->decode(latent), wide->decode(latent), 0.05);
}

TEST(VaeConfig, IsSeenInTheWeights) {
  const auto golden = testing::Golden::load("models/golden/vae_encode_quantised.safetensors");
  const auto config = VaeConfig::infer(golden.weights());
  EXPECT_THAT(config.block_out_channels, ElementsAre(6, 9));
  EXPECT_EQ(config.latent_channels, 3);
  EXPECT_EQ(config.layers_per_block, 1);
  EXPECT_TRUE(config.use_quant_conv && config.use_post_quant_conv);
  EXPECT_FALSE(config.mid_block_add_attention);
  const auto decoder =
      VaeConfig::infer(testing::Golden::load("models/golden/vae_decode_plain.safetensors").weights());
  EXPECT_THAT(decoder.block_out_channels, ElementsAre(8, 12, 16));
  EXPECT_EQ(decoder.layers_per_block, 2);
  EXPECT_TRUE(decoder.mid_block_add_attention);
}

TEST(VaeConfig, TakesTheLibrarysDefaultsWhereFieldsAreAbsentOrNull) {
  const auto config = VaeConfig::read(HubConfig(Json{{"shift_factor", nullptr}}, "config.json"));
  EXPECT_EQ(config.shift_factor, 0.0);
  EXPECT_EQ(config.latent_channels, 4);
  EXPECT_TRUE(config.use_quant_conv);
  EXPECT_DOUBLE_EQ(config.scaling_factor, 0.18215);
}

TEST(VaeConfig, NamesWhatItCannotBe) {
  const auto read = [](Json json) { return [json] { VaeConfig::read(HubConfig(json, "vae/config.json")); }; };
  EXPECT_THAT(
      read({{"down_block_types", {"AttnDownEncoderBlock2D"}}}),
      ThrowsMessage<FormatError>(AllOf(HasSubstr("vae/config.json"), HasSubstr("AttnDownEncoderBlock2D"))));
  EXPECT_THAT(read({{"block_out_channels", {30}}, {"norm_num_groups", 4}}),
              ThrowsMessage<FormatError>(HasSubstr("30 channels")));
  EXPECT_THAT(read({{"latent_channels", "many"}}),
              ThrowsMessage<FormatError>(HasSubstr("'latent_channels'")));
  EXPECT_THAT(read({{"block_out_channels", {32, 64}}, {"up_block_types", {"UpDecoderBlock2D"}}}),
              ThrowsMessage<FormatError>(HasSubstr("one per level")));
}

TEST(HubConfig, ListsFieldsNobodyRead) {
  const HubConfig json(Json{{"_class_name", "AutoencoderKL"}, {"latent_channels", 4}, {"sparkle", 1}},
                       "test");
  VaeConfig::read(json);
  EXPECT_THAT(json.unread(), ElementsAre("sparkle"));
}

// The hand-written kernel against ATen, over sizes that leave remainders in every loop.
TEST(GroupNormKernel, AgreesWithAten) {
  for (const auto& [channels, groups] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{6, 3}, {33, 11}, {128, 32}})
    for (const std::int64_t side : {1, 3, 40})
      for (const double mean : {0.0, 100.0}) {
        const auto x = (torch::randn({2, channels, side, side + 2}) * 3 + mean)
                           .contiguous(torch::MemoryFormat::ChannelsLast);
        const auto weight = torch::randn({channels}), bias = torch::randn({channels});
        const auto exact = torch::group_norm(x.to(torch::kFloat64), groups, weight.to(torch::kFloat64),
                                             bias.to(torch::kFloat64), 1e-6);
        EXPECT_TENSOR_NEAR(group_norm_channels_last(x, groups, weight, bias, 1e-6, false), exact, 3e-5);
        EXPECT_TENSOR_NEAR(group_norm_channels_last(x, groups, weight, bias, 1e-6, true), torch::silu(exact),
                           3e-5);
      }
}

TEST(GroupNormKernel, OverwritesOnlyWhatItWasGiven) {
  auto x = torch::randn({1, 4, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto kept = x.clone(), one = torch::ones({4}), zero = torch::zeros({4});
  const auto y = group_norm_channels_last(x, 2, one, zero, 1e-6, true);
  EXPECT_TRUE(torch::equal(x, kept));
  const auto part = x.narrow(0, 0, 1);  // another tensor over the same memory
  group_norm_channels_last(std::move(x), 2, one, zero, 1e-6, true);
  EXPECT_TRUE(torch::equal(part, kept));
  EXPECT_TENSOR_NEAR(group_norm_channels_last(kept.clone(), 2, one, zero, 1e-6, true), y, 1e-7);
}

TEST(UpsampleConvolution, EqualsEnlargingFirst) {
  for (const auto& [height, width] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {2, 5}, {7, 4}}) {
    const auto x = torch::randn({2, 3, height, width}).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto weight = torch::randn({5, 3, 3, 3}), bias = torch::randn({5});
    const auto enlarged = torch::upsample_nearest2d(x, std::vector<std::int64_t>{2 * height, 2 * width});
    const auto expected = torch::conv2d(enlarged, weight, bias, 1, torch::IntArrayRef{1, 1});
    EXPECT_TENSOR_NEAR(upsample_convolution(x, weight, bias), expected, 2e-6);
  }
}

TEST(GroupNormKernel, SiluSaturatesLikeTheFunction) {
  // One channel pair of values +-1 scaled far out: silu(large) = large, silu(-large) = 0.
  const auto x =
      torch::tensor({-1.0f, 1.0f}).view({1, 1, 1, 2}).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto y = group_norm_channels_last(x, 1, torch::full({1}, 500.0f), torch::zeros({1}), 1e-6, true);
  EXPECT_NEAR(y[0][0][0][1].item<float>(), 500.0f, 1e-2);
  EXPECT_NEAR(y[0][0][0][0].item<float>(), 0.0f, 1e-20);
}

}  // namespace
}  // namespace unidg::models
