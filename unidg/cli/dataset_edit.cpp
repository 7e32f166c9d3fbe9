#include "unidg/cli/config_flags.h"
#include "unidg/cli/dataset_commands.h"
#include "unidg/core/log.h"
#include "unidg/dataset/sets/edit.h"
#include "unidg/dataset/sets/export.h"

namespace unidg::cli {
namespace {

namespace sets = dataset::sets;

struct DatasetEditOptions {
  std::string set, out, format = "coco", marks;
  sets::SplitOptions split;
  sets::ExportOptions export_;
  bool near = false, exact_only = false, dry_run = false, only_kept = false, formats = false, runs = false;
  int threads = 0;
};

Exit split(const DatasetEditOptions& options, const Console& console) {
  require(options.set, "SET", "dataset split");
  auto wanted = options.split;
  wanted.near = !options.exact_only, wanted.threads = options.threads;
  const auto result = sets::split_set(options.set, wanted);
  Json counts = Json::object();
  std::string plain = text(result.parts, " parts:");
  for (const auto& [name, count] : result.counts) {
    counts[name.empty() ? "none" : name] = count;
    plain += text(" ", name.empty() ? "no split" : name, " ", count);
  }
  console.result({{"parts", result.parts}, {"counts", counts}}, plain);
  return Exit::Ok;
}

Exit dedupe(const DatasetEditOptions& options, const Console& console) {
  require(options.set, "SET", "dataset dedupe");
  const auto groups = sets::find_duplicates(options.set, options.near, options.threads);
  const auto reasons = sets::duplicates_to_drop(groups);
  if (!options.dry_run) sets::drop_entries(options.set, reasons);
  Json all = Json::array();
  std::string plain = text(groups.size(), " groups of duplicates, ", reasons.size(),
                           options.dry_run ? " entries would go" : " entries dropped");
  for (const auto& group : groups) {
    all.push_back({{"exact", group.is_exact},
                   {"kept", group.ids.front()},
                   {"others", std::vector<std::string>(group.ids.begin() + 1, group.ids.end())}});
    if (options.dry_run) {
      plain += text("\n", group.is_exact ? "exact: " : "near: ", group.ids.front());
      for (std::size_t i = 1; i < group.ids.size(); ++i) plain += " = " + group.ids[i];
    }
  }
  console.result({{"groups", all}, {"dropped", options.dry_run ? 0 : reasons.size()}}, plain);
  return Exit::Ok;
}

Exit export_to(const DatasetEditOptions& options, const Console& console) {
  if (options.formats) {
    Json all = Json::array();
    std::string plain;
    for (const auto& format : sets::export_formats()) {
      all.push_back({{"format", format.name}, {"is", format.says}, {"loses", format.loses}});
      plain += text(plain.empty() ? "" : "\n", format.name,
                    std::string(format.name.size() < 13 ? 13 - format.name.size() : 1, ' '), format.says,
                    "\n             no place for: ", format.loses);
    }
    console.result({{"formats", all}}, plain);
    return Exit::Ok;
  }
  require(options.set, "SET", "dataset export");
  require(options.out, "--out", "dataset export");
  auto wanted = options.export_;
  wanted.polygons = !options.runs;
  const auto result =
      sets::export_set(options.set, options.out, sets::export_format_named(options.format), wanted);
  Json notes = Json::object();
  for (const auto& [kind, group] : result.notes.groups()) {
    log_warning(kind, ": ", group.count, " (", group.first.front(), group.count > 1 ? ", ...)" : ")");
    notes[kind] = group.count;
  }
  console.result(
      {{"out", options.out}, {"format", options.format}, {"written", result.written}, {"notes", notes}},
      text(options.out, ": ", result.written, " pictures as ", options.format));
  return Exit::Ok;
}

Exit browse(const DatasetEditOptions& options, const Console& console) {
  require(options.set, "SET", "dataset browse");
  const auto page = sets::write_browser(options.set);
  console.result({{"page", page.string()}}, page.string());
  return Exit::Ok;
}

Exit apply(const DatasetEditOptions& options, const Console& console) {
  require(options.set, "SET", "dataset apply");
  require(options.marks, "MARKS", "dataset apply");
  const auto result = sets::apply_marks(options.set, options.marks, options.only_kept);
  if (result.unknown_count > 0)
    log_warning(result.unknown_count, " marks name pictures that the set does not hold (",
                result.unknown.front(), ")");
  console.result({{"kept", result.kept}, {"dropped", result.dropped}, {"unknown", result.unknown_count}},
                 text(result.dropped, " dropped, ", result.kept, " left"));
  return Exit::Ok;
}

std::shared_ptr<DatasetEditOptions> with_set(CLI::App& app) {
  auto options = std::make_shared<DatasetEditOptions>();
  app.add_option("set", options->set, "set folder")->option_text("SET");
  return options;
}

}  // namespace

Action dataset_split(CLI::App& app) {
  app.description("Gives every part with its duplicates one split; made pictures are never tested on.");
  auto options = with_set(app);
  add(app, "--train", options->split.train, "SHARE", "share of train (0.8)");
  add(app, "--val", options->split.val, "SHARE", "share of val (0.1)");
  add(app, "--test", options->split.test, "SHARE", "share of test (0.1)");
  add(app, "--seed", options->split.seed, "N", "the same seed gives the same splits");
  app.add_flag("--exact-only", options->exact_only, "near duplicates may part");
  add(app, "--threads", options->threads, "N", "default: one a core");
  app.footer("Example:\n  unidg dataset split sets/own --train 0.7 --val 0.1 --test 0.2");
  return [options](const Console& console) { return split(*options, console); };
}

Action dataset_dedupe(CLI::App& app) {
  app.description("Keeps one of each group of duplicates.");
  auto options = with_set(app);
  app.add_flag("--near", options->near, "also pictures encoded, resized or exposed again");
  app.add_flag("--dry-run", options->dry_run, "only list them");
  add(app, "--threads", options->threads, "N", "default: one a core");
  app.footer(
      "Dropped entries go to dropped.jsonl with the reason; files stay.\nExample:\n  unidg dataset dedupe "
      "sets/own --near --dry-run");
  return [options](const Console& console) { return dedupe(*options, console); };
}

Action dataset_export(CLI::App& app) {
  app.description("Writes a set for other tools.");
  auto options = with_set(app);
  add(app, "--out", options->out, "DIR", "new folder");
  add(app, "--format", options->format, "NAME",
      "anomalib, mvtec, coco, yolo-seg, cvat-mask, voc, imagefolder, webdataset");
  app.add_flag("--formats", options->formats, "list the formats and what each has no place for, and stop");
  app.add_flag("--runs", options->runs, "coco: run lengths for every mask, no polygons");
  add(app, "--shard-bytes", options->export_.shard_bytes, "N",
      "webdataset: size from which a new tar begins (1 GiB)");
  app.footer(
      "Examples:\n  unidg dataset export sets/own --format yolo-seg --out yolo\n  unidg dataset export "
      "sets/own --format mvtec --out mvtec");
  return [options](const Console& console) { return export_to(*options, console); };
}

Action dataset_browse(CLI::App& app) {
  app.description("Writes a page to look through a set and mark what stays.");
  auto options = with_set(app);
  app.footer(
      "The page works from the disk. Its marks are saved as a file for `unidg dataset apply`.\nExample:\n  "
      "unidg dataset browse sets/own");
  return [options](const Console& console) { return browse(*options, console); };
}

Action dataset_apply(CLI::App& app) {
  app.description("Drops what was marked on the browser page.");
  auto options = with_set(app);
  app.add_option("marks", options->marks, "file that the page saved")->option_text("MARKS");
  app.add_flag("--only-kept", options->only_kept, "drop what is not marked keep too");
  app.footer(
      "Dropped entries go to dropped.jsonl; files stay.\nExample:\n  unidg dataset apply sets/own "
      "own-marks.json");
  return [options](const Console& console) { return apply(*options, console); };
}

}  // namespace unidg::cli
