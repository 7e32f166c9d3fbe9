#include "unidg/preparation/prepare.h"

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"

namespace unidg::cli {
namespace {

struct Options {
  std::string corpus, out;
  ConfigFlags config;
};

Exit run(const Options& options, const Console& console) {
  require(options.out, "--out", "prepare");
  const auto config = options.config.resolve(preparation::PrepareConfig{});
  const auto report = preparation::prepare(options.corpus, options.out, config);
  console.result({{"out", options.out},
                  {"pairs", report.pairs},
                  {"held_out", report.held_out},
                  {"skipped", report.skipped},
                  {"by_dataset", report.by_dataset}},
                 text(options.out, ": ", report.pairs, " pairs, ", report.held_out, " more held out, ",
                      report.skipped, " skipped"));
  return Exit::Ok;
}

}  // namespace

Action prepare(CLI::App& app) {
  app.description("Cuts photos into training shards.");
  auto options = std::make_shared<Options>();
  add(app, "--corpus", options->corpus, "DIR",
      "photos with manifest.jsonl (docs/formats.md); none: drawn products");
  add(app, "--out", options->out, "DIR", "receives the shards; finished ones are kept");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n",
                  describe_fields(list_fields(preparation::PrepareConfig{})),
                  "Example:\n"
                  "  unidg prepare --corpus photos --out shards --set pairs=12000"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
