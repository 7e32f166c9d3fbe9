#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support/golden.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/flow/packing.h"
#include "unidg/image/tensor.h"
#include "unidg/sft/encode/encode.h"
#include "unidg/sft/encode/samples.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::Golden;
using unidg::testing::TempFolder;

/// FLUX.1-Fill with Redux, a few channels wide.
conditioning::FillPipeline tiny_pipeline() {
  const auto golden = Golden::load("generation/golden/fill_pipeline_black.safetensors");
  const auto config = golden.json("config");
  conditioning::FillPipeline out;
  out.transformer =
      models::FluxTransformer(golden.weights("weights.transformer."),
                              models::flux_config_from_json(config["transformer"], "transformer"));
  out.vae =
      models::AutoencoderKl(golden.weights("weights.vae."), models::VaeConfig::read({config["vae"], "vae"}));
  const auto encoder = weights::memory_source(golden.below("weights.image_encoder."), "encoder");
  out.image_encoder = models::SiglipVision(models::siglip_scope(encoder, {torch::kFloat32, torch::kCPU}),
                                           models::SiglipConfig::read({config["image_encoder"], "encoder"}));
  const auto redux = golden.weights("weights.image_embedder.");
  out.image_embedder = models::ReduxEmbedder(redux, models::ReduxConfig::infer(redux));
  return out;
}

EncodeConfig small() {
  EncodeConfig config;
  config.editing.size = 64, config.dtype = "fp32", config.shard = 2;
  return config;
}

MaskedImage defect(std::uint64_t seed) {
  Image picture(80, 60, PixelFormat::Rgb8);
  cv::RNG(seed).fill(picture.pixels(), cv::RNG::UNIFORM, 0, 255);
  Mask mask(80, 60);
  mask.pixels()(cv::Rect(30, 20, 12, 9)).setTo(255);
  return {picture, mask};
}

PairPictures pair() {
  auto target = defect(2);
  Image normal = target.image.clone();
  normal.pixels()(cv::Rect(30, 20, 12, 9)).setTo(cv::Scalar(90, 90, 90));
  return {defect(1), target, normal};
}

TEST(EncodePair, HoldsWhatTheMethodSees) {
  auto pipeline = tiny_pipeline();
  const auto sample = encode_pair(pipeline, pair(), small(), "x");
  EXPECT_EQ(sample.rows, 4);
  EXPECT_EQ(sample.columns, 8);
  EXPECT_EQ(sample.x0.sizes(), (std::vector<std::int64_t>{32, 64}));
  EXPECT_EQ(sample.masked.sizes(), sample.x0.sizes());
  EXPECT_EQ(sample.redux.size(1), 10);
  // Tokens of the left half know the reference's defect, the mask lies in the right half alone (Eq. 6).
  const auto column = torch::arange(32) % 8;
  EXPECT_TRUE(sample.left.any().item<bool>());
  EXPECT_FALSE((sample.left & (column >= 4)).any().item<bool>());
  EXPECT_EQ(sample.mask.narrow(2, 0, 64).sum().item<float>(), 0);
  EXPECT_GT(sample.mask.sum().item<float>(), 12 * 9 * 0.5);
  EXPECT_TRUE(sample.normal.defined());
  // The same pair with the source as its own target: outside the mask counterpart and target agree, so only
  // the posterior's sample differs from the mean.
  auto config = small();
  config.posterior = "mean";
  const auto by_normal = encode_pair(pipeline, pair(), config, "x");
  config.source = "target";
  const auto by_target = encode_pair(pipeline, pair(), config, "x");
  EXPECT_TRUE(torch::allclose(by_normal.masked, by_target.masked, 1e-4, 1e-5));
  EXPECT_FALSE(torch::allclose(by_normal.masked, sample.masked, 1e-4, 1e-5));
  EXPECT_TRUE(torch::equal(encode_pair(pipeline, pair(), small(), "x").x0, sample.x0));
  EXPECT_FALSE(torch::equal(encode_pair(pipeline, pair(), small(), "y").x0, sample.x0));
  auto without = pair();
  without.normal.reset();
  EXPECT_FALSE(encode_pair(pipeline, without, small(), "x").normal.defined());
}

TEST(EncodePair, TargetMasksMayHideTheDefectsShape) {
  auto pipeline = tiny_pipeline();
  auto config = small();
  const auto plain = encode_pair(pipeline, pair(), config, "x");
  config.mask_aug = "insert-anything";
  const auto a = encode_pair(pipeline, pair(), config, "x"),
             again = encode_pair(pipeline, pair(), config, "x");
  EXPECT_GT(a.mask.sum().item<float>(), plain.mask.sum().item<float>());
  EXPECT_TRUE(torch::equal(a.mask, again.mask));
  bool differs = false;
  for (const auto* id : {"y", "z", "w"})
    differs = differs || !torch::equal(encode_pair(pipeline, pair(), config, id).mask, a.mask);
  EXPECT_TRUE(differs) << "each pair and variant draws its own";
}

