#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/cli/generate_options.h"
#include "unidg/core/log.h"
#include "unidg/core/version.h"
#include "unidg/dataset/manifest.h"
#include "unidg/generation/batch.h"
#include "unidg/generation/model_files.h"

namespace unidg::cli {
namespace fs = std::filesystem;
using generation::BatchReport;
using generation::Plan;

namespace {

Exit dry_run(const GenerateOptions& options, const Plan& plan, const Console& console) {
  const auto config = options.config();
  const auto parts = generation::model_parts(options.model_paths());
  const auto problems = generation::check_inputs(plan);
  const bool is_small = parts.front().name == "codec";
  std::int64_t parameters = 0;
  for (const auto& part : parts) parameters += part.parameters;
  const auto need =
      generation::memory_need(parameters, 4, is_small ? 128 : config.generate.editing.size, is_small);
  const auto finished = generation::count_finished(plan, options.out);
  Json ids = Json::array();
  for (const auto& item : plan.items) ids.push_back(item.id);
  const auto megabytes = need.peak() >> 20;
  auto lines = text("would write ", plan.items.size() - finished, " pictures to ", options.out, " (",
                    plan.total, " in all shards, ", finished, " are there; ", plan.scenes.size(), " scenes, ",
                    plan.references.size(), " references)\n", "would hold about ", megabytes,
                    " MiB in memory (", parameters, " parameters)\n");
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, plan.items.size()); ++i)
    lines += "  " + plan.items[i].id + "\n";
  if (plan.items.size() > kShown) lines += text("  and ", plan.items.size() - kShown, " more\n");
  for (const auto& note : plan.notes) log_warning(note);
  console.result({{"dry_run", true},
                  {"out", options.out},
                  {"pictures", plan.items.size()},
                  {"pictures_of_all_shards", plan.total},
                  {"finished", finished},
                  {"scenes", plan.scenes.size()},
                  {"references", plan.references.size()},
                  {"memory_bytes", need.peak()},
                  {"parameters", parameters},
                  {"ids", ids},
                  {"notes", plan.notes},
                  {"problems", problems}},
                 lines);
  if (problems.empty()) return Exit::Ok;
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "\nerror: ") + problem;
  throw InputError(all);
}

Json to_json(const BatchReport& report, const GenerateOptions& options, const fs::path& manifest,
             const fs::path& gallery) {
  auto failures = Json::array();
  for (const auto& failure : report.failures)
    failures.push_back({{"id", failure.id}, {"reason", failure.reason}});
  return {{"out", options.out},
          {"manifest", manifest.string()},
          {"gallery", gallery.empty() ? Json(nullptr) : Json(gallery.string())},
          {"planned", report.planned},
          {"made", report.made},
          {"weak", report.weak},
          {"skipped", report.skipped},
          {"failed", report.failures.size()},
          {"failures", failures},
          {"interrupted", report.is_interrupted}};
}

/// Interrupted, nothing made, some failed, or all well.
Exit judge(const BatchReport& report) {
  if (report.is_interrupted) {
    log_warning("interrupted; the same command goes on from here");
    return Exit::Interrupted;
  }
  if (report.failures.empty()) return Exit::Ok;
  if (report.made + report.skipped == 0) throw InputError(report.failures.front().reason);
  return Exit::Partial;
}

Exit run(const GenerateOptions& options, const Console& console) {
  require(options.out, "--out", "generate");
  dataset::refuse_lossy(options.out, "--out");
  const auto config = options.config();
  const auto plan = generation::plan_batch(options.request());
  const dataset::WriterConfig layout{dataset::parse_layout(options.layout), options.request().shard,
                                     !options.no_metadata, dataset::PixelSource::TrainedModel};
  if (options.is_dry_run) return dry_run(options, plan, console);

  generation::check_first(plan);
  const auto generator = generation::DefectGenerator::load(options.model_paths(), config.generate);
  const Json provenance = {
      {"version", kVersion},
      {"weights", generation::hash_parts(generation::model_parts(options.model_paths()))}};
  dataset::QuadrupletWriter writer(options.out, layout);
  const auto report = generation::run_batch(plan, generator, config.masks, writer, provenance);

  const bool is_whole = !report.is_interrupted && layout.shard.count == 1 &&
                        dataset::manifest_files(options.out).size() == 1;  // else `unidg merge` ends the work
  const auto gallery = is_whole ? generation::finish_folder(options.out) : fs::path();
  log_info(report.made, " pictures made", report.weak ? text(" (", report.weak, " weak)") : "", ", ",
           report.skipped, " were there already, ", report.failures.size(), " failed",
           gallery.empty() ? "" : "; look at " + gallery.string());
  console.result(to_json(report, options, writer.manifest(), gallery), writer.manifest().string());
  return judge(report);
}

}  // namespace

Action generate(CLI::App& app) {
  app.description("Paints the defect of a reference picture into good pictures.");
  auto options = std::make_shared<GenerateOptions>();
  options->declare(app);
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
