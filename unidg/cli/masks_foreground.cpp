#include <iomanip>
#include <map>
#include <memory>
#include <sstream>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/cli/folders.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/scenes.h"
#include "unidg/dataset/templates/sheets.h"
#include "unidg/segmentation/foreground_model.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;
namespace templates = dataset::templates;
using segmentation::AutomaticConfig;
using segmentation::Sam2Segmenter;

constexpr std::size_t kForegroundTiles = 48;  // tiles of a preview

struct MasksForegroundOptions {
  std::string images, out, model, segments;
  ConfigFlags config;
};

std::unique_ptr<segmentation::ForegroundModel> make_model(std::shared_ptr<const Sam2Segmenter> sam) {
  if (sam) return std::make_unique<segmentation::Sam2Foreground>(std::move(sam));
  return std::make_unique<segmentation::ColourForeground>();
}

/// FOLDER/000_mask.png, ... and FOLDER/segments.json (docs/formats.md), best first. @returns how many
std::size_t write_segments(const Sam2Segmenter& sam, const Image& image, const AutomaticConfig& config,
                           const fs::path& folder) {
  Json list = Json::array();
  for (const auto& segment : sam.automatic(sam.encode(image), config)) {
    std::ostringstream name;
    name << std::setw(3) << std::setfill('0') << list.size() << "_mask.png";
    save_png(folder / name.str(), segment.mask);
    list.push_back({{"mask", name.str()},
                    {"bbox", {segment.box.x, segment.box.y, segment.box.width, segment.box.height}},
                    {"area", segment.area},
                    {"predicted_iou", segment.predicted_iou},
                    {"stability_score", segment.stability_score},
                    {"point", {segment.point.x, segment.point.y}}});
  }
  const Json file = {{"format", "unidg-segments-1"},
                     {"width", image.width()},
                     {"height", image.height()},
                     {"settings", echo_fields(config)},
                     {"segments", list}};
  write_file_atomic(folder / "segments.json", file.dump(1) + "\n");
  return list.size();
}

Exit run(const MasksForegroundOptions& options, const Console& console) {
  require(options.images, "--images", "masks foreground");
  require(options.out, "--out", "masks foreground");
  const auto config = options.config.resolve(AutomaticConfig{});
  if (options.model.empty() && !options.segments.empty())
    throw UsageError("--segments needs --model: automatic masks come from SAM 2");
  const auto scenes = dataset::read_scenes(options.images);
  refuse_full(options.out);
  if (!options.segments.empty()) refuse_full(options.segments);
  const auto sam = options.model.empty()
                       ? std::shared_ptr<const Sam2Segmenter>{}
                       : std::make_shared<const Sam2Segmenter>(Sam2Segmenter::load(options.model));
  const auto model = make_model(sam);

  const fs::path out = options.out;
  Progress progress("foreground", static_cast<std::int64_t>(scenes.size()));
  std::vector<std::pair<cv::Mat, std::string>> tiles;
  std::map<std::string, std::size_t> sources;
  std::string lines;
  std::size_t written = 0, segments = 0, failed = 0;
  for (const auto& scene : scenes) try {
      if (interrupted()) throw Interrupted("masks foreground: stopped; the masks written so far are whole");
      const auto image = load_image(scene.image);
      const auto found = model->find(image);
      const auto name = scene.name + "_mask.png";
      save_png(out / name, found.mask);
      lines += Json{{"scene", scene.name},          {"mask", name},
                    {"source", found.source},       {"area_ratio", found.mask.area_ratio()},
                    {"agreement", found.agreement}, {"predicted_iou", found.predicted_iou}}
                   .dump() +
               "\n";
      if (!options.segments.empty())
        segments += write_segments(*sam, image, config, fs::path(options.segments) / scene.name);
      if (tiles.size() < kForegroundTiles)
        tiles.emplace_back(templates::outlined(image, found.mask, 160), scene.name);
      ++sources[found.source];
      ++written;
      progress.advance(1);
    } catch (const InputError& error) {
      ++failed;
      log_warning(error.what());
    }
  if (written == 0) throw InputError(options.images, ": no picture got a mask; the warnings say why");
  write_file_atomic(out / "foreground.jsonl", lines);
  save_png(out / ".preview" / "preview.png", templates::tiles_sheet(tiles, 8));

  Json json = {{"out", options.out}, {"masks", written}, {"failed", failed}, {"sources", sources}};
  auto plain = text(written, " foregrounds in ", options.out, ", ", failed, " pictures without; look at ",
                    options.out, "/.preview/preview.png");
  for (const auto& [source, count] : sources) plain += text("\n", source, ": ", count);
  if (!options.segments.empty()) {
    json["segments"] = segments;
    plain += text("\n", segments, " segments in ", options.segments);
  }
  console.result(json, plain);
  return failed > 0 ? Exit::Partial : Exit::Ok;
}

}  // namespace

Action masks_foreground(CLI::App& app) {
  app.description("Where the product is in every picture: by the border's colours, or by SAM 2.");
  auto options = std::make_shared<MasksForegroundOptions>();
  add(app, "--images", options->images, "IMG|DIR", "photos of products");
  add(app, "--out", options->out, "DIR", "receives NAME_mask.png, foreground.jsonl and a preview");
  add(app, "--model", options->model, "DIR",
      "SAM 2 as transformers stores it (config.json, model.safetensors); it is told by the border's colours "
      "where to look");
  add(app, "--segments", options->segments, "DIR",
      "also receives everything SAM 2 sees: NAME/000_mask.png, ... and NAME/segments.json");
  options->config.declare(app);
  app.footer(text("Settings of --segments (--set) and their defaults:\n",
                  describe_fields(list_fields(AutomaticConfig{})),
                  "Example:\n  unidg masks foreground --images good --out products\n"
                  "  unidg masks place library --category scratch --scenes good --foreground products --out "
                  "masks"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
