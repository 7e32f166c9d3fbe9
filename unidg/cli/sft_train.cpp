#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/progress.h"
#include "unidg/generation/model_files.h"
#include "unidg/sft/encode/encode.h"
#include "unidg/sft/encode/samples.h"
#include "unidg/sft/run/run.h"
#include "unidg/training/sheet.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string plan, cache, out, run, model, transformer, vae, image_encoder, redux;
  std::int64_t steps = 0;
  ConfigFlags config;

  conditioning::FillPipeline pipeline() const {
    generation::ModelPaths paths;
    paths.model = model, paths.transformer = transformer, paths.vae = vae;
    paths.image_encoder = image_encoder, paths.redux = redux;
    return generation::load_fill_pipeline(paths);
  }
  void declare_model(CLI::App& app) {
    add(app, "--model", model, "DIR", "FLUX.1-Fill-dev in diffusers' layout, with Redux");
    add(app, "--transformer", transformer, "F", "in place of the folder's");
    add(app, "--vae", vae, "F", "in place of the folder's");
    add(app, "--image-encoder", image_encoder, "F", "in place of the folder's");
    add(app, "--redux", redux, "F", "in place of the folder's");
  }
};

Exit run_cache(const Options& options, const Console& console) {
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
  Sheets(conditioning::FillPipeline& pipeline, const Options& options, const sft::RunConfig& config)
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

Exit run_train(const Options& options, const Console& console) {
  require(options.cache, "--cache", "sft train");
  require(options.run, "--run", "sft train");
  std::vector<std::pair<std::string, Json>> flags;
  if (options.steps > 0) flags = {{"steps", options.steps}};
  const auto config = options.config.resolve(sft::RunConfig{}, flags);
  auto pipeline = options.pipeline();
  Sheets sheets(pipeline, options, config);
  const auto result = sft::train(options.cache, pipeline.transformer, options.run, config,
                                 [&](std::int64_t step) { sheets(step); });
  const bool is_complete = result.steps >= config.steps;
  const auto weights =
      fs::path(options.run) / (config.parameters == "lora" ? "adapter.safetensors" : "model.safetensors");
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
  auto options = std::make_shared<Options>();
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
  auto options = std::make_shared<Options>();
  add(app, "--cache", options->cache, "DIR", "what `unidg sft cache` wrote");
  add(app, "--run", options->run, "DIR", "run directory; an unfinished run goes on");
  add(app, "--steps", options->steps, "N", "steps in all, those of earlier runs included");
  options->declare_model(app);
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n", describe_fields(list_fields(sft::RunConfig{})),
                  "Example:\n  unidg sft train --cache cache --model FLUX.1-Fill-dev --run runs/sft"));
  return [options](const Console& console) { return run_train(*options, console); };
}

}  // namespace unidg::cli
