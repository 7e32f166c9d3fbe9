#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/sft/pairs/plan_file.h"

namespace unidg::cli {
namespace {

struct SftPlanOptions {
  std::vector<std::string> sets;
  std::string out;
  int rows = 6;
  ConfigFlags config;
};

std::string table(const Json& report, const std::string& out) {
  std::string words = text(report["quadruplets"].get<std::int64_t>(), " quadruplets\n");
  const auto count = [](const Json& counts, const char* name) { return counts.value(name, std::int64_t{0}); };
  for (const char* name : {"a", "b", "c"}) {
    words += text("(", name, ") ", count(report["pairs"], name), " pairs, ", count(report["held_out"], name),
                  " held out, ", count(report["cut"], name), " cut for balance");
    const auto dropped = report["dropped"].value(name, Json::object());
    for (const auto& [reason, number] : dropped.items())
      words += text("; ", number.get<std::int64_t>(), " without: ", reason);
    words += "\n";
  }
  return words + out + "/plan.jsonl, report.json, sheet.png";
}

Exit run(const SftPlanOptions& options, const Console& console) {
  require(options.out, "--out", "sft plan");
  if (options.sets.empty())
    throw UsageError("sft plan: name a set, as `unidg curate` or `unidg dataset import` makes it");
  const auto config = options.config.resolve(sft::PlanConfig{});
  std::vector<std::filesystem::path> sets;
  for (const auto& set : options.sets) {
    if (!dataset::sets::is_set(set))
      throw InputError(set, ": is no set (expected set.json and manifest.jsonl); `unidg dataset import ", set,
                       " --out SET` makes one");
    sets.emplace_back(set);
  }
  std::map<std::string, std::vector<std::string>> left_out;
  const sft::Quadruplets quadruplets(sets, config.select, config.alg2, left_out);
  sft::PlanReport report;
  const auto pairs = sft::plan_pairs(quadruplets, config.sampling, config.alg2, report);
  auto words = sft::write_plan(options.out, sets, quadruplets, pairs, report, left_out, config, options.rows);
  words["plan"] = (std::filesystem::path(options.out) / "plan.jsonl").string();
  console.result(words, table(words, options.out));
  return Exit::Ok;
}

}  // namespace

Action sft_plan(CLI::App& app) {
  app.description("Draws the pairs of Diversity-SFT (App. C.1): which reference trains which target.");
  auto options = std::make_shared<SftPlanOptions>();
  app.add_option("SET", options->sets, "sets with defect photos, masks and normal counterparts")
      ->type_name("DIR");
  add(app, "--out", options->out, "DIR", "receives plan.jsonl, report.json and sheet.png");
  add(app, "--sheet", options->rows, "N", "drawn pairs of each distribution on the sheet (default 6)");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n", describe_fields(list_fields(sft::PlanConfig{})),
                  "Example:\n  unidg sft plan udg --out plan --set sampling.ratio=2:1:1"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
