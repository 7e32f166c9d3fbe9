#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/sam/sam2.h"

namespace unidg::models::sam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using torch::Tensor;

constexpr double kTolerance = 1e-4;

/// tools/golden/sam2.py: Sam2Model on random weights.
class Sam2Golden : public ::testing::Test {
 protected:
  static const testing::Golden& golden() {
    static const auto loaded = testing::Golden::load("models/golden/sam2.safetensors");
    return loaded;
  }
  static Config config() { return Config::read(HubConfig(golden().json("config"), "fixture")); }
  static Sam2& net() {
    static Sam2 built(golden().weights(), config());
    return built;
  }
  static Prompts prompts(const std::string& name) {
    const auto given = golden().below(name + ".in.");
    const auto find = [&](const char* key) {
      const auto at = given.find(key);
      return at == given.end() ? Tensor() : at->second;
    };
    return {find("points"), find("labels"), find("boxes"), find("masks")};
  }
  void expect_case(const std::string& name, MaskChoice choice) {
    torch::NoGradGuard no_grad;
    const auto asked = prompts(name);
    if (golden().below(name + ".").contains("sparse")) {
      const auto embedded = net()->prompt_encoder(asked);
      EXPECT_TENSOR_NEAR(embedded.sparse, golden()[name + ".sparse"], kTolerance);
      EXPECT_TENSOR_NEAR(embedded.dense, golden()[name + ".dense"], kTolerance);
    }
    const auto out = net()->predict(net()->encode(golden()["pixels"]), asked, choice);
    EXPECT_TENSOR_NEAR(out.masks, golden()[name + ".masks"], kTolerance);
    EXPECT_TENSOR_NEAR(out.iou, golden()[name + ".iou"], kTolerance);
    EXPECT_TENSOR_NEAR(out.object_score, golden()[name + ".object_score"], kTolerance);
  }
};

TEST_F(Sam2Golden, EncodesThePicture) {
  torch::NoGradGuard no_grad;
  const auto picture = net()->encode(golden()["pixels"]);
  EXPECT_TENSOR_NEAR(picture.embedding, golden()["embedding"], kTolerance);
  EXPECT_TENSOR_NEAR(picture.mid_resolution, golden()["mid_resolution"], kTolerance);
  EXPECT_TENSOR_NEAR(picture.high_resolution, golden()["high_resolution"], kTolerance);
  EXPECT_TENSOR_NEAR(picture.positions, golden()["positions"], kTolerance);
}

TEST_F(Sam2Golden, AnswersPoints) { expect_case("points", MaskChoice::Several); }
TEST_F(Sam2Golden, AnswersBoxesByTheStableMask) { expect_case("boxes", MaskChoice::One); }
TEST_F(Sam2Golden, AnswersPointsBoxesAndAMask) { expect_case("both", MaskChoice::Several); }
TEST_F(Sam2Golden, AnswersAMaskOfAnotherSize) { expect_case("mask", MaskChoice::One); }

TEST_F(Sam2Golden, UsesEveryWeightAndNamesThoseOfFilms) {
  auto tensors = golden().below("weights.");
  for (const auto* name :
       {"memory_attention.layers.0.linear1.weight", "memory_temporal_positional_encoding",
        "mask_downsample.weight", "object_pointer_proj.proj_in.weight", "no_object_pointer",
        "occlusion_spatial_embedding_parameter", "no_memory_positional_encoding"})
    tensors[name] = torch::zeros({1});
  tensors.erase("prompt_encoder.shared_embedding.positional_embedding");  // stored once in some files
  const weights::Scope scope(weights::memory_source(tensors, "fixture"));
  Sam2 built(scope, config());
  EXPECT_NO_THROW(scope.require_all_used(is_video_key));
  EXPECT_TRUE(torch::equal(built->prompt_encoder->shared_embedding->positional_embedding,
                           built->shared_image_embedding->positional_embedding));
  tensors["mask_decoder.another.weight"] = torch::zeros({1});
  const weights::Scope odd(weights::memory_source(tensors, "fixture"));
  Sam2 again(odd, config());
  EXPECT_THAT([&] { odd.require_all_used(is_video_key); },
              ThrowsMessage<FormatError>(HasSubstr("mask_decoder.another.weight")));
}

TEST_F(Sam2Golden, ParametersAreNamedAsInTheFile) {
  const auto parameters = net()->named_parameters();
  const auto buffers = net()->named_buffers();
  for (const auto& [name, tensor] : golden().below("weights."))
    EXPECT_TRUE(parameters.contains(name) || buffers.contains(name)) << name;
}