TEST(EncodePair, LatentsAreThoseOfAlg1sDiptych) {
  torch::NoGradGuard no_grad;
  auto pipeline = tiny_pipeline();
  auto config = small();
  config.posterior = "mean";
  const auto pictures = pair();
  const auto sample = encode_pair(pipeline, pictures, config, "x");
  const auto used = editing::dilate(pictures.target.mask, config.editing);
  const auto placement = editing::plan_windows(used, config.editing).front();
  EXPECT_EQ(placement.window, cv::Rect(0, 0, 80, 60)) << "training shows the whole target";
  const auto reference = to_tensor(editing::crop_reference(pictures.reference, config.editing).image);
  const auto latent = [&](const Image& right) {
    const auto view = editing::view_target(right, used, placement, config.editing);
    const auto diptych = torch::cat({reference, to_tensor(view.image)}, 2).unsqueeze(0);
    return flow::pack_latents(pipeline.vae->scaled(pipeline.vae->encode(diptych).mean))[0];
  };
  EXPECT_TRUE(torch::allclose(sample.x0, latent(pictures.target.image), 1e-5, 1e-5));
  EXPECT_TRUE(torch::allclose(sample.normal, latent(*pictures.normal), 1e-5, 1e-5));
  // Black inside the used mask.
  Image hollow = pictures.normal->clone();
  hollow.pixels().setTo(cv::Scalar::all(0), used.pixels());
  const auto difference = (sample.masked - latent(hollow)).abs().mean().item<double>();
  EXPECT_LT(difference,
            0.1 * (sample.masked - sample.normal).abs().mean().item<double>());  // but for resized borders
}

class SftCache : public ::testing::Test {
 protected:
  SftCache() {
    Progress::set_default_style(Progress::Style::Quiet);
    namespace sets = dataset::sets;
    sets::SetWriter writer(folder / "set");
    std::vector<sets::SetEntry> entries;
    for (int i = 0; i < 6; ++i) {
      sets::SetEntry entry;
      entry.id = entry.part = text("e", i), entry.source = "s", entry.object = "o", entry.type = "t",
      entry.category = 7;
      const auto one = defect(static_cast<std::uint64_t>(10 + i));
      const auto bytes = encode_png(one.image);
      entry.abnormal = "abnormal/" + entry.id + ".png", entry.mask = "mask/" + entry.id + ".png";
      entry.sha256 = sha256_hex(bytes), entry.mask_area = one.mask.area();
      writer.put(entry.abnormal, bytes), writer.put(entry.mask, encode_png(one.mask));
      if (i % 2 == 0) {
        entry.normal = "normal/" + entry.id + ".png";
        writer.put(entry.normal, bytes);
      }
      entries.push_back(entry);
    }
    writer.append(entries);
    writer.write_info({});
    PlanConfig config;
    config.sampling.balance = "all", config.select.held_out = 0.35;
    std::map<std::string, std::vector<std::string>> left_out;
    const Quadruplets quadruplets({folder / "set"}, config.select, config.alg2, left_out, 1);
    PlanReport report;
    const auto pairs = plan_pairs(quadruplets, config.sampling, config.alg2, report);
    for (const auto& pair : pairs) ++(pair.is_held_out ? held_out : trained);
    write_plan(folder / "plan", {folder / "set"}, quadruplets, pairs, report, left_out, config, 1);
  }
  TempFolder folder;
  std::int64_t trained = 0, held_out = 0;
};

TEST_F(SftCache, KeepsFinishedShardsAndReadsBack) {
  auto pipeline = tiny_pipeline();
  ASSERT_GT(trained, 2);
  ASSERT_GT(held_out, 0);
  auto config = small();
  config.variants = 2;
  auto report = build_cache(folder / "plan/plan.jsonl", pipeline, folder / "cache", config);
  EXPECT_EQ(report.pairs, 2 * trained);
  EXPECT_EQ(report.held_out, held_out);
  EXPECT_EQ(report.kept, 0);
  const Cache cache(folder / "cache/train");
  EXPECT_EQ(cache.count(), 2 * trained);
  const auto batch = cache.batch({0, 1});
  EXPECT_EQ(batch.condition.sizes(), (std::vector<std::int64_t>{2, 32, 64 + 256}));
  EXPECT_TRUE(batch.right.any().item<bool>());

  const auto lost = folder / "cache/train/shard-00001.safetensors";
  const auto before = read_file(lost);
  fs::remove(lost);
  report = build_cache(folder / "plan/plan.jsonl", pipeline, folder / "cache", config);
  EXPECT_EQ(report.kept, 2 * trained + held_out - 2);
  EXPECT_TRUE(read_file(lost) == before);

  config.hole = "grey";
  EXPECT_THAT([&] { build_cache(folder / "plan/plan.jsonl", pipeline, folder / "cache", config); },
              ThrowsMessage<UsageError>(HasSubstr("of other settings")));
}

TEST_F(SftCache, SheetsShowWhatTheNetworkPaints) {
  auto pipeline = tiny_pipeline();
  build_cache(folder / "plan/plan.jsonl", pipeline, folder / "cache", small());
  const auto batch = Cache(folder / "cache/train").batch({0, 1});
  const auto sheet = paint_samples(pipeline, batch, 2, 30, {});
  EXPECT_EQ(sheet.size(1) / 2, sheet.size(2) / 4);  // two rows, four columns of squares
  EXPECT_LE(sheet.abs().max().item<float>(), 1);
  EXPECT_TRUE(torch::equal(sheet, paint_samples(pipeline, batch, 2, 30, {})));
}

}  // namespace
}  // namespace unidg::sft
