#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/progress.h"
#include "unidg/training/base.h"

namespace unidg::cli {
namespace {

struct TrainOptions {
  std::string shards, run;
  std::int64_t steps = 0;
  double minutes = 0;
  ConfigFlags config;

  training::BaseConfig resolve() const {
    std::vector<std::pair<std::string, Json>> flags;
    if (steps > 0) flags = {{"steps", steps}, {"samples", 0}};
    return config.resolve(training::BaseConfig{}, flags);
  }
};

Exit run_base(const TrainOptions& options, const Console& console) {
  require(options.shards, "--shards", "train base");
  require(options.run, "--run", "train base");
  const auto config = options.resolve();
  const auto steps = training::train_base(options.shards, options.run, config, options.minutes * 60);
  const auto wanted = config.steps_in_all();
  const bool is_complete = steps >= wanted;
  console.result({{"run", options.run}, {"steps", steps}, {"complete", is_complete}},
                 text(options.run, ": ", steps, " of ", wanted, " steps",
                      is_complete ? "" : "; the same command goes on from here"));
  if (!is_complete && interrupted()) return Exit::Interrupted;
  return Exit::Ok;
}

Exit run_codec(const TrainOptions& options, const Console& console) {
  require(options.shards, "--shards", "train codec");
  const auto config = options.resolve();
  const auto fitted = training::fit_codec(training::ShardSet(options.shards), config);
  console.result({{"psnr_db", fitted.psnr_db},
                  {"luma_channels", config.luma_channels},
                  {"chroma_channels", config.chroma_channels}},
                 text(config.luma_channels, " luma and ", config.chroma_channels,
                      " chroma channels: ", fitted.psnr_db, " dB"));
  return Exit::Ok;
}

void declare(CLI::App& app, TrainOptions& options, bool is_base) {
  add(app, "--shards", options.shards, "DIR", "what `unidg prepare` wrote");
  if (is_base) {
    add(app, "--run", options.run, "DIR", "run directory; an unfinished run goes on");
    add(app, "--steps", options.steps, "N", "steps in all, those of earlier runs included");
    add(app, "--minutes", options.minutes, "M", "stop and save after this time");
  }
  options.config.declare(app);
}

}  // namespace

Action train(CLI::App& app) {
  app.description("Trains the embedded model.");
  auto options = std::make_shared<TrainOptions>();
  auto* base = app.add_subcommand("base", "Trains the denoiser of the embedded model from scratch.");
  declare(*base, *options, true);
  base->footer(text("Settings (--set) and their defaults:\n",
                    describe_fields(list_fields(training::BaseConfig{})),
                    "Example:\n"
                    "  unidg train base --shards shards --run runs/v0 --steps 30000"));
  auto* codec = app.add_subcommand("codec", "Fits the linear codec alone and says how exact it is.");
  declare(*codec, *options, false);
  codec->footer(
      "Example:\n"
      "  unidg train codec --shards shards --set luma_channels=24");
  return [&app, options](const Console& console) {
    if (app.got_subcommand("base")) return run_base(*options, console);
    if (app.got_subcommand("codec")) return run_codec(*options, console);
    throw UsageError("unidg train needs one of: base, codec. `unidg train --help` says what they do.");
  };
}

}  // namespace unidg::cli
