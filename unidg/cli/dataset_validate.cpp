#include "unidg/cli/config_flags.h"
#include "unidg/cli/dataset_commands.h"
#include "unidg/dataset/sets/check.h"
#include "unidg/dataset/sets/stats.h"

namespace unidg::cli {
namespace {

namespace sets = dataset::sets;

struct DatasetValidateOptions {
  std::string set, out, map;
  bool exact_only = false;
  int threads = 0;
};

Exit validate(const DatasetValidateOptions& options, const Console& console) {
  require(options.set, "SET", "dataset validate");
  const std::filesystem::path set = options.set;
  const auto report = sets::check_set(set, {!options.exact_only, options.threads});
  const auto page = sets::write_check_report(
      report, set, options.out.empty() ? set / "check" : std::filesystem::path(options.out));
  auto json = sets::to_json(report);
  json["report"] = page.string();
  auto plain =
      text(report.entries, " entries, ", report.errors, " errors, ", report.warnings, " worth a look");
  for (const bool errors : {true, false})
    for (const auto& [kind, group] : report.groups)
      if (group.is_error == errors) plain += text("\n  ", errors ? "error: " : "", kind, ": ", group.count);
  console.result(json, plain + "\n" + page.string());
  return report.errors > 0 ? Exit::BadInput : Exit::Ok;
}

Exit stats(const DatasetValidateOptions& options, const Console& console) {
  require(options.set, "SET", "dataset stats");
  const std::filesystem::path set = options.set;
  const auto taxonomy = options.map.empty() ? sets::Taxonomy::standard() : sets::Taxonomy::load(options.map);
  const auto found = sets::measure_set(set, options.threads);
  const auto page = sets::write_stats(
      found, taxonomy, std::filesystem::absolute(set).lexically_normal().filename().string(),
      options.out.empty() ? set / "stats" : std::filesystem::path(options.out));
  auto json = sets::to_json(found, taxonomy);
  json["report"] = page.string();
  console.result(json, sets::to_text(found, taxonomy) + "\n" + page.string());
  return Exit::Ok;
}

}  // namespace

Action dataset_validate(CLI::App& app) {
  app.description("Looks for everything that spoils a set: pairs, masks, duplicates, leaks.");
  auto options = std::make_shared<DatasetValidateOptions>();
  app.add_option("set", options->set, "set folder")->option_text("SET");
  add(app, "--out", options->out, "DIR", "where report.html and report.json go (default SET/check)");
  app.add_flag("--exact-only", options->exact_only, "no search for near duplicates");
  add(app, "--threads", options->threads, "N", "default: one a core");
  app.footer(
      "Exit code 3 when there are errors: files that cannot be read or were changed, masks that do not fit, "
      "leaks across splits.\nExample:\n  unidg dataset validate sets/own");
  return [options](const Console& console) { return validate(*options, console); };
}

Action dataset_stats(CLI::App& app) {
  app.description("Counts, areas and positions of the masks, printed and plotted.");
  auto options = std::make_shared<DatasetValidateOptions>();
  app.add_option("set", options->set, "set folder")->option_text("SET");
  add(app, "--out", options->out, "DIR", "where stats.html and stats.json go (default SET/stats)");
  add(app, "--map", options->map, "FILE", "map whose category names are shown (default: ours)");
  add(app, "--threads", options->threads, "N", "default: one a core");
  app.footer("Example:\n  unidg dataset stats sets/own");
  return [options](const Console& console) { return stats(*options, console); };
}

}  // namespace unidg::cli
