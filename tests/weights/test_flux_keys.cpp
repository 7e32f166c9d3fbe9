#include <gmock/gmock.h>

#include "unidg/core/error.h"
#include "unidg/weights/flux_keys.h"
#include "unidg/weights/kind.h"
#include "unidg/weights/views.h"

namespace unidg::weights {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::int64_t D = 8, M = 20;

/// A tiny transformer in the single-file layout: every module of the table, random weights.
std::map<std::string, Tensor> tiny_bfl(std::int64_t inputs = 384) {
  torch::manual_seed(1);
  std::map<std::string, Tensor> out;
  for (const auto& module : flux_modules(2, 3)) {
    if (module.is_norm) {
      out[module.bfl + ".scale"] = torch::randn({4});
      continue;
    }
    const bool is_single = module.bfl.ends_with("linear1");
    const auto rows = is_single                      ? 3 * D + M
                      : module.diffusers.size() == 3 ? 3 * D
                      : module.swaps_halves          ? 2 * D
                                                     : D;
    const auto width = module.bfl == "img_in" ? inputs : D;
    out[module.bfl + ".weight"] = torch::randn({rows, width});
    out[module.bfl + ".bias"] = torch::randn({rows});
  }
  return out;
}

std::map<std::string, Tensor> load_all(const Source& source) {
  std::map<std::string, Tensor> out;
  for (const auto& name : source.names()) {
    out[name] = source.load(name);
    EXPECT_EQ(source.shape(name), out[name].sizes().vec()) << name;
  }
  return out;
}

void expect_same(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    ASSERT_TRUE(b.contains(name)) << name;
    EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
  }
}

TEST(FluxKeys, CountTheTensorsOfTheFullModel) {
  std::size_t bfl = 0, diffusers = 0;
  for (const auto& module : flux_modules(19, 38)) {
    const std::size_t tensors = module.is_norm ? 1 : 2;
    bfl += tensors;
    diffusers += tensors * module.diffusers.size();
  }
  EXPECT_EQ(bfl, 780u);
  EXPECT_EQ(diffusers, 1160u);
}

TEST(FluxKeys, RoundTripIsBitExact) {
  const auto bfl = tiny_bfl();
  const auto diffusers = load_all(*as_diffusers_flux(memory_source(bfl, "tiny")));
  EXPECT_EQ(diffusers.size(), bfl.size() + 2 * (2 * 2 * 2) + 3 * 3 * 2);  // qkv adds two parts, linear1 three
  expect_same(load_all(*as_bfl_flux(memory_source(diffusers, "tiny"))), bfl);
  expect_same(load_all(*as_diffusers_flux(memory_source(diffusers, "tiny"))), diffusers);  // already there
  expect_same(load_all(*as_bfl_flux(memory_source(bfl, "tiny"))), bfl);
}

TEST(FluxKeys, FusedRowsAreViewsInTheirOrder) {
  const auto bfl = tiny_bfl();
  const auto view = as_diffusers_flux(memory_source(bfl, "tiny"));
  const auto& linear1 = bfl.at("single_blocks.1.linear1.weight");
  const auto value = view->load("single_transformer_blocks.1.attn.to_v.weight");
  EXPECT_EQ(value.data_ptr(), linear1[2 * D].data_ptr());
  EXPECT_EQ(view->load("single_transformer_blocks.1.proj_mlp.weight").data_ptr(), linear1[3 * D].data_ptr());
  EXPECT_EQ(view->load("transformer_blocks.0.attn.add_k_proj.bias").data_ptr(),
            bfl.at("double_blocks.0.txt_attn.qkv.bias")[D].data_ptr());
}

TEST(FluxKeys, OnlyTheFinalModulationIsSwapped) {
  const auto bfl = tiny_bfl();
  const auto view = as_diffusers_flux(memory_source(bfl, "tiny"));
  const auto& shift_scale = bfl.at("final_layer.adaLN_modulation.1.bias");
  EXPECT_TRUE(torch::equal(view->load("norm_out.linear.bias"),
                           torch::cat({shift_scale.slice(0, D), shift_scale.slice(0, 0, D)})));
  EXPECT_TRUE(torch::equal(view->load("single_transformer_blocks.0.norm.linear.bias"),
                           bfl.at("single_blocks.0.modulation.lin.bias")));
}