TEST(Sam2, OnePromptsAnswerDoesNotDependOnTheOthers) {
  torch::NoGradGuard no_grad;
  Sam2 net(weights::Scope(weights::noise_source(3)), Config::tiny());
  const auto picture = net->encode(torch::randn({1, 3, 64, 64}));
  const auto points = torch::rand({5, 1, 2}) * 64;
  const auto together = net->predict(picture, {points, {}, {}, {}}, MaskChoice::Several);
  EXPECT_THAT(together.masks.sizes().vec(), ElementsAre(5, 3, 16, 16));
  EXPECT_THAT(together.object_score.sizes().vec(), ElementsAre(5));
  const auto alone = net->predict(picture, {points.narrow(0, 3, 1), {}, {}, {}}, MaskChoice::Several);
  EXPECT_TENSOR_NEAR(alone.masks[0], together.masks[3], 1e-5);
  EXPECT_TENSOR_NEAR(alone.iou[0], together.iou[3], 1e-5);
}

TEST(Sam2, SaysWhatDoesNotFit) {
  torch::NoGradGuard no_grad;
  Sam2 net(weights::Scope(weights::noise_source(3)), Config::tiny());
  EXPECT_THAT(
      [&] {
        net->encode(torch::zeros({1, 3, 64, 72}));
      },
      ThrowsMessage<InputError>(HasSubstr("64 x 64")));
  const auto picture = net->encode(torch::zeros({1, 3, 64, 64}));
  const auto points = torch::zeros({2, 1, 2});
  const auto ask = [&](const Prompts& prompts) { net->predict(picture, prompts, MaskChoice::One); };
  EXPECT_THAT(
      [&] {
        ask({torch::zeros({2, 2}), {}, {}, {}});
      },
      ThrowsMessage<InputError>(HasSubstr("points")));
  EXPECT_THAT(
      [&] {
        ask({points, {}, torch::zeros({3, 4}), {}});
      },
      ThrowsMessage<InputError>(HasSubstr("boxes for 3 masks")));
  EXPECT_NO_THROW(ask({points, {}, {}, torch::zeros({1, 1, 16, 16})}));
  EXPECT_THAT(
      [&] {
        ask({points, {}, {}, torch::zeros({3, 1, 16, 16})});
      },
      ThrowsMessage<InputError>(HasSubstr("masks for 3")));
}

TEST(Sam2, StabilityIsTheShareOfSureAmongPossiblePixels) {
  const auto masks = torch::tensor({{1.0, 0.06, 0.05, 0.0, -0.04, -0.05, -0.06, -3.0}}).view({1, 1, 2, 4});
  EXPECT_NEAR(stability(masks, 0.05).item<double>(), 2.0 / 5.0, 1e-6);  // both bounds exclusive
  EXPECT_EQ(stability(torch::full({1, 1, 2, 2}, -1.0), 0.05).item<double>(), 1.0);
}

TEST(Sam2Config, PublishedSizesAreSeenInTheWeights) {
  std::map<std::string, Tensor> tensors;
  const std::string backbone = "vision_encoder.backbone.";
  tensors[backbone + "patch_embed.projection.weight"] = torch::empty({96, 3, 7, 7});
  for (int i = 0; i < 16; ++i)
    tensors[backbone + "blocks." + std::to_string(i) + ".layer_norm1.weight"] = torch::empty({1});
  const auto infer = [&] { return Config::infer(weights::Scope(weights::memory_source(tensors, "memory"))); };
  EXPECT_EQ(infer().vision_config.backbone_config.global_attention_blocks,
            (std::vector<std::int64_t>{7, 10, 13}));
  tensors.erase(backbone + "blocks.15.layer_norm1.weight");
  EXPECT_THAT(infer, ThrowsMessage<FormatError>(HasSubstr("15 blocks")));
  tensors.erase(backbone + "patch_embed.projection.weight");
  EXPECT_THAT(infer, ThrowsMessage<FormatError>(HasSubstr("no Sam2Model")));
}

TEST(Sam2Config, RefusesWhatThisNetworkLacks) {
  const auto golden = testing::Golden::load("models/golden/sam2.safetensors");
  const auto read = [&](const char* pointer, const Json& value) {
    auto json = golden.json("config");
    json[Json::json_pointer(pointer)] = value;
    Config::read(HubConfig(json, "test"));
  };
  EXPECT_THAT([&] { read("/vision_config/num_feature_levels", 4); },
              ThrowsMessage<FormatError>(HasSubstr("num_feature_levels")));
  EXPECT_THAT(
      [&] {
        read("/vision_config/backbone_config/window_size_per_stage", {7, 4, 4, 2});
      },
      ThrowsMessage<FormatError>(HasSubstr("windows of 7")));
  EXPECT_THAT([&] { read("/prompt_encoder_config/image_size", 80); },
              ThrowsMessage<FormatError>(HasSubstr("no multiple")));
  EXPECT_THAT([&] { read("/mask_decoder_config/hidden_size", 32); },
              ThrowsMessage<FormatError>(HasSubstr("hidden_size")));
  EXPECT_THAT(
      [&] {
        read("/vision_config/backbone_config/num_attention_heads_per_stage", {1, 2, 5, 4});
      },
      ThrowsMessage<FormatError>(HasSubstr("5 heads")));
}

}  // namespace
}  // namespace unidg::models::sam
