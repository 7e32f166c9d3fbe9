#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/progress.h"
#include "unidg/generation/model_files.h"
#include "unidg/sft/encode/encode.h"
#include "unidg/sft/encode/samples.h"
#include "unidg/sft/run/memory.h"
#include "unidg/sft/run/run.h"
#include "unidg/training/sheet.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;

struct SftTrainOptions {
  std::string plan, cache, out, run, model, transformer, vae, image_encoder, redux;
  double rank_timeout = 1800;
  std::int64_t steps = 0, size = 768;
  std::string device = "auto";
  bool is_dry_run = false;
  ConfigFlags config;

  generation::ModelPaths paths() const {
    generation::ModelPaths out;
    out.model = model, out.transformer = transformer, out.vae = vae;
    out.image_encoder = image_encoder, out.redux = redux;
    return out;
  }
  conditioning::FillPipeline pipeline() const { return generation::load_fill_pipeline(paths()); }
  void declare_model(CLI::App& app) {
    add(app, "--model", model, "DIR", "FLUX.1-Fill-dev in diffusers' layout, with Redux");
    add(app, "--transformer", transformer, "F", "in place of the folder's");
    add(app, "--vae", vae, "F", "in place of the folder's");
    add(app, "--image-encoder", image_encoder, "F", "in place of the folder's");
    add(app, "--redux", redux, "F", "in place of the folder's");
  }
};

Exit run_cache(const SftTrainOptions& options, const Console& console) {
  require(options.plan, "--plan", "sft cache");
  require(options.out, "--out", "sft cache");
  const auto config = options.config.resolve(sft::EncodeConfig{});
  auto pipeline = options.pipeline();
  const auto report = sft::build_cache(options.plan, pipeline, options.out, config);
  console.result(
      {{"out", options.out}, {"pairs", report.pairs}, {"held_out", report.held_out}, {"kept", report.kept}},
      text(options.out, ": ", report.pairs, " pairs, ", report.held_out, " held out; ", report.kept,
           " were there already"));
  return Exit::Ok;
}

/// Four held-out pairs, painted.
class Sheets {
 public:
  Sheets(conditioning::FillPipeline& pipeline, const SftTrainOptions& options, const sft::RunConfig& config)
      : pipeline_(pipeline), folder_(fs::path(options.run) / "samples"), config_(config) {
    const auto val = fs::path(options.cache) / "val";
    const sft::Cache cache(fs::is_directory(val) ? val : fs::path(options.cache) / "train");
    const auto count = std::min<std::int64_t>(4, cache.count());
    std::vector<std::int64_t> shown;
    for (std::int64_t i = 0; i < count; ++i) shown.push_back(i * cache.count() / count);
    batch_ = cache.batch(shown);
  }
  void operator()(std::int64_t step) {
    constexpr std::int64_t kSteps = 28;
    constexpr double kGuidance = 30;
    training::write_picture(folder_ / text("step-", step, ".png"),
                            sft::paint_samples(pipeline_, batch_, kSteps, kGuidance, config_.loss));
  }

 private:
  conditioning::FillPipeline& pipeline_;
  fs::path folder_;
  sft::RunConfig config_;
  sft::Batch batch_;
};

/// What stands beside the trained parameters: the networks' sizes and dtype.
sft::MemoryInput measure_model(const generation::ModelPaths& paths, bool on_gpu) {
  using Full = generation::FullSizeParameters;
  constexpr int kBf16 = 2, kFloat = 4;
  sft::MemoryInput out;
  out.network = generation::transformer_config(paths);
  out.weight_bytes = kBf16, out.compute_bytes = on_gpu ? kBf16 : kFloat;
  if (paths.model.empty()) {
    out.other_parameters = static_cast<double>(Full::all - Full::transformer);
    return out;
  }
  for (const auto& part : generation::model_parts(paths)) {
    if (part.name != "transformer") out.other_parameters += static_cast<double>(part.parameters);
    if (!on_gpu && part.file_bytes >= kFloat * static_cast<std::uint64_t>(part.parameters))
      out.weight_bytes = kFloat;
  }
  return out;
}

