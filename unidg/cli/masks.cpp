#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/cli/folders.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/taxonomy.h"
#include "unidg/dataset/templates/placement.h"
#include "unidg/dataset/templates/sheets.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;
namespace templates = dataset::templates;
using dataset::sets::Taxonomy;

constexpr std::size_t kPreviewTiles = 48;  // tiles of a preview

/// A category by its number or its name.
int category_of(const std::string& words) {
  const auto& names = Taxonomy::standard().categories();
  std::string known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (words == names[i] || words == std::to_string(i + 1)) return static_cast<int>(i) + 1;
    known += (known.empty() ? "" : ", ") + names[i];
  }
  throw UsageError("--category is '", words, "'; expected a number from 1 to ", names.size(), " or one of ",
                   known);
}

/// @throws InputError naming the categories that the library has
templates::TemplateLibrary library_with(int category, const fs::path& folder) {
  auto library = templates::TemplateLibrary::load(folder);
  if (!library.clusters(category).empty()) return library;
  std::string known;
  for (const int c : library.categories())
    known += (known.empty() ? "" : ", ") + Taxonomy::standard().name(c);
  throw InputError(folder.string(), ": has no mask of category ", Taxonomy::standard().name(category),
                   "; it has ", known);
}

struct BuildOptions {
  std::vector<std::string> sets;
  std::string out;
  ConfigFlags config;
};

Exit build(const BuildOptions& options, const Console& console) {
  if (options.sets.empty())
    throw UsageError("unidg masks build needs a SET (`unidg dataset import` makes one)");
  require(options.out, "--out", "masks build");
  const auto config = options.config.resolve(templates::LibraryConfig{});
  refuse_full(options.out);
  templates::BuildReport report;
  const auto library =
      templates::TemplateLibrary::build({options.sets.begin(), options.sets.end()}, config, report);
  library.save(options.out);
  save_png(fs::path(options.out) / "library.png", templates::library_sheet(library));
  std::string plain;
  for (const auto& c : report.categories)
    plain += text(c.category, " ", c.name, ": ", c.masks, " masks, ", c.clusters, " clusters",
                  c.is_short ? text(" (too few masks for ", config.clusters, ")") : "", "\n");
  plain += text(report.read, " abnormal pictures; without a category ", report.without_category,
                ", box, empty or left out ", report.skipped, "\n", options.out, "/library.png");
  auto json = templates::to_json(report);
  json["out"] = options.out;
  console.result(json, plain);
  return Exit::Ok;
}

Action masks_build(CLI::App& app) {
  app.description("Clusters the masks of real defects by category: the template library.");
  auto options = std::make_shared<BuildOptions>();
  app.add_option("sets", options->sets, "set folders")->option_text("SET...");
  add(app, "--out", options->out, "LIB", "receives library.json, templates.jsonl and library.png");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n",
                  describe_fields(list_fields(templates::LibraryConfig{})),
                  "Example:\n  unidg masks build sets/own --out library"));
  return [options](const Console& console) { return build(*options, console); };
}

struct ShowOptions {
  std::string library, out;
};

Exit show(const ShowOptions& options, const Console& console) {
  require(options.library, "LIB", "masks show");
  const auto library = templates::TemplateLibrary::load(options.library);
  Json json = Json::array();
  std::string plain;
  for (const int category : library.categories()) {
    std::size_t masks = 0;
    const auto& clusters = library.clusters(category);
    for (const auto& cluster : clusters) masks += cluster.size();
    const auto& name = Taxonomy::standard().name(category);
    json.push_back({{"category", category}, {"name", name}, {"masks", masks}, {"clusters", clusters.size()}});
    plain += text(plain.empty() ? "" : "\n", category, " ", name, ": ", masks, " masks, ", clusters.size(),
                  " clusters");
  }
  if (!options.out.empty()) save_png(options.out, templates::library_sheet(library));
  console.result({{"categories", json}}, plain);
  return Exit::Ok;
}

Action masks_show(CLI::App& app) {
  app.description("What a template library holds.");
  auto options = std::make_shared<ShowOptions>();
  app.add_option("library", options->library, "the library's folder")->option_text("LIB");
  add(app, "--out", options->out, "PNG", "draws the typical mask of every cluster");
  app.footer("Example:\n  unidg masks show library --out sheet.png");
  return [options](const Console& console) { return show(*options, console); };
}

struct SampleOptions {
  std::string library, category, out;
  std::int64_t count = 10;
  std::uint64_t seed = 0;
};

Exit sample(const SampleOptions& options, const Console& console) {
  require(options.library, "LIB", "masks sample");
  require(options.category, "--category", "masks sample");
  require(options.out, "--out", "masks sample");
  const int category = category_of(options.category);
  const auto library = library_with(category, options.library);
  refuse_full(options.out);
  const auto& clusters = library.clusters(category);
  Rng rng(options.seed, "masks sample");
  std::string lines;
  for (std::int64_t i = 0; i < options.count; ++i) {
    const auto& member = library.members()[rng.pick(rng.pick(clusters))];
    const auto name = text(i, "_mask.png");
    save_png(fs::path(options.out) / name, member.mask());
    lines += Json{{"mask", name},        {"id", member.id},           {"source", member.source},
                  {"type", member.type}, {"licence", member.licence}, {"cluster", member.cluster}}
                 .dump() +
             "\n";
  }
  write_file_atomic(fs::path(options.out) / "samples.jsonl", lines);
  console.result({{"out", options.out}, {"masks", options.count}},
                 text(options.count, " masks in ", options.out));
  return Exit::Ok;
}

