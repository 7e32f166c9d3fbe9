#include <gmock/gmock.h>

#include "support/golden.h"
#include "support/temp_folder.h"
#include "unidg/generation/parity.h"

namespace unidg::generation {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::Golden;
using unidg::testing::TempFolder;

/// A stored case whose tensors and metadata a test may change before it is run.
struct Case {
  explicit Case(const std::string& path) {
    const auto file = weights::SafetensorsFile::open(Golden::path_of(path));
    for (const auto& [name, info] : file->tensors()) tensors[name] = file->tensor(name).clone();
    metadata = file->metadata();
  }
  ParityReport run() const {
    const auto path = folder / "case.safetensors";
    weights::save_safetensors(path, tensors, metadata);
    return run_parity(path);
  }
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string> metadata;
  TempFolder folder;
};

constexpr auto kRedux = "models/golden/redux_wide.safetensors";
constexpr auto kFlux = "models/golden/flux_guided.safetensors";

TEST(Parity, FailsOnADifferenceAboveTheTolerance) {
  Case stored(kRedux);
  EXPECT_TRUE(stored.run().passed());
  stored.tensors["out.embeds"].view(-1)[3] += 0.01;
  const auto report = stored.run();
  EXPECT_FALSE(report.passed());
  EXPECT_NEAR(report.outputs.at(0).absolute, 0.01, 1e-5);
  EXPECT_THAT(describe(report), AllOf(HasSubstr("embeds"), HasSubstr("too large"), HasSubstr("FAILED")));
}

TEST(Parity, FailsOnMissingExtraMisshapenAndNanOutputs) {
  Case missing(kRedux), extra(kRedux), misshapen(kRedux), nan(kRedux);
  missing.tensors.erase("out.embeds");
  extra.tensors["out.pooled"] = torch::zeros({1});
  misshapen.tensors["out.embeds"] = misshapen.tensors["out.embeds"].transpose(1, 2).contiguous();
  nan.tensors["out.embeds"].view(-1)[0] = std::nanf("");
  for (const auto* stored : {&missing, &extra, &misshapen, &nan}) EXPECT_FALSE(stored->run().passed());
  EXPECT_THAT(describe(missing.run()), HasSubstr("missing in the case"));
  EXPECT_THAT(describe(extra.run()), HasSubstr("redux has no such output"));
  EXPECT_THAT(describe(nan.run()), HasSubstr("NaN"));
}

TEST(Parity, NotesWhatHasNoEffect) {
  Case stored(kRedux);
  stored.metadata["config"] = R"({"redux_dim": 12, "txt_in_features": 16, "sparkle": 1})";
  stored.tensors["in.guidance"] = torch::ones({1});
  const auto report = stored.run();
  EXPECT_TRUE(report.passed());
  EXPECT_THAT(report.notes, Contains(HasSubstr("'sparkle'")));
  EXPECT_THAT(report.notes, Contains(HasSubstr("'guidance'")));
}

TEST(Parity, TakesPrefixesOtherDtypesAndConfigsSeenInTheWeights) {
  Case stored(kFlux);
  stored.metadata["config"] = R"({"axes_dims_rope": [2, 4, 2]})";  // nothing else says how a head is split
  std::map<std::string, torch::Tensor> renamed;
  for (const auto& [name, tensor] : stored.tensors)
    renamed[name.starts_with("weights.") ? "weights.transformer." + name.substr(8) : name] =
        name.starts_with("weights.") ? tensor.to(torch::kFloat64) : tensor;
  stored.tensors = renamed;
  const auto report = stored.run();
  EXPECT_TRUE(report.passed()) << describe(report);
}

TEST(Parity, KeyWeightsOfOneChangeNothing) {
  Case stored(kFlux);
  const auto tokens = stored.tensors["in.img_ids"].size(0) + stored.tensors["in.txt_ids"].size(0);
  stored.tensors["in.key_weights"] = torch::ones({1, tokens});
  EXPECT_TRUE(stored.run().passed());
  stored.tensors["in.key_weights"].narrow(1, 0, 2).fill_(2);
  EXPECT_FALSE(stored.run().passed());
}

TEST(Parity, SaysWhyAFileIsNoCase) {
  Case stored(kRedux);
  const auto run = [&] { stored.run(); };
  stored.metadata["network"] = "redox";
  EXPECT_THAT(run, ThrowsMessage<FormatError>(AllOf(HasSubstr("'redox'"), HasSubstr("fill_pipeline"))));
  stored.metadata.erase("unidg.parity");
  EXPECT_THAT(run, ThrowsMessage<FormatError>(HasSubstr("no parity case")));
}

TEST(Parity, NamesAMissingOrMisshapenInput) {
  Case stored(kFlux);
  const auto run = [&] { stored.run(); };
  stored.tensors["in.pooled"] = torch::zeros({1, 8});
  EXPECT_THAT(run, ThrowsMessage<FormatError>(AllOf(HasSubstr("in.pooled"), HasSubstr("[1, 7]"))));
  stored.tensors.erase("in.pooled");
  EXPECT_THAT(run, ThrowsMessage<FormatError>(HasSubstr("needs the input 'in.pooled'")));
}

class ParityGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(ParityGolden, MatchesTheReferenceImplementation) {
  const auto report =
      run_parity(Golden::path_of(GetParam()), GetParam().starts_with("generation") ? 1e-3 : 1e-4);
  EXPECT_TRUE(report.passed()) << describe(report);
  const bool has_useless_guidance = GetParam().find("unguided") != std::string::npos;
  EXPECT_EQ(report.notes.size(), has_useless_guidance ? 1u : 0u) << describe(report);
}

INSTANTIATE_TEST_SUITE_P(Networks, ParityGolden,
                         ::testing::Values(kFlux, "models/golden/flux_unguided_weighted.safetensors",
                                           "models/golden/vae_encode_plain.safetensors",
                                           "models/golden/vae_encode_quantised.safetensors",
                                           "models/golden/vae_decode_plain.safetensors",
                                           "models/golden/vae_decode_quantised.safetensors",
                                           "models/golden/siglip_floor.safetensors",
                                           "models/golden/siglip_exact_gelu.safetensors", kRedux,
                                           "models/golden/redux_narrow.safetensors",
                                           "generation/golden/fill_pipeline_grey.safetensors",
                                           "generation/golden/fill_pipeline_black.safetensors"));

}  // namespace
}  // namespace unidg::generation
