#include "unidg/baselines/baselines.h"
#include "unidg/cli/batch_options.h"
#include "unidg/cli/commands.h"
#include "unidg/core/version.h"

namespace unidg::cli {
namespace {

struct BaselineConfig {
  baselines::Config baseline;
  dataset::MaskConfig masks;
};
void fields(FieldVisitor& visit, BaselineConfig& c) {
  fields(visit, c.baseline);
  visit.group("masks", c.masks);
}

constexpr const char* kBaselineExamples =
    "Examples:\n"
    "  unidg baseline crop-paste --references mvtec/carpet/test --scenes mvtec/carpet --out pasted --count "
    "4\n"
    "  unidg baseline draem --scenes mvtec/carpet --textures dtd/images --out perlin\n"
    "  unidg baseline nsa --reference hole.png --scenes good/ --masks masks/ --set mask=given --out nsa\n"
    "  unidg baseline folder --from generated/bottle --references bottle/test --scenes bottle --out taken\n"
    "Masks: `mask=native` (default) draws them as published, `mask=given` keeps to --masks. The manifest's "
    "mask is always what is defect in the picture. Without --masks they are drawn (auto).";

struct BaselineOptions : BatchOptions {
  std::string name, good, textures, from;

  void declare(CLI::App& app) {
    add(app, "name", name, "NAME", "which one; see below");
    BatchOptions::declare(app);
    const char* pool = "Other pictures";
    add(app, "--good", good, "DIR", "good pictures that nsa cuts from (default: the scenes)")->group(pool);
    add(app, "--textures", textures, "DIR", "textures of draem (default: noise)")->group(pool);
    add(app, "--from", from, "DIR", "existing pictures and masks of folder")->group(pool);
    std::string sentences;
    for (const auto& entry : baselines::table())
      sentences +=
          text("  ", entry.name, std::string(entry.name.size() < 16 ? 16 - entry.name.size() : 1, ' '),
               entry.sentence, entry.needs_reference ? " (needs a reference)" : "", "\n");
    app.footer(text("Baselines:\n", sentences, "\n", kBaselineExamples,
                    "\n\nSettings (--set KEY=VALUE) and their defaults:\n",
                    describe_fields(list_fields(BaselineConfig{}))));
  }

  generation::BatchRequest request() const {
    auto out = BatchOptions::request();
    out.needs_reference = baselines::find(name).needs_reference;
    if (out.masks.empty() && out.jobs.empty()) out.masks = "auto";
    return out;
  }

  baselines::Pool pool(const generation::Plan& plan) const {
    baselines::Pool out{{}, textures, from};
    if (good.empty())
      for (const auto& scene : plan.scenes) out.good.push_back(scene.image);
    else
      for (const auto& scene : dataset::read_scenes(good)) out.good.push_back(scene.image);
    return out;
  }
};

Exit run(const BaselineOptions& options, const Console& console) {
  require(options.name, "NAME", "baseline");
  (void)baselines::find(options.name);
  check_output(options, "baseline");
  const auto config = options.settings.resolve(BaselineConfig{});
  const auto plan = generation::plan_batch(options.request());
  (void)options.writer(dataset::PixelSource::Algorithm);  // a wrong --layout is found before any work
  if (options.is_dry_run) return dry_run(options, plan, std::nullopt, console);
  generation::check_first(plan);
  const auto generator = baselines::make(options.name, config.baseline, options.pool(plan));
  return paint_plan(options, plan, *generator, config.masks, {{"version", kVersion}}, console);
}

}  // namespace

Action baseline(CLI::App& app) {
  app.description("Makes defects without a network: Crop-Paste, CutPaste, DRAEM, NSA and others.");
  auto options = std::make_shared<BaselineOptions>();
  options->declare(app);
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
