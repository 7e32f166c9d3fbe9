#include "unidg/cli/config_flags.h"
#include "unidg/cli/dataset_commands.h"
#include "unidg/core/log.h"
#include "unidg/dataset/sets/import.h"

namespace unidg::cli {
namespace {

namespace sets = dataset::sets;

struct DatasetImportOptions {
  std::string from, out, map;
  sets::ImportOptions import;
  bool layouts = false, look = false;
};

Json guess_json(const sets::Guess& guess) {
  return {{"layout", guess.reader->name},
          {"confidence", guess.recognition.confidence},
          {"because", guess.recognition.reason}};
}

std::string guess_text(const sets::Guess& guess) {
  return text(guess.reader->name, " (", static_cast<int>(100 * guess.recognition.confidence + 0.5),
              " % sure: ", guess.recognition.reason, ")");
}

Exit list_layouts(const Console& console) {
  Json all = Json::array();
  std::string plain;
  for (const auto& reader : sets::dataset_readers()) {
    all.push_back({{"layout", reader.name}, {"is", reader.layout}});
    plain += text(plain.empty() ? "" : "\n", reader.name,
                  std::string(reader.name.size() < 14 ? 14 - reader.name.size() : 1, ' '), reader.layout);
  }
  console.result({{"layouts", all}}, plain);
  return Exit::Ok;
}

Exit look(const DatasetImportOptions& options, const Console& console) {
  Json all = Json::array();
  std::string plain;
  for (const auto& guess : sets::recognise(sets::Tree(options.from))) {
    all.push_back(guess_json(guess));
    plain += (plain.empty() ? "" : "\n") + guess_text(guess);
  }
  console.result({{"guesses", all}}, plain);
  return Exit::Ok;
}

Exit run(const DatasetImportOptions& options, const Console& console) {
  if (options.layouts) return list_layouts(console);
  require(options.from, "DIR", "dataset import");
  if (options.look) return look(options, console);
  require(options.out, "--out", "dataset import");
  const auto taxonomy = options.map.empty() ? sets::Taxonomy::standard() : sets::Taxonomy::load(options.map);
  const auto result = sets::import_set(options.from, options.out, options.import, taxonomy);

  log_info("read as ", guess_text(result.chosen));
  if (!result.others.empty() &&
      result.others.front().recognition.confidence > 0.5 * result.chosen.recognition.confidence)
    log_info("next best: ", guess_text(result.others.front()), "; --layout chooses");
  for (const auto& [kind, group] : result.notes.groups())
    log_warning(kind, ": ", group.count, " (", group.first.front(), group.count > 1 ? ", ...)" : ")");
  for (const auto& [type, count] : result.unmapped)
    log_warning("no category for ", type, " (", count,
                " pictures). Add it to a map of your own: `unidg dataset taxonomy --print`");
  if (result.without_licence > 0)
    log_warning(result.without_licence, " pictures come without a licence; --licence names it");
  Json unmapped = Json::object(), notes = Json::object();
  for (const auto& [type, count] : result.unmapped) unmapped[type] = count;
  for (const auto& [kind, group] : result.notes.groups()) notes[kind] = group.count;
  console.result({{"set", options.out},
                  {"recognised", guess_json(result.chosen)},
                  {"read", result.read},
                  {"added", result.added},
                  {"known", result.known},
                  {"notes", notes},
                  {"unmapped", unmapped},
                  {"without_licence", result.without_licence}},
                 text(options.out, ": ", result.added, " added, ", result.known, " were there"));
  return Exit::Ok;
}

}  // namespace

Action dataset_import(CLI::App& app) {
  app.description("Reads a published or home-made layout into a set.");
  auto options = std::make_shared<DatasetImportOptions>();
  app.add_option("from", options->from, "folder of the data set")->option_text("DIR");
  add(app, "--out", options->out, "SET", "set folder; one that exists takes the new pictures in");
  add(app, "--layout", options->import.layout, "NAME",
      "how to read DIR (default: the layout that fits best)");
  app.add_flag("--layouts", options->layouts, "list the layouts and stop");
  app.add_flag("--look", options->look, "say which layouts DIR fits, and why, and stop");
  add(app, "--source", options->import.source, "NAME",
      "name of the source (default: the layout's or the folder's)");
  add(app, "--object", options->import.object, "NAME", "what the pictures show, for all of them");
  add(app, "--type", options->import.type, "NAME", "the kind of defect, for all of them");
  add(app, "--domain", options->import.domain, "NAME", "industrial, natural or medical");
  add(app, "--licence", options->import.licence, "TEXT", "licence of the pictures");
  add(app, "--map", options->map, "FILE", "map of types to the 28 categories (default: ours)");
  add(app, "--threads", options->import.threads, "N", "default: one a core");
  app.footer(
      "Runs again where it stopped. What is left out is counted, named and kept in set.json.\n"
      "Examples:\n"
      "  unidg dataset import mvtec_anomaly_detection --out sets/mvtec\n"
      "  unidg dataset import photos --look\n"
      "  unidg dataset import photos --out sets/own --object gear --type scratch --licence own");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
