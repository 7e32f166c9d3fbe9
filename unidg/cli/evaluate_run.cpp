#include <iomanip>
#include <map>
#include <sstream>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/evaluation/protocol/run.h"
#include "unidg/evaluation/protocol/summary.h"

namespace unidg::cli {
namespace fs = std::filesystem;
namespace {

struct EvaluateRunOptions {
  std::string config, out, as, products;
  std::int64_t jobs = 1;
  bool is_dry_run = false;
  std::vector<std::string> assignments;

  evaluation::RunConfig resolve() const {
    auto all = assignments;
    if (!products.empty()) all.push_back("data=" + Json(products).dump());
    return evaluation::read_config(config, all, as == "published");
  }
};

std::string hours(double seconds) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(seconds < 3600 ? 0 : 1)
      << (seconds < 3600 ? seconds / 60 : seconds / 3600) << (seconds < 3600 ? " min" : " h");
  return out.str();
}

Exit dry_run(const EvaluateRunOptions& options, const evaluation::RunConfig& config, const Console& console) {
  const auto estimate = evaluation::estimate_run(config, options.out);
  auto lines = text(estimate.cells, " cells (", estimate.finished, " finished), ", estimate.pictures,
                    " pictures to generate\n", "generating  ", hours(estimate.generate_seconds), "\n");
  for (const auto& [task, seconds] : estimate.seconds.items()) {
    auto left = task;
    left.resize(std::max<std::size_t>(left.size() + 1, 16), ' ');
    lines += text(left, hours(seconds.get<double>()), "\n");
  }
  lines += text("about ", hours(estimate.total_seconds), " with one job, ",
                estimate.is_measured ? "by what this run has taken so far" : "by a table for two cores");
  const auto deviations = evaluation::deviations(config);
  for (const auto& name : deviations) lines += "\nswitched: " + name;
  console.result({{"dry_run", true},
                  {"out", options.out},
                  {"cells", estimate.cells},
                  {"finished", estimate.finished},
                  {"pictures", estimate.pictures},
                  {"generate_seconds", estimate.generate_seconds},
                  {"task_seconds", estimate.seconds},
                  {"seconds", estimate.total_seconds},
                  {"measured", estimate.is_measured},
                  {"deviations", deviations}},
                 lines);
  return Exit::Ok;
}

Exit run(const EvaluateRunOptions& options, const Console& console) {
  require(options.config, "CONFIG.json", "evaluate run");
  if (!options.as.empty() && options.as != "published")
    throw UsageError("--as ", options.as, ": there is only --as published");
  const auto config = options.resolve();
  auto out = options;
  if (out.out.empty()) out.out = (fs::path("runs") / config.name).string();
  if (options.is_dry_run) return dry_run(out, config, console);

  const auto report = evaluation::run_evaluation(
      config, {out.out, static_cast<int>(options.jobs), options.as == "published"});
  auto lost = Json::array();
  for (const auto& cell : report.lost) lost.push_back({{"cell", cell.cell}, {"error", cell.error}});
  const auto summary = evaluation::summarise(out.out);
  console.result(
      {{"out", out.out},
       {"cells", report.cells},
       {"finished", report.finished},
       {"skipped", report.skipped},
       {"lost", lost},
       {"interrupted", report.is_interrupted},
       {"summary", evaluation::to_json(summary)}},
      evaluation::to_text(summary) + text("`unidg evaluate report ", out.out, "` draws the tables"));
  if (report.is_interrupted) {
    log_warning("interrupted; the same command goes on from here");
    return Exit::Interrupted;
  }
  if (report.lost.empty()) return Exit::Ok;
  log_warning(report.lost.size(), " of ", report.cells, " cells are lost, the first is ",
              report.lost.front().cell, ": ", report.lost.front().error,
              "; the same command tries them again");
  return Exit::Partial;
}

}  // namespace

Action evaluate_run(CLI::App& app) {
  app.description("Compares generators: products x generators x seeds x tasks.");
  auto options = std::make_shared<EvaluateRunOptions>();
  app.add_option("config", options->config, "what is compared; configs/evaluation holds examples")
      ->option_text("CONFIG.json");
  add(app, "--out", options->out, "RUN", "run folder (default runs/<name>); an unfinished run goes on");
  add(app, "--products", options->products, "DIR",
      "the folder that holds the products, instead of the config's");
  add(app, "--as", options->as, "published",
      "sets every switch as published work has it; the report says so");
  add(app, "--jobs", options->jobs, "N", "cells at once, each with its share of the processor (default 1)")
      ->check(CLI::Range(1, 64));
  app.add_flag("--dry-run", options->is_dry_run, "count cells and estimate the time; write nothing");
  add_list(app, "--set", options->assignments, "KEY=VALUE", "one setting; may be repeated");
  std::string switches;
  for (const auto& one : evaluation::switches()) {
    auto left = text("  ", one.name, "=", one.ours.dump());
    left.resize(std::max<std::size_t>(left.size() + 1, 50), ' ');
    switches += text(left, one.published == one.ours ? "" : text("published ", one.published.dump(), ": "),
                     one.meaning, "\n");
  }
  app.footer(
      text("Examples:\n"
           "  unidg evaluate run configs/evaluation/smoke.json --out runs/smoke\n"
           "  unidg evaluate run configs/evaluation/cpu.json --products mvtec --dry-run\n"
           "Exit code 5: some cells are lost, the others are kept.\n\nProtocol switches:\n",
           switches, "\nSettings (--set KEY=VALUE) and their defaults:\n",
           describe_fields(list_fields(evaluation::RunConfig{}))));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