TEST(FluxKeys, StripsTheCheckpointPrefixAndKeepsUnknownNames) {
  std::map<std::string, Tensor> prefixed;
  for (const auto& [name, tensor] : tiny_bfl()) prefixed["model.diffusion_model." + name] = tensor;
  prefixed["model.diffusion_model.extra"] = torch::ones({1});
  const auto view = as_diffusers_flux(memory_source(prefixed, "checkpoint"));
  EXPECT_TRUE(view->contains("x_embedder.weight"));
  EXPECT_TRUE(view->contains("extra"));
  EXPECT_FALSE(view->contains("img_in.weight"));
}

TEST(FluxKeys, NamesWhatDoesNotDivideOrIsMissing) {
  auto bfl = tiny_bfl();
  bfl["double_blocks.0.img_attn.qkv.weight"] = torch::ones({10, D});
  EXPECT_THAT([&] { as_diffusers_flux(memory_source(bfl, "bad")); },
              ThrowsMessage<FormatError>(HasSubstr("double_blocks.0.img_attn.qkv")));
  auto diffusers = load_all(*as_diffusers_flux(memory_source(tiny_bfl(), "tiny")));
  diffusers.erase("transformer_blocks.1.attn.to_k.weight");
  EXPECT_THAT([&] { as_bfl_flux(memory_source(diffusers, "bad")); },
              ThrowsMessage<FormatError>(HasSubstr("'transformer_blocks.1.attn.to_k.weight' is missing")));
}

TEST(FluxKeys, ReadsScaledFp8) {
  const auto w8 = torch::tensor({1.f, -2.f, 0.5f, 4.f}).reshape({2, 2}).to(torch::ScalarType::Float8_e4m3fn);
  for (const auto* ending : {"scale_weight", "weight_scale"}) {
    const auto source = unscale_fp8(memory_source({{"txt_in.weight", w8},
                                                   {text("txt_in.", ending), torch::tensor(0.5f)},
                                                   {"txt_in.bias", torch::ones({2})},
                                                   {"scaled_fp8", torch::zeros({2})}},
                                                  "fp8"));
    EXPECT_THAT(source->names(), ::testing::ElementsAre("txt_in.bias", "txt_in.weight"));
    EXPECT_TRUE(torch::equal(source->load("txt_in.weight"), w8.to(torch::kBFloat16) * 0.5));
  }
}

std::map<std::string, Tensor> tiny_bfl_vae() {
  torch::manual_seed(2);
  std::map<std::string, Tensor> out;
  const auto add = [&](const std::string& module, torch::IntArrayRef shape) {
    out[module + ".weight"] = torch::randn(shape);
    out[module + ".bias"] = torch::randn({shape[0]});
  };
  for (const std::string side : {"encoder.", "decoder."}) {
    for (const auto* name : {"conv_in", "conv_out"}) add(side + name, {2, 2, 3, 3});
    add(side + "norm_out", {2});
    for (const std::string block : {"mid.block_1.", "mid.block_2."})
      for (const auto* piece : {"norm1", "conv1", "norm2", "conv2"}) add(side + block + piece, {2});
    add(side + "mid.attn_1.norm", {2});
    for (const auto* name : {"q", "k", "v", "proj_out"}) add(side + "mid.attn_1." + name, {2, 2, 1, 1});
    const bool is_decoder = side == "decoder.";
    for (int level = 0; level < 4; ++level) {
      const auto place = text(side, is_decoder ? "up." : "down.", level, ".");
      for (int block = 0; block < (is_decoder ? 3 : 2); ++block)
        for (const auto* piece : {"norm1", "conv1", "norm2", "conv2"})
          add(text(place, "block.", block, ".", piece), {2});
      if (is_decoder && level > 0) add(place + "upsample.conv", {2, 2, 3, 3});
      if (!is_decoder && level < 3) add(place + "downsample.conv", {2, 2, 3, 3});
    }
  }
  for (const auto* name :
       {"encoder.down.1.block.0", "encoder.down.2.block.0", "decoder.up.1.block.0", "decoder.up.0.block.0"})
    add(std::string(name) + ".nin_shortcut", {2, 2, 1, 1});
  return out;
}

