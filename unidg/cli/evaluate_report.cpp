#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/evaluation/report/report.h"

namespace unidg::cli {
namespace {

struct EvaluateReportOptions {
  std::string run, out, paired;
};

Exit run(const EvaluateReportOptions& options, const Console& console) {
  require(options.run, "RUN", "evaluate report");
  const std::filesystem::path folder = options.run;
  const auto report = evaluation::report::make_report(folder, {}, options.paired);
  for (const auto& warning : report.warnings) log_warning(warning);
  if (!report.run.is_complete())
    log_warning("incomplete: ", report.run.missing.size(),
                " cells have no result; the page lists them and `unidg evaluate run` computes them");
  const auto page = evaluation::report::write_report(
      report, options.out.empty() ? folder / "report" : std::filesystem::path(options.out));
  console.result({{"report", page.string()},
                  {"tables", report.tables().size()},
                  {"results", report.run.results.size()},
                  {"complete", report.run.is_complete()},
                  {"missing", report.run.missing.size()}},
                 page.string());
  return Exit::Ok;
}

}  // namespace

Action evaluate_report(CLI::App& app) {
  app.description("Tables, plots and pictures of an evaluation run, as a page and as data.");
  auto options = std::make_shared<EvaluateReportOptions>();
  app.add_option("run", options->run, "folder that `unidg evaluate run` wrote, finished or not")
      ->option_text("RUN");
  add(app, "--out", options->out, "DIR", "where the files go (default RUN/report)");
  add(app, "--paired", options->paired, "NAME",
      "generator whose differences to all others are shown (default: the first model of ours)");
  app.footer(
      "Writes report.html (nothing outside it is needed), report.csv, report.json, report.tex and report.md\n"
      "with the same rounded numbers.\n"
      "Example:\n"
      "  unidg evaluate report runs/cpu");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