Action masks_sample(CLI::App& app) {
  app.description("Masks of a category as they are in the library, every cluster alike.");
  auto options = std::make_shared<SampleOptions>();
  app.add_option("library", options->library, "the library's folder")->option_text("LIB");
  add(app, "--category", options->category, "NAME|N", "one of the 28 (`unidg dataset taxonomy`)");
  add(app, "--count", options->count, "N", "how many (default 10)");
  add(app, "--seed", options->seed, "S", "the same seed gives the same masks (default 0)");
  add(app, "--out", options->out, "DIR", "receives N_mask.png and samples.jsonl");
  app.footer("Example:\n  unidg masks sample library --category scratch --count 20 --out masks");
  return [options](const Console& console) { return sample(*options, console); };
}

struct PlaceOptions {
  std::string library, category, scenes, out;
  templates::RegionOfInterest roi;
  std::string foreground, include, exclude, boxes;
  std::int64_t count = 1;
  std::uint64_t seed = 0;
  ConfigFlags config;
};

Exit place(const PlaceOptions& options, const Console& console) {
  require(options.library, "LIB", "masks place");
  require(options.category, "--category", "masks place");
  require(options.scenes, "--scenes", "masks place");
  require(options.out, "--out", "masks place");
  const auto config = options.config.resolve(templates::PlaceConfig{});
  const int category = category_of(options.category);
  const auto library = library_with(category, options.library);
  const auto scenes = dataset::read_scenes(options.scenes);
  const templates::Allowed allowed({options.foreground, options.include, options.exclude, options.boxes},
                                   scenes);
  refuse_full(options.out);
  const fs::path out = options.out;
  Progress progress("place", static_cast<std::int64_t>(scenes.size()) * options.count);
  std::vector<std::pair<cv::Mat, std::string>> tiles;
  std::string lines;
  std::size_t failed = 0, placed = 0;
  for (const auto& scene : scenes) try {
      const auto image = load_image(scene.image);
      const auto region = allowed.of(scene, image);
      for (std::int64_t copy = 1; copy <= options.count; ++copy) {
        if (interrupted()) throw Interrupted("masks place: stopped; the masks written so far are whole");
        Rng rng(options.seed, text(scene.name, " ", copy));
        const auto found = templates::place(library, category, region, config, rng);
        const auto& member = library.members()[found.member];
        const auto name = scene.name + (options.count > 1 ? text("-", copy) : "") + "_mask.png";
        save_png(out / name, found.mask);
        lines += Json{{"scene", scene.name},     {"mask", name},
                      {"category", category},    {"template", member.id},
                      {"source", member.source}, {"cluster", member.cluster}}
                     .dump() +
                 "\n";
        if (tiles.size() < kPreviewTiles)
          tiles.emplace_back(templates::outlined(image, found.mask, 160), scene.name);
        ++placed;
        progress.advance(1);
      }
    } catch (const InputError& error) {
      ++failed;
      log_warning(error.what());
    }
  if (placed == 0) throw InputError(options.scenes, ": no scene got a mask; the warnings say why");
  write_file_atomic(out / "placements.jsonl", lines);
  save_png(out / ".preview" / "preview.png", templates::tiles_sheet(tiles, 8));
  console.result({{"out", options.out}, {"masks", placed}, {"failed", failed}},
                 text(placed, " masks in ", options.out, ", ", failed, " scenes without; look at ",
                      options.out, "/.preview/preview.png"));
  return failed > 0 ? Exit::Partial : Exit::Ok;
}

Action masks_place(CLI::App& app) {
  app.description("Lays masks of a category on the product of every scene, for `unidg generate --masks`.");
  auto options = std::make_shared<PlaceOptions>();
  app.add_option("library", options->library, "the library's folder")->option_text("LIB");
  add(app, "--category", options->category, "NAME|N", "one of the 28 (`unidg dataset taxonomy`)");
  add(app, "--scenes", options->scenes, "IMG|DIR", "good pictures");
  add(app, "--foreground", options->foreground, "PNG|DIR",
      "where the product is, such as `unidg masks foreground` writes it (default: by the border's colours)");
  add(app, "--include", options->include, "PNG|DIR", "masks lie inside these regions alone");
  add(app, "--exclude", options->exclude, "PNG|DIR", "masks lie outside these regions");
  add(app, "--roi", options->boxes, "JSON", "boxes a picture, as NVIDIA's ROI files have them");
  add(app, "--count", options->count, "N", "masks a scene (default 1)");
  add(app, "--seed", options->seed, "S", "with the scene's name it decides the mask (default 0)");
  add(app, "--out", options->out, "DIR", "receives SCENE_mask.png, placements.jsonl and a preview");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n",
                  describe_fields(list_fields(templates::PlaceConfig{})),
                  "Example:\n  unidg masks place library --category scratch --scenes good --out masks\n"
                  "  unidg generate --reference scratch.png --scenes good --masks masks --out out"));
  return [options](const Console& console) { return place(*options, console); };
}

}  // namespace

Action masks(CLI::App& app) {
  app.description("Where defects lie: a library of real masks, and masks for scenes from it.");
  const std::vector<Command> commands = {{"build", masks_build},
                                         {"sample", masks_sample},
                                         {"place", masks_place},
                                         {"show", masks_show},
                                         {"foreground", masks_foreground}};
  auto actions = std::make_shared<std::vector<std::pair<std::string, Action>>>();
  for (const auto& command : commands)
    actions->emplace_back(command.name, command.declare(*app.add_subcommand(command.name)));
  return [&app, actions](const Console& console) {
    for (const auto& [name, action] : *actions)
      if (app.got_subcommand(name)) return action(console);
    throw UsageError(
        "unidg masks needs one of: build, sample, place, show, foreground. `unidg masks --help` says what "
        "they do.");
  };
}

}  // namespace unidg::cli
