#include "unidg/cli/batch_options.h"

#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/dataset/manifest.h"

namespace unidg::cli {
namespace fs = std::filesystem;
using generation::BatchReport;
using generation::Plan;

namespace {

Json to_json(const BatchReport& report, const BatchOptions& options, const fs::path& manifest,
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

}  // namespace

void BatchOptions::declare(CLI::App& app) {
  const char* what = "What to paint";
  add(app, "--reference", reference, "IMG", "picture that shows the defect; its mask is beside it")
      ->group(what);
  add(app, "--reference-mask", reference_mask, "PNG", "the defect's mask, where it is elsewhere")
      ->group(what);
  add(app, "--references", references, "DIR", "instead: one reference drawn for each picture, seeded")
      ->group(what);
  const char* where = "Where to paint";
  add(app, "--scenes", scenes, "IMG|DIR", "good pictures")->group(where);
  add(app, "--masks", masks, "PNG|DIR|auto|like:DIR|from:DIR",
      "white = paint; a file, or a folder paired by name; auto draws masks on the product, like: places "
      "those "
      "of a folder there, from: takes them in order as they are")
      ->group(where);
  add(app, "--manifest", manifest, "JOBS.jsonl", "instead: one line a picture (docs/formats.md)")
      ->group(where);
  add(app, "--count", count, "N", "pictures per scene (default 1)")->group(where);
  const char* result = "Result";
  add(app, "--out", out, "DIR", "receives pictures, masks, captions and the manifest")->group(result);
  add(app, "--layout", layout, "NAME", "quadruplet (default) or mvtec")->group(result);
  add(app, "--test-good", test_good, "N", "scenes held out, unpainted, as the mvtec layout's test/good")
      ->group(result);
  add(app, "--shard", shard, "i/N", "this process's part of the work, 1-based")->group(result);
  app.add_flag("--no-metadata", no_metadata, "no settings inside the PNGs")->group(result);
  app.add_flag("--dry-run", is_dry_run, "count, check, estimate memory; write nothing")->group(result);
  const char* how = "How to paint";
  add(app, "--seed", seed, "S", "with an item's id it decides the picture (default 0)")
      ->check(CLI::NonNegativeNumber)
      ->group(how);
  settings.declare(app);
  for (const char* name : {"--config", "--set"}) app.get_option(name)->group(how);
}

generation::BatchRequest BatchOptions::request() const {
  constexpr std::int64_t kMost = 1'000'000;
  if (count < 1 || count > kMost) throw UsageError("--count is ", count, "; it must be 1 to ", kMost);
  if (test_good < 0 || test_good > kMost)
    throw UsageError("--test-good is ", test_good, "; it must be 0 to ", kMost);
  return {.reference = reference,
          .reference_mask = reference_mask,
          .references = references,
          .scenes = scenes,
          .masks = masks,
          .jobs = manifest,
          .count = static_cast<int>(count),
          .seed = seed,
          .shard = dataset::parse_shard(shard),
          .test_good = static_cast<int>(test_good)};
}

dataset::WriterConfig BatchOptions::writer(dataset::PixelSource source) const {
  return {dataset::parse_layout(layout), dataset::parse_shard(shard), !no_metadata, source};
}

void check_output(const BatchOptions& options, const std::string& command) {
  require(options.out, "--out", command);
  dataset::refuse_lossy(options.out, "--out");
  if (options.test_good > 0 && dataset::parse_layout(options.layout) != dataset::Layout::Mvtec)
    throw UsageError("--test-good ", options.test_good, ": test/good belongs to --layout mvtec");
}

Exit dry_run(const BatchOptions& options, const Plan& plan, const std::optional<Need>& need,
             const Console& console) {
  const auto problems = generation::check_inputs(plan);
  const auto finished = generation::count_finished(plan, options.out);
  Json ids = Json::array();
  for (const auto& item : plan.items) ids.push_back(item.id);
  auto lines = text("would write ", plan.items.size() - finished, " pictures to ", options.out, " (",
                    plan.total, " in all shards, ", finished, " are there; ", plan.scenes.size(), " scenes, ",
                    plan.references.size(), " references)\n");
  if (need)
    lines +=
        text("would hold about ", need->bytes >> 20, " MiB in memory (", need->parameters, " parameters)\n");
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, plan.items.size()); ++i)
    lines += "  " + plan.items[i].id + "\n";
  if (plan.items.size() > kShown) lines += text("  and ", plan.items.size() - kShown, " more\n");
  for (const auto& note : plan.notes) log_warning(note);
  Json result = {{"dry_run", true},
                 {"out", options.out},
                 {"pictures", plan.items.size()},
                 {"pictures_of_all_shards", plan.total},
                 {"finished", finished},
                 {"scenes", plan.scenes.size()},
                 {"references", plan.references.size()}};
  if (need) result.update({{"memory_bytes", need->bytes}, {"parameters", need->parameters}});
  result.update({{"ids", ids}, {"notes", plan.notes}, {"problems", problems}});
  console.result(result, lines);
  if (problems.empty()) return Exit::Ok;
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "\nerror: ") + problem;
  throw InputError(all);
}

Exit paint_plan(const BatchOptions& options, const Plan& plan, const generation::Generator& generator,
                const dataset::MaskConfig& masks, const Json& provenance, const Console& console) {
  const auto layout = options.writer(generator.source());
  dataset::QuadrupletWriter writer(options.out, layout);
  generation::write_test_good(plan, writer);
  const auto report = generation::run_batch(plan, generator, masks, writer, provenance);

  const bool is_whole = !report.is_interrupted && layout.shard.count == 1 &&
                        dataset::manifest_files(options.out).size() == 1;  // else `unidg merge` ends the work
  const auto gallery = is_whole ? generation::finish_folder(options.out) : fs::path();
  log_info(report.made, " pictures made", report.weak ? text(" (", report.weak, " weak)") : "", ", ",
           report.skipped, " were there already, ", report.failures.size(), " failed",
           gallery.empty() ? "" : "; look at " + gallery.string());
  console.result(to_json(report, options, writer.manifest(), gallery), writer.manifest().string());
  return judge(report);
}

}  // namespace unidg::cli
