#include <chrono>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/masks.h"
#include "unidg/generation/comparison_sheet.h"
#include "unidg/image/foreground.h"
#include "unidg/preparation/adaptation.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;

struct AdaptOptions {
  std::string references, scenes, out, run, model = "embedded";
  std::int64_t steps = 0;
  double minutes = 15;
  ConfigFlags config;

  fs::path adapter() const { return out; }
  fs::path run_folder() const {
    return run.empty() ? fs::path(out).replace_extension(".run") : fs::path(run);
  }
};

/// Up to six of the references, each asked for on a good picture.
std::vector<generation::Request> sheet_requests(const std::vector<dataset::Reference>& references,
                                                const std::vector<dataset::Scene>& scenes) {
  constexpr std::size_t kRows = 6;
  std::vector<generation::Request> out;
  const auto count = std::min(kRows, references.size());
  for (std::size_t i = 0; i < count; ++i) {
    generation::Request one;
    one.reference =
        std::make_shared<MaskedImage>(dataset::load_reference(references[i * references.size() / count]));
    one.source = load_image(scenes[i * scenes.size() / count].image);
    one.id = text("sheet-", i);
    Rng rng(0, one.id);
    one.mask = dataset::placed_mask(one.reference->mask, foreground(one.source),
                                    layout_of(one.source, one.reference->image), {}, rng);
    out.push_back(std::move(one));
  }
  return out;
}

Exit run(const AdaptOptions& options, const Console& console) {
  require(options.references, "--references", "adapt");
  require(options.scenes, "--scenes", "adapt");
  require(options.out, "--out", "adapt");
  if (options.adapter().extension() != ".safetensors")
    throw UsageError("--out ", options.out, ": an adapter is a .safetensors file");
  std::vector<std::pair<std::string, Json>> flags;
  if (options.steps > 0) flags = {{"train.steps", options.steps}};
  auto config = options.config.resolve(preparation::AdaptConfig{}, flags);
  const auto base =
      options.model == "embedded" ? generation::embedded_model_folder() : fs::path(options.model);
  config.train.from = base.string();
  const auto size = models::SmallModel::load(base).settings.size;

  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const auto references = dataset::read_references(options.references);
  const auto scenes = dataset::read_scenes(options.scenes);
  std::vector<fs::path> good;
  for (const auto& scene : scenes) good.push_back(scene.image);
  const auto shards = options.run_folder() / "shards", trained = options.run_folder() / "train";
  preparation::prepare_adaptation(references, good, shards, size, config.pairs);
  const auto steps =
      training::train_base(shards, trained, config.train, std::max(1.0, options.minutes * 60 - seconds()));
  if (interrupted()) {
    console.result({{"run", options.run_folder().string()}, {"steps", steps}, {"complete", false}},
                   text("stopped after ", steps, " steps; the same command goes on from here"));
    return Exit::Interrupted;
  }
  write_file_atomic(options.adapter(), read_file(trained / "adapter.safetensors"));
  auto list = options.adapter();
  list.replace_extension(".training.jsonl");
  write_file_atomic(list, read_file(shards / "training.jsonl"));

  generation::ModelPaths paths;
  paths.model = options.model;
  const auto before = generation::DefectGenerator::load(paths, {});
  paths.loras = {{options.adapter(), 1.0}};
  const auto after = generation::DefectGenerator::load(paths, {});
  auto sheet = options.adapter();
  sheet.replace_extension(".png");
  save_png(sheet, generation::comparison_sheet(sheet_requests(references, scenes), {&before, &after}));
  console.result({{"adapter", options.out},
                  {"steps", steps},
                  {"complete", steps >= config.train.steps},
                  {"references", references.size()},
                  {"pairs", config.pairs.pairs},
                  {"seconds", seconds()},
                  {"sheet", sheet.string()}},
                 text(options.out, ": ", steps, " steps on ", references.size(), " references, ",
                      static_cast<std::int64_t>(seconds()), " s\nbefore and after: ", sheet.string(),
                      "\nuse it: unidg generate --lora ", options.out, " ..."));
  return Exit::Ok;
}

}  // namespace

Action adapt(CLI::App& app) {
  app.description("Adapts the embedded model to one product from a few of its real defects (a LoRA).");
  auto options = std::make_shared<AdaptOptions>();
  add(app, "--references", options->references, "DIR", "1 to 10 pictures of defects with their masks");
  add(app, "--scenes", options->scenes, "IMG|DIR", "good pictures of the same product");
  add(app, "--out", options->out, "F",
      "the adapter, .safetensors; beside it a before/after sheet and a list");
  add(app, "--model", options->model, "NAME|DIR", "embedded, or the folder of a small model");
  add(app, "--steps", options->steps, "N", "optimizer steps");
  add(app, "--minutes", options->minutes, "M", "at most this long; what is learned by then is saved");
  add(app, "--run", options->run, "DIR",
      "pairs and checkpoints; an unfinished run goes on (default: OUT.run)");
  options->config.declare(app);
  app.footer(
      text("Settings (--set) and their defaults:\n", describe_fields(list_fields(preparation::AdaptConfig{})),
           "Example:\n"
           "  unidg adapt --references defects --scenes good --out bottle.safetensors\n"
           "  unidg generate --lora bottle.safetensors --reference defects/003.png --scenes good --out out"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
