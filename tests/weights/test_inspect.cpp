#include <gmock/gmock.h>

#include "support/golden.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/weights/flux_keys.h"
#include "unidg/weights/inspect.h"

namespace unidg::weights {
namespace {

using ::testing::ElementsAre;
using testing::Golden;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(InspectGolden, DescribesATransformerOfDiffusers) {
  const auto report = inspect(Golden::path_of("weights/golden/lora_base.safetensors"));
  EXPECT_EQ(describe(report.kind), "FLUX transformer, 12 inputs, diffusers layout");
  EXPECT_EQ(report.facts.at("double blocks"), "1");
  EXPECT_EQ(report.facts.at("single blocks"), "1");
  EXPECT_EQ(report.facts.at("width"), "12");
  EXPECT_EQ(report.facts.at("guidance"), "embedded");
  EXPECT_EQ(report.licence, "");            // a size that nobody released: nothing is claimed
  EXPECT_THAT(report.problems, IsEmpty());  // every name of the reference implementation is in our table
  EXPECT_THAT(to_text(report, true), HasSubstr("x_embedder.weight  F32  [12, 12]"));
}

TEST(InspectGolden, DescribesAdapters) {
  const auto report = inspect(Golden::path_of("weights/golden/lora_kohya.safetensors"));
  EXPECT_EQ(describe(report.kind), "LoRA adapter, kohya format");
  EXPECT_EQ(report.facts.at("rank"), "2, 3, 4");
  EXPECT_THAT(report.licence, HasSubstr("FLUX.1 [dev]"));
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(to_json(report)["metadata"]["ss_network_module"], "networks.lora_flux");
}

TEST(Inspect, NamesWhatIsMissingAndWhatIsUnknown) {
  const testing::TempFolder folder;
  const auto base = as_bfl_flux(open_source(Golden::path_of("weights/golden/lora_base.safetensors")));
  std::map<std::string, Tensor> tensors;
  for (const auto& name : base->names()) tensors[name] = base->load(name);
  tensors.erase("double_blocks.0.img_attn.qkv.bias");
  tensors["stranger"] = torch::ones({3});
  save_safetensors(folder / "odd.safetensors", tensors, {{"modelspec.license", "MIT"}});
  const auto report = inspect(folder / "odd.safetensors");
  EXPECT_EQ(report.kind.layout, "single-file");
  EXPECT_EQ(report.licence, "MIT (stated in the file)");
  ASSERT_EQ(report.problems.size(), 2u);
  EXPECT_THAT(report.problems[0],
              HasSubstr("3 tensors missing (diffusers names): transformer_blocks.0.attn.to_k.bias"));
  EXPECT_THAT(report.problems[1], HasSubstr("stranger"));
}

TEST(Inspect, NamesSam2) {
  const testing::TempFolder folder;
  save_safetensors(folder / "sam.safetensors", {{"mask_decoder.iou_token.weight", torch::ones({1, 8})}});
  EXPECT_EQ(describe(inspect(folder / "sam.safetensors").kind), "SAM 2 segmenter, transformers layout");
  save_safetensors(folder / "meta.safetensors", {{"sam_mask_decoder.iou_token.weight", torch::ones({1, 8})}});
  EXPECT_EQ(describe(inspect(folder / "meta.safetensors").kind), "SAM 2 segmenter, single-file layout");
}

TEST(Inspect, ReportsAnAdapterThatCannotBeRead) {
  const testing::TempFolder folder;
  save_safetensors(folder / "half.safetensors",
                   {{"transformer.x_embedder.lora_A.weight", torch::ones({2, 4})}});
  EXPECT_THAT(inspect(folder / "half.safetensors").problems, ElementsAre(HasSubstr("without B")));
  save_safetensors(folder / "other.safetensors", {{"something", torch::ones({2, 4})}});
  EXPECT_THAT(inspect(folder / "other.safetensors").problems, ElementsAre(HasSubstr("fit no network")));
}

TEST(Inspect, WalksAPipelineFolder) {
  const testing::TempFolder folder;
  folder.write("model_index.json", "{}");
  folder.write("scheduler/scheduler_config.json", "{}");
  save_safetensors(folder / "image_embedder" / "diffusion_pytorch_model.safetensors",
                   {{"redux_up.weight", torch::ones({2, 3})}});
  save_safetensors(folder / "vae" / "diffusion_pytorch_model.safetensors",
                   {{"decoder.mid_block.resnets.0.conv1.weight", torch::ones({2}).to(torch::kBFloat16)}});
  const auto report = inspect(folder.path());
  ASSERT_EQ(report.components.size(), 2u);
  EXPECT_EQ(report.components[0].kind.network, Network::Redux);
  EXPECT_EQ(report.components[1].kind.network, Network::FluxVae);
  EXPECT_EQ(report.parameters, 8);
  EXPECT_EQ(report.parameters_by_dtype.at("BF16"), 2);
  EXPECT_THAT(to_text(report), HasSubstr("diffusers pipeline of 2 components"));
  EXPECT_EQ(to_json(report)["components"].size(), 2u);
}

TEST(Inspect, NeverOpensAPickle) {
  const testing::TempFolder folder;
  EXPECT_THROW(inspect(folder.write("x.safetensors", std::string("\x80\x02}q\x00.", 6))), FormatError);
}

}  // namespace
}  // namespace unidg::weights
