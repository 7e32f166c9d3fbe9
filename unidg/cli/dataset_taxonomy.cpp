#include "unidg/cli/config_flags.h"
#include "unidg/cli/dataset_commands.h"
#include "unidg/core/log.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::sets {
extern const char* const kTaxonomyJson;
}

namespace unidg::cli {
namespace {

namespace sets = dataset::sets;

struct DatasetTaxonomyOptions {
  std::string map, set, type, source, object;
  bool print = false, apply = false;
};

Exit list(const sets::Taxonomy& taxonomy, const Console& console) {
  Json all = Json::array();
  std::string plain = text("map version ", taxonomy.version());
  for (int i = 1; i <= 28; ++i) {
    std::string words;
    Json phrases = Json::array();
    for (const auto& rule : taxonomy.rules())
      if (rule.category == i)
        phrases.push_back(rule.phrase), words += (words.empty() ? "" : ", ") + rule.phrase;
    all.push_back({{"category", i}, {"name", taxonomy.name(i)}, {"phrases", phrases}});
    plain += text("\n", i < 10 ? " " : "", i, " ", taxonomy.name(i), ": ", words);
  }
  console.result({{"version", taxonomy.version()}, {"categories", all}}, plain);
  return Exit::Ok;
}

Exit answer(const DatasetTaxonomyOptions& options, const sets::Taxonomy& taxonomy, const Console& console) {
  const auto found = taxonomy.category(options.source, options.object, options.type);
  console.result({{"type", options.type},
                  {"category", found.category ? Json(*found.category) : Json(nullptr)},
                  {"name", found.category ? Json(taxonomy.name(*found.category)) : Json(nullptr)},
                  {"because", found.why},
                  {"version", taxonomy.version()}},
                 found.category
                     ? text(*found.category, " ", taxonomy.name(*found.category), " (", found.why, ")")
                     : text("not mapped: ", found.why));
  return Exit::Ok;
}

/// Types of a set with their categories by this map; with --apply they are stored.
Exit map_set(const DatasetTaxonomyOptions& options, const sets::Taxonomy& taxonomy, const Console& console) {
  struct Row {
    std::size_t count = 0, changes = 0;
    sets::Taxonomy::Answer answer;
  };
  std::map<std::string, Row> rows;
  std::size_t unmapped = 0;
  const auto visit = [&](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    const auto found = taxonomy.category(entry.source, entry.object, entry.type);
    auto& row = rows[entry.source + "/" + entry.object + "/" + entry.type];
    ++row.count, row.answer = found;
    row.changes += found.category != entry.category;
    unmapped += !found.category;
    entry.category = found.category, entry.category_map = taxonomy.version();
    return entry;
  };
  if (options.apply)
    sets::rewrite_set(options.set, visit);
  else
    sets::each_entry(options.set, [&](sets::SetEntry entry) { visit(std::move(entry)); });
  Json all = Json::array();
  std::string plain;
  for (const auto& [type, row] : rows) {
    const auto& category = row.answer.category;
    all.push_back({{"type", type},
                   {"count", row.count},
                   {"category", category ? Json(*category) : Json(nullptr)},
                   {"because", row.answer.why},
                   {"changes", row.changes}});
    plain += text(
        plain.empty() ? "" : "\n", type, " ", row.count, " -> ",
        category ? text(*category, " ", taxonomy.name(*category)) : "NOT MAPPED", " (", row.answer.why, ")",
        row.changes > 0 ? text(options.apply ? ", changed " : ", --apply would change ", row.changes) : "");
  }
  console.result(
      {{"version", taxonomy.version()}, {"types", all}, {"unmapped", unmapped}, {"applied", options.apply}},
      plain);
  return Exit::Ok;
}

Exit run(const DatasetTaxonomyOptions& options, const Console& console) {
  if (options.print) {
    console.result(Json::parse(sets::kTaxonomyJson), sets::kTaxonomyJson);
    return Exit::Ok;
  }
  const auto taxonomy = options.map.empty() ? sets::Taxonomy::standard() : sets::Taxonomy::load(options.map);
  if (!options.type.empty()) return answer(options, taxonomy, console);
  if (!options.set.empty()) return map_set(options, taxonomy, console);
  return list(taxonomy, console);
}

}  // namespace

Action dataset_taxonomy(CLI::App& app) {
  app.description("The 28 categories and the map of source types to them.");
  auto options = std::make_shared<DatasetTaxonomyOptions>();
  app.add_option("set", options->set, "show how a set's types are mapped")->option_text("SET");
  add(app, "--type", options->type, "WORDS", "show the category of one type, and why");
  add(app, "--source", options->source, "NAME", "with --type: the source, for overrides");
  add(app, "--object", options->object, "NAME", "with --type: the object, for overrides");
  add(app, "--map", options->map, "FILE", "a map of your own (default: ours)");
  app.add_flag("--apply", options->apply, "with SET: store the categories in it");
  app.add_flag("--print", options->print, "print our map, to start your own from");
  app.footer(
      "A type that no rule knows, or that rules contradict each other about, has no category and is named.\n"
      "Examples:\n"
      "  unidg dataset taxonomy\n"
      "  unidg dataset taxonomy --type bent_lead\n"
      "  unidg dataset taxonomy sets/own --map map.json --apply");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
