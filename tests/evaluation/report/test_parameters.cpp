#include <gtest/gtest.h>

#include "unidg/core/config.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/evaluation/report/parameters.h"
#include "unidg/weights/safetensors_header.h"

namespace unidg::evaluation::report {
namespace {

struct Stored {
  std::int64_t parameters = 0;
  Json config;
};

/// Numbers below `weights.` of a fixture that reference code wrote.
Stored stored(const std::string& name) {
  const auto path = std::filesystem::path(UNIDG_TESTS_DIR) / "models/golden" / (name + ".safetensors");
  const std::string bytes = read_file(path);
  const auto header = weights::parse_safetensors_header(bytes, path);
  Stored out{0, parse_json(header.metadata.at("config"), path.string())};
  for (const auto& [key, info] : header.tensors) {
    if (key.rfind("weights.", 0) != 0) continue;
    std::int64_t count = 1;
    for (const auto side : info.shape) count *= side;
    out.parameters += count;
  }
  return out;
}

TEST(ParametersGolden, Mmdit) {
  const auto flux = stored("flux_guided");
  const auto field = [&](const char* name) { return flux.config.at(name).get<std::int64_t>(); };
  MmditSizes sizes;
  sizes.head_dim = field("attention_head_dim"), sizes.width = sizes.head_dim * field("num_attention_heads");
  sizes.double_blocks = field("num_layers"), sizes.single_blocks = field("num_single_layers");
  sizes.in = field("in_channels"), sizes.out = field("out_channels");
  sizes.joint = field("joint_attention_dim"), sizes.pooled = field("pooled_projection_dim");
  EXPECT_EQ(parameters(sizes), flux.parameters);
}

TEST(ParametersGolden, Vae) {
  const auto encoder = stored("vae_encode_plain"), decoder = stored("vae_decode_plain");
  VaeSizes sizes;
  sizes.channels = encoder.config.at("block_out_channels").get<std::vector<std::int64_t>>();
  sizes.latent = encoder.config.at("latent_channels"), sizes.resnets = encoder.config.at("layers_per_block");
  EXPECT_EQ(encoder_parameters(sizes), encoder.parameters);
  EXPECT_EQ(decoder_parameters(sizes), decoder.parameters);
}

TEST(ParametersGolden, Siglip) {
  const auto tower = stored("siglip_floor");
  const Json& vision = tower.config.at("vision_config");
  SiglipSizes sizes;
  sizes.width = vision.at("hidden_size"), sizes.mlp = vision.at("intermediate_size");
  sizes.layers = vision.at("num_hidden_layers"), sizes.patch = vision.at("patch_size");
  const auto side = vision.at("image_size").get<std::int64_t>() / sizes.patch;
  sizes.tokens = side * side;
  EXPECT_EQ(parameters(sizes), tower.parameters);
}

TEST(ParametersGolden, Redux) {
  const auto redux = stored("redux_narrow");
  ReduxSizes sizes;
  sizes.features = redux.config.at("redux_dim"), sizes.joint = redux.config.at("txt_in_features");
  sizes.hidden = 3 * sizes.joint;
  EXPECT_EQ(parameters(sizes), redux.parameters);
}

TEST(Parameters, OfFullSize) {  // Table 5
  EXPECT_EQ(component_parameters("mmdit"), 11'902'391'360);
  EXPECT_EQ(component_parameters("vae"), 83'819'683);
  EXPECT_EQ(component_parameters("siglip"), 428'225'600);
  EXPECT_EQ(component_parameters("redux"), 64'503'808);
  EXPECT_EQ(component_parameters("clip"), 123'060'480);
  EXPECT_EQ(component_parameters("t5"), 4'762'310'656);
  EXPECT_THROW(component_parameters("unet"), UsageError);
}

}  // namespace
}  // namespace unidg::evaluation::report
