#include <memory>

#include "unidg/agents/inpaint/leftover.h"
#include "unidg/cli/agents_inpainter.h"
#include "unidg/cli/agents_items.h"
#include "unidg/cli/commands.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/writer.h"

namespace unidg::cli {
namespace {

namespace fs = std::filesystem;

struct AgentsInpaintOptions {
  AgentInputs inputs;
  std::string out, model;
  std::uint64_t seed = 0;
  ConfigFlags config;
};

/// A folder holds pictures of one inpainter and one set of settings. @throws UsageError
void claim(const fs::path& folder, const agents::Inpainter& inpainter, std::uint64_t seed) {
  const Json ours = {{"inpainter", inpainter.name()}, {"seed", seed}, {"settings", inpainter.settings()}};
  const auto path = folder / "inpaint.json";
  if (fs::exists(path)) {
    if (parse_json(read_file(path, 1 << 20), path.string()) != ours)
      throw UsageError(
          path.string(),
          ": the folder holds pictures of another inpainter, seed or setting; choose another --out");
    return;
  }
  write_file_atomic(path, ours.dump(1) + "\n");
}

Exit run(const AgentsInpaintOptions& options, const Console& console) {
  require(options.out, "--out", "agents inpaint");
  dataset::refuse_lossy(options.out, "--out");
  const auto items = options.inputs.items("inpaint");
  const auto inpainter = make_inpainter(options.model, options.config.resolve(InpaintSettings{}));
  claim(options.out, *inpainter, options.seed);
  const auto scores = fs::path(options.out) / "scores.jsonl";
  const int workers = options.model.empty() ? 2 : 1;
  const auto report = run_items("inpaint", items, workers, [&](const AgentItem& item) {
    const auto path = result_path(options.out, item, ".png");
    const Image abnormal = load_image(item.abnormal);
    if (dataset::png_size(path) == abnormal.pixels().size()) return false;
    const auto result = inpainter->inpaint({abnormal, load_mask(item.mask), {}, options.seed, item.id});
    if (!result.problem.empty()) throw InputError(result.problem);
    save_png(path, result.normal);
    const auto left = agents::stand_out(result.normal, result.used, {}, stable_hash(item.id));
    append_line(
        scores,
        Json{{"id", item.id}, {"normality", agents::normality_score(left)}, {"stands_out", to_json(left)}}
            .dump());
    return true;
  });
  return finish_items(report, {{"out", options.out}, {"inpainter", inpainter->name()}}, options.out, console);
}

}  // namespace

Action agents_inpaint(CLI::App& app) {
  app.description("Makes the normal counterpart of defect photos: equal byte for byte outside the mask.");
  auto options = std::make_shared<AgentsInpaintOptions>();
  options->inputs.declare(app, false, false);
  add(app, "--out", options->out, "DIR",
      "receives ID.png for each photo, and scores.jsonl: is anything left to see?");
  add(app, "--model", options->model, "DIR",
      "FLUX.1-Fill-dev as a diffusers folder, or a model of `unidg train` on inpainting shards (default: "
      "patches of "
      "the photo itself)");
  add(app, "--seed", options->seed, "S", "with a photo's id it decides the result (default 0)")
      ->check(CLI::NonNegativeNumber);
  options->config.declare(app);
  app.footer(text(
      "Photos whose mask leaves too little surround are counted as failed; the others are written (exit code "
      "5).\n"
      "Settings (--set) and their defaults; `unidg generate --help` lists those of fill.:\n",
      describe_fields(list_fields(agents::PatchConfig{})), "Write them as patch.dilate_px=6.\nExample:\n",
      "  unidg agents inpaint --image abnormal/ --mask mask/ --out normal/"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