TEST(VaeKeys, RoundTripIsBitExact) {
  const auto bfl = tiny_bfl_vae();
  EXPECT_EQ(bfl.size(), 244u);
  const auto diffusers = load_all(*as_diffusers_vae(memory_source(bfl, "vae")));
  EXPECT_EQ(diffusers.size(), bfl.size());
  expect_same(load_all(*as_bfl_vae(memory_source(diffusers, "vae"))), bfl);
  expect_same(load_all(*as_diffusers_vae(memory_source(diffusers, "vae"))), diffusers);
  for (const auto& [name, tensor] : diffusers) EXPECT_EQ(name.find("block_1"), name.npos) << name;
}

TEST(VaeKeys, CountsDecoderLevelsFromTheOtherEnd) {
  const auto bfl = tiny_bfl_vae();
  const auto view = as_diffusers_vae(memory_source(bfl, "vae"));
  EXPECT_TRUE(torch::equal(view->load("decoder.up_blocks.0.resnets.2.conv1.bias"),
                           bfl.at("decoder.up.3.block.2.conv1.bias")));
  EXPECT_TRUE(view->contains("decoder.up_blocks.3.resnets.0.conv_shortcut.weight"));
  EXPECT_FALSE(view->contains("decoder.up_blocks.3.upsamplers.0.conv.weight"));
  EXPECT_EQ(view->load("decoder.mid_block.attentions.0.to_q.weight").sizes(), torch::IntArrayRef({2, 2}));
}

TEST(Recognise, TellsTheTransformersApart) {
  const auto kind_of = [](const std::map<std::string, Tensor>& tensors) {
    return recognise(*memory_source(tensors, "x"));
  };
  EXPECT_EQ(describe(kind_of(tiny_bfl(384))), "FLUX transformer, fill, single-file layout");
  EXPECT_EQ(kind_of(tiny_bfl(128)).variant, "control");
  EXPECT_EQ(kind_of(tiny_bfl(64)).variant, "dev");
  EXPECT_EQ(kind_of(tiny_bfl(24)).variant, "24 inputs");
  auto schnell = tiny_bfl(64);
  std::erase_if(schnell, [](const auto& item) { return item.first.starts_with("guidance_in"); });
  EXPECT_EQ(kind_of(schnell).variant, "schnell");
  const auto view = as_diffusers_flux(memory_source(tiny_bfl(), "x"));
  EXPECT_EQ(describe(recognise(*view)), "FLUX transformer, fill, diffusers layout");
  std::map<std::string, Tensor> whole;
  for (const auto& [name, tensor] : tiny_bfl()) whole["model.diffusion_model." + name] = tensor;
  EXPECT_EQ(kind_of(whole).network, Network::FluxTransformer);
  for (const auto& [name, tensor] : tiny_bfl_vae()) whole["vae." + name] = tensor;
  EXPECT_EQ(kind_of(whole).network, Network::Checkpoint);
}

TEST(Recognise, KnowsTheOtherNetworks) {
  const auto kind_of = [](const std::string& name) {
    return recognise(*memory_source({{name, torch::ones({1})}}, "x")).network;
  };
  EXPECT_EQ(recognise(*memory_source(tiny_bfl_vae(), "x")).network, Network::FluxVae);
  EXPECT_EQ(kind_of("redux_up.weight"), Network::Redux);
  EXPECT_EQ(kind_of("vision_model.embeddings.patch_embedding.weight"), Network::Siglip);
  EXPECT_EQ(kind_of("embeddings.patch_embedding.weight"), Network::Siglip);
  EXPECT_EQ(kind_of("luma.basis"), Network::LinearCodec);
  EXPECT_EQ(kind_of("text_model.embeddings.token_embedding.weight"), Network::ClipText);
  EXPECT_EQ(kind_of("encoder.block.0.layer.0.SelfAttention.q.weight"), Network::T5Encoder);
  EXPECT_EQ(kind_of("transformer.x_embedder.lora_A.weight"), Network::Adapter);
  EXPECT_EQ(kind_of("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight"), Network::Adapter);
  EXPECT_EQ(kind_of("something"), Network::Unknown);
}

}  // namespace
}  // namespace unidg::weights
