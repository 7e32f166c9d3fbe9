#include "unidg/sft/encode/encode.h"

#include <cstdio>

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/editing/mask_augmentation.h"
#include "unidg/flow/packing.h"
#include "unidg/flow/sampler.h"
#include "unidg/image/pillow_resize.h"
#include "unidg/image/tensor.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;

torch::ScalarType compute_dtype(const Tensor& weight) {
  return weight.is_cuda() ? weight.scalar_type() : torch::kFloat32;
}

/// Packed, scaled latent of a picture [1, 3, H, W]: [L, C].
Tensor latent_of(conditioning::FillPipeline& pipeline, const Tensor& picture, const EncodeConfig& config,
                 const std::string& id) {
  const auto& weight = pipeline.transformer->x_embedder->weight;
  const auto posterior = pipeline.vae->encode(picture.to(weight.device(), compute_dtype(weight)));
  auto z = posterior.mean.to(torch::kFloat32);
  if (config.posterior == "sample")
    z = z + torch::exp(0.5 * posterior.logvar.to(torch::kFloat32)) *
                flow::noise(z.sizes(), static_cast<std::uint64_t>(config.seed), id).to(z.device());
  return flow::pack_latents(pipeline.vae->scaled(z))[0].to(torch::kCPU);
}

std::string shard_name(std::int64_t number) {
  char name[40];
  std::snprintf(name, sizeof(name), "shard-%05lld.safetensors", static_cast<long long>(number));
  return name;
}

}  // namespace

EncodeConfig::EncodeConfig() { editing.target_zoom = "none"; }

void fields(FieldVisitor& visit, EncodeConfig& c) {
  visit.group("editing", c.editing);
  visit("source", c.source, one_of({"normal", "target"}), "what is masked on the right");
  visit("mask_aug", c.mask_aug, one_of({"none", "insert-anything"}),
        "target masks as they are, or Insert-Anything's boxes and blobs around them");
  visit("posterior", c.posterior, one_of({"sample", "mean"}), "what is taken of the VAE's posterior");
  visit("hole", c.hole, one_of({"black", "grey"}), "value of masked pixels");
  visit("dtype", c.dtype, one_of({"bf16", "fp32"}), "of the cache's latents and tokens");
  visit("shard", c.shard, in(1, 1e6), "pairs a file");
  visit("variants", c.variants, in(1, 1000), "encodings a pair, each with its own samples of the posterior");
  visit("seed", c.seed, any(), "of the samples");
}

PairPictures load_pair(const PlanLine& line) {
  PairPictures out{{load_image(line.reference_set / line.reference.abnormal),
                    unidg::load_mask(line.reference_set / line.reference.mask)},
                   {load_image(line.target_set / line.target.abnormal),
                    unidg::load_mask(line.target_set / line.target.mask)},
                   {}};
  if (!line.target.normal.empty()) out.normal = load_image(line.target_set / line.target.normal);
  return out;
}

