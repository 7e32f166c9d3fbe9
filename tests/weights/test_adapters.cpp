#include <gmock/gmock.h>

#include "support/golden.h"
#include "support/temp_folder.h"
#include "unidg/core/config.h"
#include "unidg/core/error.h"
#include "unidg/weights/adapter_scale.h"
#include "unidg/weights/adapters.h"

namespace unidg::weights {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Golden;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct AdapterCase {
  std::string name, file, format;
};

class AdapterGolden : public ::testing::TestWithParam<AdapterCase> {};

TEST_P(AdapterGolden, MergesLikePeft) {  // tools/golden/lora.py
  const auto base = Golden::load("weights/golden/lora_base.safetensors");
  const auto merged =
      Golden::load("weights/golden/lora_" + GetParam().name + "_merged.safetensors").below("");
  const auto adapter = read_adapter(Golden::path_of("weights/golden/" + GetParam().file));
  EXPECT_EQ(adapter.format, GetParam().format);

  std::size_t covered = 0;
  for (const auto& [module, low] : adapter.modules) {
    SCOPED_TRACE(module);
    ASSERT_TRUE(merged.contains(module + ".weight"));
    EXPECT_TENSOR_NEAR(base[module + ".weight"] + low.scale * low.b.mm(low.a), merged.at(module + ".weight"),
                       1e-6);
    ++covered;
    if (!low.bias.defined()) continue;
    EXPECT_TENSOR_NEAR(base[module + ".bias"] + low.scale * low.bias, merged.at(module + ".bias"), 1e-6);
    ++covered;
  }
  for (const auto& [name, tensor] : adapter.replacements) {
    EXPECT_TRUE(torch::equal(tensor, merged.at(name))) << name;
    ++covered;
  }
  EXPECT_EQ(covered, merged.size());
}
INSTANTIATE_TEST_SUITE_P(Formats, AdapterGolden,
                         ::testing::Values(AdapterCase{"peft", "lora_peft.safetensors", "peft"},
                                           AdapterCase{"peft_plain", "lora_peft_plain.safetensors", "peft"},
                                           AdapterCase{"peft_folder", "lora_peft_folder", "peft"},
                                           AdapterCase{"kohya", "lora_kohya.safetensors", "kohya"},
                                           AdapterCase{"kohya_split", "lora_kohya_split.safetensors",
                                                       "kohya"},
                                           AdapterCase{"control", "lora_control.safetensors", "control"},
                                           AdapterCase{"xlabs", "lora_xlabs.safetensors", "xlabs"}),
                         [](const auto& info) { return info.param.name; });

std::map<std::string, Tensor> pair_of(const std::string& stem, const std::string& down = ".lora_A.weight",
                                      const std::string& up = ".lora_B.weight") {
  torch::manual_seed(7);
  return {{stem + down, torch::randn({2, 4})}, {stem + up, torch::randn({6, 2})}};
}
Adapter read(std::map<std::string, Tensor> tensors) {
  return read_adapter(*memory_source(std::move(tensors), "adapter"), "a");
}
void expect_refusal(std::map<std::string, Tensor> tensors, const std::string& words) {
  EXPECT_THAT([&] { read(tensors); }, ThrowsMessage<FormatError>(HasSubstr(words)));
}

TEST(ReadAdapter, UnderstandsEverySpellingOfAModule) {
  for (const auto* stem : {"transformer.transformer_blocks.3.attn.to_q", "transformer_blocks.3.attn.to_q",
                           "base_model.model.transformer_blocks.3.attn.to_q",
                           "base_model.model.transformer.transformer_blocks.3.attn.to_q",
                           "diffusion_model.transformer_blocks.3.attn.to_q"}) {
    EXPECT_TRUE(read(pair_of(stem)).modules.contains("transformer_blocks.3.attn.to_q")) << stem;
    EXPECT_TRUE(read(pair_of(stem, ".lora_A.default.weight", ".lora_B.default.weight")).modules.size() == 1)
        << stem;
    EXPECT_TRUE(read(pair_of(stem, ".lora.down.weight", ".lora.up.weight")).modules.size() == 1) << stem;
  }
  for (const auto* stem :
       {"lora_unet_transformer_blocks_3_attn_to_q", "lora_transformer_transformer_blocks_3_attn_to_q"})
    EXPECT_TRUE(read(pair_of(stem, ".lora_down.weight", ".lora_up.weight"))
                    .modules.contains("transformer_blocks.3.attn.to_q"));
  EXPECT_EQ(read(pair_of("diffusion_model.double_blocks.0.img_attn.qkv")).modules.size(), 3u);
  EXPECT_TRUE(read(pair_of("lora_unet_double_blocks_0_img_attn_proj", ".lora_down.weight", ".lora_up.weight"))
                  .modules.contains("transformer_blocks.0.attn.to_out.0"));
}

TEST(ReadAdapter, PartsOfAFusedLayerShareAAndSplitB) {
  auto tensors = pair_of("lora_unet_double_blocks_0_img_attn_qkv", ".lora_down.weight", ".lora_up.weight");
  tensors["lora_unet_double_blocks_0_img_attn_qkv.alpha"] = torch::tensor(1.f);
  const auto adapter = read(tensors);
  const auto& key = adapter.modules.at("transformer_blocks.0.attn.to_k");
  EXPECT_EQ(key.scale, 0.5);
  EXPECT_TRUE(
      torch::equal(key.b, tensors["lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight"].slice(0, 2, 4)));
}

TEST(ReadAdapter, MetadataGoesBeforeAlphaTensors) {
  const testing::TempFolder folder;
  auto tensors = pair_of("transformer.transformer_blocks.0.attn.to_q");
  tensors["transformer.transformer_blocks.0.attn.to_q.alpha"] = torch::tensor(2.f);
  save_safetensors(folder / "a.safetensors", tensors);
  EXPECT_EQ(read_adapter(folder / "a.safetensors").modules.begin()->second.scale, 1);
  save_safetensors(folder / "a.safetensors", tensors,
                   {{"lora_adapter_metadata", R"({"transformer.lora_alpha": 8})"}});
  EXPECT_EQ(read_adapter(folder / "a.safetensors").modules.begin()->second.scale, 4);
  save_safetensors(folder / "a.safetensors", tensors,
                   {{"lora_adapter_metadata", R"({"text_encoder.lora_alpha": 8})"}});
  EXPECT_EQ(read_adapter(folder / "a.safetensors").modules.begin()->second.scale, 1);
}

TEST(ReadAdapter, NamesWhatItCannotUse) {
  auto tensors = pair_of("transformer.x_embedder");
  const auto with = [&](const std::string& name, const Tensor& tensor) {
    auto more = tensors;
    more[name] = tensor;
    return more;
  };
  expect_refusal(with("transformer.mystery.lora_A.weight", torch::ones({2, 4})),
                 "'transformer.mystery.lora_A.weight'");
  expect_refusal(with("transformer.proj_out.weight", torch::ones({2, 4})), "'transformer.proj_out.weight'");
  expect_refusal(with("transformer.proj_out.lora_A.weight", torch::ones({2, 4})), "without B");
  expect_refusal(with("transformer.proj_out.lora_B.weight", torch::ones({2, 4})), "no A");
  expect_refusal(with("transformer.x_embedder.lora_magnitude_vector", torch::ones({6})), "DoRA");
  expect_refusal(with("lora_unet_single_blocks_0_linear1.hada_w1_a", torch::ones({6})), "LoHa");
  expect_refusal(with("transformer.x_embedder.lora_B.bias", torch::ones({5})), "the bias is [5]");
  expect_refusal(with("transformer.x_embedder.alpha", torch::ones({2})), "expected one");
  expect_refusal(with("x_embedder.lora_A.weight", torch::ones({2, 4})), "without B");
  expect_refusal(with("transformer.x_embedder.lora_B.weight", torch::ones({6, 3})),
                 "A is [2, 4] and B is [6, 3]");
  expect_refusal(with("transformer.x_embedder.lora_A.second.weight", torch::ones({2, 4})),
                 "second adapter name");
  expect_refusal({{"text_encoder.x.lora_A.weight", torch::ones({1})}}, "holds no LoRA");
  auto twice = pair_of("lora_unet_img_in", ".lora_down.weight", ".lora_up.weight");
  twice.merge(pair_of("transformer.x_embedder"));
  expect_refusal(twice, "updated twice");
}

TEST(ReadAdapter, CountsTheTextEncodersItLeavesOut) {
  auto tensors = pair_of("transformer.x_embedder");
  tensors["lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"] = torch::ones({2, 4});
  EXPECT_THAT(read(tensors).skipped,
              ElementsAre("lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"));
}

TEST(AdapterScales, FollowsPatternsAndRankStabilisation) {
  const auto scales = AdapterScales::from_config(
      R"({"lora_alpha": 4, "alpha_pattern": {"^proj_out": 1, "attn.to_q": 2, "x.attn.to_q": 8}})", "config");
  EXPECT_EQ(scales.scale("proj_out", 2), 0.5);
  EXPECT_EQ(scales.scale("single_transformer_blocks.0.proj_out", 2), 2);
  EXPECT_EQ(scales.scale("b.attn.to_q", 2), 1);
  EXPECT_EQ(scales.scale("x.attn.to_q", 2), 4);
  EXPECT_EQ(AdapterScales::from_config(R"({"lora_alpha": 4, "use_rslora": true})", "c").scale("m", 16), 1);
  EXPECT_EQ(AdapterScales::from_config(R"({"r": 16})", "c").scale("m", 16), 1);
  EXPECT_THROW(AdapterScales::from_config(R"({"use_dora": true})", "c"), FormatError);
  EXPECT_THROW(AdapterScales::from_config(R"({"alpha_pattern": {"a|b": 1}})", "c"), FormatError);
  EXPECT_THROW(AdapterScales::from_config(R"({"lora_alpha": "8"})", "c"), FormatError);
}

TEST(SavePeft, KeepsAlphaAndNamesTheBase) {
  const testing::TempFolder folder;
  const auto original = read_adapter(Golden::path_of("weights/golden/lora_kohya.safetensors"));
  save_peft(folder / "saved.safetensors", original, {.title = "defects", .more = {{"steps", "12"}}});
  const auto again = read_adapter(folder / "saved.safetensors");
  ASSERT_EQ(again.modules.size(), original.modules.size());
  for (const auto& [module, low] : original.modules) {
    const auto& read = again.modules.at(module);
    EXPECT_TRUE(torch::equal(read.a, low.a) && torch::equal(read.b, low.b)) << module;
    EXPECT_NEAR(read.scale, low.scale, 1e-12) << module;
  }
  EXPECT_THAT(again.metadata.at("modelspec.license"), HasSubstr("FLUX.1 [dev]"));
  EXPECT_EQ(again.metadata.at("modelspec.title"), "defects");
  EXPECT_EQ(again.metadata.at("steps"), "12");

  // diffusers refuses a file that says alpha both in tensors and in its own metadata.
  EXPECT_FALSE(again.metadata.contains("lora_adapter_metadata"));
  const auto config = parse_json(again.metadata.at("unidg.lora_config"), "config");
  EXPECT_EQ(config["target_modules"].size(), original.modules.size());
  EXPECT_EQ(AdapterScales::from_config(config.dump(), "config").scale("norm_out.linear", 2),
            original.modules.at("norm_out.linear").scale);
}

}  // namespace
}  // namespace unidg::weights