Exit dry_run(const SftTrainOptions& options, const sft::RunConfig& config, const Console& console) {
  constexpr std::int64_t kCell = 16, kReduxTokens = 729;  // pixels of a token's side; SigLIP at 384
  const bool on_gpu = options.device == "cuda" || (options.device == "auto" && torch::cuda::is_available());
  auto input = measure_model(options.paths(), on_gpu);
  if (options.size < kCell || options.size % kCell != 0)
    throw UsageError("--size ", options.size, " is no multiple of ", kCell,
                     ", the side of a token in pixels");
  input.image_tokens = 2 * (options.size / kCell) * (options.size / kCell);
  input.condition_tokens = kReduxTokens;
  if (!options.cache.empty()) {
    const auto one = sft::Cache(fs::path(options.cache) / "train").batch({0});
    input.image_tokens = one.x0.size(1), input.condition_tokens = one.redux.size(1);
  }
  const auto plan = sft::plan_memory(input, config);
  auto json = sft::to_json(plan);
  json.update({{"dry_run", true}, {"device", on_gpu ? "cuda" : "cpu"}, {"tokens", input.image_tokens}});
  const auto line = [](const char* name, double bytes) {
    return text("\n  ", name, static_cast<std::int64_t>(bytes) >> 20, " MiB");
  };
  console.result(
      json, text("a step on a ", on_gpu ? "GPU" : "CPU", " would hold about ",
                 static_cast<std::int64_t>(plan.peak()) >> 20, " MiB", line("weights      ", plan.weights),
                 ", ", plan.frozen_parameters, " frozen parameters and the networks beside",
                 line("trained      ", plan.parameters), ", ", plan.trained_parameters,
                 " parameters and their gradients", line("optimizer    ", plan.optimizer),
                 line("average      ", plan.average), line("activations  ", plan.activations), ", ",
                 input.image_tokens, " + ", input.condition_tokens, " tokens of ",
                 std::min(config.micro, config.batch), " pairs, recompute ", config.recompute ? "on" : "off",
                 line("runtime      ", plan.runtime)));
  return Exit::Ok;
}

Exit run_train(const SftTrainOptions& options, const Console& console) {
  std::vector<std::pair<std::string, Json>> flags;
  if (options.steps > 0) flags = {{"steps", options.steps}};
  const auto config = options.config.resolve(sft::RunConfig{}, flags);
  if (options.is_dry_run) return dry_run(options, config, console);
  require(options.cache, "--cache", "sft train");
  require(options.run, "--run", "sft train");
  const auto place = parallel::Place::from_environment();
  if (options.rank_timeout <= 0)
    throw UsageError("--rank-timeout ", options.rank_timeout, " must be above 0");
  std::optional<parallel::Ring> ring;
  if (place.size > 1) ring.emplace(place, options.rank_timeout);
  if (place.rank > 0) Progress::set_default_style(Progress::Style::Quiet);
  auto pipeline = options.pipeline();
  Sheets sheets(pipeline, options, config);
  const auto result = sft::train(
      options.cache, pipeline.transformer, options.run, config, [&](std::int64_t step) { sheets(step); },
      ring ? &*ring : nullptr);
  const bool is_complete = result.steps >= config.steps;
  const auto weights =
      fs::path(options.run) / (config.parameters == "lora" ? "adapter.safetensors" : "model.safetensors");
  if (place.rank > 0) return !is_complete && interrupted() ? Exit::Interrupted : Exit::Ok;
  console.result({{"run", options.run},
                  {"steps", result.steps},
                  {"complete", is_complete},
                  {"weights", weights.string()},
                  {"best_step", result.best_step},
                  {"best_loss", result.best}},
                 text(weights.string(), ": ", result.steps, " of ", config.steps, " steps",
                      result.best_step > 0
                          ? text("; smallest validation loss ", result.best, " at step ", result.best_step)
                          : std::string(),
                      is_complete ? "" : "; the same command goes on from here"));
  return !is_complete && interrupted() ? Exit::Interrupted : Exit::Ok;
}

}  // namespace

Action sft_cache(CLI::App& app) {
  app.description(
      "Encodes a plan's pairs once: latents and Redux tokens, so that training needs no pictures.");
  auto options = std::make_shared<SftTrainOptions>();
  add(app, "--plan", options->plan, "JSONL", "what `unidg sft plan` wrote");
  add(app, "--out", options->out, "DIR", "receives train/ and val/; finished shards are kept");
  options->declare_model(app);
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n", describe_fields(list_fields(sft::EncodeConfig{})),
                  "Example:\n  unidg sft cache --plan plan/plan.jsonl --model FLUX.1-Fill-dev --out cache"));
  return [options](const Console& console) { return run_cache(*options, console); };
}

Action sft_train(CLI::App& app) {
  app.description("Diversity-SFT (Sec. 5.3, App. C): trains adapter or network on a cache.");
  auto options = std::make_shared<SftTrainOptions>();
  add(app, "--cache", options->cache, "DIR", "what `unidg sft cache` wrote");
  add(app, "--run", options->run, "DIR", "run directory; an unfinished run goes on");
  add(app, "--steps", options->steps, "N", "steps in all, those of earlier runs included");
  add(app, "--rank-timeout", options->rank_timeout, "S",
      "under torchrun: seconds of silence after which another rank counts as lost");
  app.add_flag("--dry-run", options->is_dry_run,
               "forecast the memory of a step and load nothing; without --model FLUX.1-Fill-dev's");
  add(app, "--size", options->size, "S", "of --dry-run without --cache: side of a diptych's half, pixels");
  add(app, "--device", options->device, "auto|cpu|cuda", "of --dry-run: where the training will run")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  options->declare_model(app);
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n", describe_fields(list_fields(sft::RunConfig{})),
                  "Example:\n  unidg sft train --cache cache --model FLUX.1-Fill-dev --run runs/sft"));
  return [options](const Console& console) { return run_train(*options, console); };
}

}  // namespace unidg::cli
