#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/preparation/inpaint.h"

namespace unidg::cli {
namespace {

struct PrepareOptions {
  std::string corpus, out, task = "pairs", library;
  ConfigFlags config;
};

preparation::PrepareReport make(const PrepareOptions& options) {
  if (options.task == "inpaint")
    return preparation::prepare_inpaint(options.corpus, options.library, options.out,
                                        options.config.resolve(preparation::InpaintConfig{}));
  if (!options.library.empty()) throw UsageError("prepare: --masks belongs to --task inpaint");
  return preparation::prepare(options.corpus, options.out,
                              options.config.resolve(preparation::PrepareConfig{}));
}

Exit run(const PrepareOptions& options, const Console& console) {
  require(options.out, "--out", "prepare");
  const auto report = make(options);
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
  auto options = std::make_shared<PrepareOptions>();
  add(app, "--corpus", options->corpus, "DIR",
      "photos with manifest.jsonl (docs/formats.md); none: drawn products");
  add(app, "--out", options->out, "DIR", "receives the shards; finished ones are kept");
  add(app, "--task", options->task, "NAME",
      "pairs: defects from references (default); inpaint: masked photos, for the inpainting agent")
      ->check(CLI::IsMember({"pairs", "inpaint"}));
  add(app, "--masks", options->library, "LIB", "inpaint: masks of `unidg masks build`; none: drawn ones");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n",
                  describe_fields(list_fields(preparation::PrepareConfig{})), "and of --task inpaint:\n",
                  describe_fields(list_fields(preparation::InpaintConfig{})),
                  "Examples:\n"
                  "  unidg prepare --corpus photos --out shards --set pairs=12000\n"
                  "  unidg prepare --task inpaint --corpus photos --masks library --out holes"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
