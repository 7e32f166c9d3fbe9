#include <gtest/gtest.h>

#include "unidg/conditioning/fill_pipeline.h"
#include "unidg/flow/packing.h"

namespace unidg::conditioning {
namespace {

FillPipeline tiny() {
  FillPipeline p;
  const weights::Scope w(weights::noise_source(3));
  auto flux = models::flux_tiny();
  auto vae = models::VaeConfig::flux();
  vae.block_out_channels = {8, 8, 8, 8};
  vae.norm_num_groups = 4;
  vae.layers_per_block = 1;
  const auto siglip = models::SiglipConfig::tiny();
  p.transformer = models::FluxTransformer(w["transformer"], flux);
  p.vae = models::AutoencoderKl(w["vae"], vae);
  p.image_encoder = models::SiglipVision(w["image_encoder"], siglip);
  p.image_embedder =
      models::ReduxEmbedder(w["image_embedder"], models::ReduxConfig{siglip.hidden_size, flux.joint_dim});
  return p;
}

FillInput input(const FillPipeline& p) {
  torch::manual_seed(4);
  FillInput in;
  in.image = torch::rand({1, 3, 32, 64}) * 2 - 1;
  in.mask = torch::zeros({1, 1, 32, 64});
  in.mask.narrow(2, 8, 12).narrow(3, 40, 16).fill_(1);
  in.reference_mask = torch::zeros({1, 1, 32, 64});
  in.reference_mask.narrow(2, 4, 20).narrow(3, 6, 20).fill_(1);
  const auto side = p.image_encoder->config().image_size;
  in.reference = torch::rand({1, 3, side, side}) * 2 - 1;
  in.noise = torch::randn({1, 8, 64});
  return in;
}

FillOptions steps(int count) {
  FillOptions options;
  options.steps = count;
  return options;
}

double difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(FillPipeline, CollapsedTextEquals512ZeroTokens) {  // docs/choices.md 24
  auto p = tiny();
  const auto in = input(p);
  auto collapsed = steps(3), whole = steps(3);
  whole.collapse_text = false;
  EXPECT_LT(difference(p.run(in, collapsed).latent, p.run(in, whole).latent), 1e-5);
}

TEST(FillPipeline, SeesNothingOfThePictureInsideTheMask) {
  auto p = tiny();
  auto in = input(p);
  const auto before = p.run(in, steps(2)).latent;
  in.image = torch::where(in.mask > 0, torch::full_like(in.image, 0.7), in.image);
  EXPECT_EQ(difference(before, p.run(in, steps(2)).latent), 0);
  in.image[0][0][0][0] += 0.5;  // but all of it outside
  EXPECT_GT(difference(before, p.run(in, steps(2)).latent), 1e-6);
}

TEST(FillPipeline, HoleColourGuidanceAndDefectAttentionMatter) {
  auto p = tiny();
  const auto in = input(p);
  const auto base = p.run(in, steps(2)).latent;
  auto grey = steps(2), weak = steps(2);
  grey.hole = 0.0;
  weak.guidance = 1.0;
  EXPECT_GT(difference(base, p.run(in, grey).latent), 1e-6);
  EXPECT_GT(difference(base, p.run(in, weak).latent), 1e-6);
  auto attention = steps(2);
  attention.attention = {2.0, "both"};
  EXPECT_GT(difference(base, p.run(in, attention).latent), 1e-7);
}

TEST(DefectBias, CoversSubjectAndTarget) {  // Eq. 11
  auto p = tiny();
  const auto in = input(p);
  const auto both = defect_bias(in.mask, in.reference_mask, {2.0, "both"});
  const auto left = defect_bias(in.mask, in.reference_mask, {2.0, "left"});
  const auto right = defect_bias(in.mask, in.reference_mask, {2.0, "right"});
  EXPECT_TRUE(torch::allclose(both, left + right));
  EXPECT_NEAR(both.max().item<double>(), std::log(2.0), 1e-6);
  const auto grid = both.view({2, 4});
  EXPECT_EQ((grid.narrow(1, 0, 2) > 0).sum().item<int>(), 4);  // the subject covers all of the left half
  EXPECT_EQ((grid.narrow(1, 2, 2) > 0).sum().item<int>(), 4);
  EXPECT_EQ(defect_bias(in.mask, in.reference_mask, {2.0, "off"}).abs().sum().item<double>(), 0);
}

TEST(FillPipeline, GuidedStartNearZeroReturnsTheGuess) {
  auto p = tiny();
  auto in = input(p);
  in.guess = torch::rand({1, 3, 32, 64}) * 2 - 1;
  auto options = steps(2);
  options.start = 1e-4;
  const auto expected = flow::pack_latents(p.vae->scaled(p.vae->encode(in.guess).mean));
  EXPECT_LT(difference(p.run(in, options).latent, expected), 1e-2);
}

}  // namespace
}  // namespace unidg::conditioning
