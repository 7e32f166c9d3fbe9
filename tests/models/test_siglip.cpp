#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/siglip/siglip.h"

namespace unidg::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Siglip, LooksOnlyAtWholePatches) {
  torch::NoGradGuard no_grad;
  const auto config = SiglipConfig::tiny();  // 30 = 4 * 7 + 2
  SiglipVision net(weights::Scope(weights::noise_source(1)), config);
  auto pixels = torch::randn({1, 3, 30, 30});
  const auto before = net(pixels);
  EXPECT_THAT(before.sizes().vec(), ElementsAre(1, 16, 12));
  pixels.narrow(3, 28, 2).fill_(9);
  pixels.narrow(2, 28, 2).fill_(9);
  EXPECT_TRUE(torch::equal(net(pixels), before));
  pixels.narrow(3, 27, 1).fill_(9);
  EXPECT_FALSE(torch::equal(net(pixels), before));
}

TEST(Siglip, RefusesAnotherSize) {
  SiglipVision net(weights::Scope(weights::noise_source(1)), SiglipConfig::tiny());
  EXPECT_THAT([&] { net(torch::zeros({1, 3, 30, 35})); }, ThrowsMessage<InputError>(HasSubstr("35 x 30")));
}

TEST(Siglip, LeavesOnlyTheHeadUnused) {
  const auto golden = testing::Golden::load("models/golden/siglip_floor.safetensors");
  const auto scope = siglip_scope(weights::memory_source(golden.below("weights."), "fixture"));
  SiglipVision net(scope, SiglipConfig::read(HubConfig(golden.json("config"), "fixture")));
  EXPECT_FALSE(scope.unused().empty());
  EXPECT_NO_THROW(scope.require_all_used(is_unused_siglip_key));
  const auto parameters = net->named_parameters();
  for (const auto& key : {"embeddings.patch_embedding.weight", "embeddings.position_embedding.weight",
                          "encoder.layers.1.self_attn.out_proj.bias", "post_layernorm.weight"})
    EXPECT_TRUE(parameters.contains(key)) << key;
}

TEST(SiglipConfig, IsSeenInTheWeightsAndInsideVisionConfig) {
  const auto golden = testing::Golden::load("models/golden/siglip_floor.safetensors");
  const auto stated = SiglipConfig::read(HubConfig(golden.json("config"), "fixture"));
  EXPECT_EQ(stated.image_size, 30);  // the fixture nests its fields in vision_config
  EXPECT_EQ(stated.num_attention_heads, 3);
  const auto seen = SiglipConfig::infer(golden.weights("weights.vision_model."));
  EXPECT_EQ(seen.hidden_size, 12);
  EXPECT_EQ(seen.num_hidden_layers, 2);
  EXPECT_EQ(seen.patch_size, 7);
  EXPECT_EQ(seen.tokens(), 16);
  EXPECT_THAT([&] { SiglipConfig::infer(golden.weights("weights.vision_model.encoder.")); },
              ThrowsMessage<FormatError>(HasSubstr("no SigLIP vision tower")));
}

TEST(SiglipConfig, HeadsMustSplitTheWidth) {
  EXPECT_THAT(
      [] {
        SiglipConfig::read(HubConfig(Json{{"hidden_size", 10}, {"num_attention_heads", 4}}, "test"));
      },
      ThrowsMessage<FormatError>(HasSubstr("4 heads")));
}

}  // namespace
}  // namespace unidg::models