Sample encode_pair(conditioning::FillPipeline& pipeline, const PairPictures& pair, const EncodeConfig& config,
                   const std::string& id) {
  torch::NoGradGuard no_grad;
  const auto& editing = config.editing;
  auto asked = pair.target.mask;
  if (config.mask_aug == "insert-anything") {
    Rng rng(static_cast<std::uint64_t>(config.seed), id + " mask");
    asked = editing::randomised_mask(asked, rng);
  }
  const auto used = editing::dilate(asked, editing);
  const auto placement = editing::plan_windows(used, editing).front();
  const auto target = editing::view_target(pair.target.image, used, placement, editing);
  const auto reference = editing::crop_reference(pair.reference, editing);
  const auto picture = [](const cv::Mat& m) { return to_tensor(m).unsqueeze(0); };
  const auto flat = [](const cv::Mat& m) { return mask_to_tensor(m).unsqueeze(0); };
  const auto left = picture(reference.image);
  const auto beside = [&](const Tensor& right) { return torch::cat({left, right}, 3); };

  Sample out;
  const auto side = flat(target.mask);
  const auto mask = torch::cat({torch::zeros_like(side), side}, 3);  // Eq. 6
  out.rows = mask.size(2) / 16, out.columns = mask.size(3) / 16;
  out.mask = mask[0];
  out.left = flow::token_mask(torch::cat({flat(reference.mask), torch::zeros_like(side)}, 3))[0];
  const auto result = beside(picture(target.image));
  out.x0 = latent_of(pipeline, result, config, id + " result");
  Tensor source = result;
  if (pair.normal) {
    const auto normal = editing::view_target(*pair.normal, used, placement, editing);
    const auto beside_normal = beside(picture(normal.image));
    out.normal = latent_of(pipeline, beside_normal, config, id + " normal");
    if (config.source == "normal") source = beside_normal;
  }
  const auto hole = config.hole == "grey" ? 0.0 : -1.0;
  out.masked = latent_of(pipeline, source * (1 - mask) + hole * mask, config, id + " masked");
  const auto seen = static_cast<int>(pipeline.image_encoder->config().image_size);
  const auto small = picture(pillow_resize(reference.image, seen, seen, PillowFilter::Bicubic));
  const auto device = pipeline.transformer->x_embedder->weight.device();
  out.redux = pipeline.condition_tokens(small.to(device), true).embeds[0].to(torch::kCPU);
  return out;
}

CacheReport build_cache(const fs::path& plan_file, conditioning::FillPipeline& pipeline, const fs::path& out,
                        const EncodeConfig& config) {
  if (config.editing.target_zoom != "none")
    throw UsageError("editing.target_zoom is '", config.editing.target_zoom,
                     "' but training shows the whole target: none");
  const auto plan = Plan::open(plan_file);
  bool trains = false;
  for (std::size_t i = 0; i < plan.size() && !trains; ++i) trains = !plan.is_held_out(i);
  if (!trains)
    throw InputError(plan_file.string(), ": holds no pair that trains, ", plan.size(), " held out");
  const Json made = {{"plan", sha256_hex(read_file(plan_file))}, {"settings", echo_fields(config)}};
  const auto note = out / "cache.json";
  if (fs::exists(note) && parse_json(read_file(note), note.string()) != made)
    throw UsageError(out.string(),
                     ": holds a cache of another plan or of other settings. Use another --out.");
  write_file_atomic(note, made.dump(2) + "\n");

  CacheReport report;
  Progress progress("encode", static_cast<std::int64_t>(plan.size()) * config.variants);
  std::int64_t done = 0;
  for (const bool is_held_out : {false, true}) {
    std::vector<std::pair<std::size_t, std::int64_t>> wanted;  // line, variant
    for (std::int64_t variant = 0; variant < (is_held_out ? 1 : config.variants); ++variant)
      for (std::size_t i = 0; i < plan.size(); ++i)
        if (plan.is_held_out(i) == is_held_out) wanted.emplace_back(i, variant);
    const auto folder = out / (is_held_out ? "val" : "train");
    for (std::size_t first = 0; first < wanted.size(); first += static_cast<std::size_t>(config.shard)) {
      const auto path = folder / shard_name(static_cast<std::int64_t>(first) / config.shard);
      const auto count = std::min(wanted.size() - first, static_cast<std::size_t>(config.shard));
      (is_held_out ? report.held_out : report.pairs) += static_cast<std::int64_t>(count);
      done += static_cast<std::int64_t>(count);
      if (fs::exists(path)) {
        report.kept += static_cast<std::int64_t>(count);
        continue;
      }
      std::vector<Sample> samples;
      for (std::size_t k = first; k < first + count; ++k) {
        const auto [line, variant] = wanted[k];
        samples.push_back(
            encode_pair(pipeline, load_pair(plan.line(line)), config, text("pair ", line, " ", variant)));
        progress.set(done - static_cast<std::int64_t>(count - samples.size()));
        if (interrupted())
          throw Interrupted("sft cache: stopped; finished shards are kept, run again to go on");
      }
      write_cache_shard(path, samples, config.dtype == "bf16" ? torch::kBFloat16 : torch::kFloat32,
                        {{"unidg.cache", made.dump()}});
    }
  }
  return report;
}

}  // namespace unidg::sft
