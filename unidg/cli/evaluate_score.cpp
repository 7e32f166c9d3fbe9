#include <iomanip>
#include <sstream>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/evaluation/metrics/map_folders.h"

namespace unidg::cli {
namespace {

struct EvaluateScoreOptions {
  std::string maps, truths;
  int bootstrap = 0;
  std::uint64_t seed = 0;
  ConfigFlags config;
};

using Intervals = std::map<std::string, evaluation::Interval>;

/// One flat object: the scores, then `<name>_low` and `<name>_high` where intervals were asked for.
Json to_json(const evaluation::DetectionScores& scores, const Intervals& intervals) {
  auto out = evaluation::to_json(scores);
  for (const auto& [name, interval] : intervals) {
    out[name + "_low"] = interval.low;
    out[name + "_high"] = interval.high;
  }
  return out;
}

std::string to_text(const evaluation::DetectionScorer& scorer, const evaluation::DetectionScores& scores,
                    const Intervals& intervals) {
  std::ostringstream out;
  const auto abnormal = scorer.is_abnormal();
  out << scorer.images() << " maps, " << std::count(abnormal.begin(), abnormal.end(), true)
      << " of them with defects\n"
      << std::fixed << std::setprecision(4);
  for (const auto& [name, value] : evaluation::named(scores)) {
    out << std::left << std::setw(12) << name;
    if (value)
      out << *value;
    else
      out << "undefined";
    if (const auto at = intervals.find(name); at != intervals.end())
      out << "  [" << at->second.low << ", " << at->second.high << "]";
    out << "\n";
  }
  auto lines = out.str();
  lines.pop_back();
  return lines;
}

Exit run(const EvaluateScoreOptions& options, const Console& console) {
  require(options.maps, "--pred", "evaluate score");
  require(options.truths, "--truth", "evaluate score");
  const auto config = options.config.resolve(evaluation::MetricConfig{});
  const auto scorer = evaluation::score_folders(options.maps, options.truths, config);
  const auto scores = scorer.result();
  const auto intervals =
      options.bootstrap > 0 ? scorer.bootstrap(options.bootstrap, options.seed) : Intervals{};
  console.result(to_json(scores, intervals), to_text(scorer, scores, intervals));
  return Exit::Ok;
}

}  // namespace

Action evaluate_score(CLI::App& app) {
  app.description("AUROC, AP, F1 and PRO of a detector's score maps against their truth.");
  auto options = std::make_shared<EvaluateScoreOptions>();
  add(app, "--pred", options->maps, "DIR",
      "score maps: .npy (float32, float64, float16) or grey PNG of 8 or 16 bits");
  add(app, "--truth", options->truths, "DIR",
      "truth PNGs, above 127 is defect; a map without truth is a normal image");
  add(app, "--bootstrap", options->bootstrap, "N", "rounds of the intervals over images (default 0: none)")
      ->check(CLI::Range(0, 1'000'000));
  add(app, "--seed", options->seed, "S", "of the bootstrap (default 0)");
  options->config.declare(app);
  app.footer(text(
      "Maps and truths are paired by relative path and stem; `_mask` at its end does not count. Any finite\n"
      "range of scores will do. A score without meaning is undefined (null with --json).\n",
      "Settings (--set) and their defaults:\n", describe_fields(list_fields(evaluation::MetricConfig{})),
      "Example:\n"
      "  unidg evaluate score --pred maps --truth mvtec/bottle/ground_truth --json"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
