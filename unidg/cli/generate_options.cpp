#include "unidg/cli/generate_options.h"

#include <charconv>
#include <cmath>

#include "unidg/core/error.h"

namespace unidg::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kGenerateExamples =
    "Examples:\n"
    "  unidg generate --reference scratch.png --scenes good/ --masks auto --out out --count 4\n"
    "  unidg generate --reference hole.png --reference-mask hole_mask.png --scenes part.png --masks "
    "part_mask.png "
    "--out out\n"
    "  unidg generate --references mvtec/carpet/test --scenes mvtec/carpet --masks auto --layout mvtec --out "
    "carpet+\n"
    "  unidg generate --manifest jobs.jsonl --out out --shard 2/8      (then, after all shards: unidg merge "
    "out)\n"
    "  unidg generate ... --dry-run                                    (what would be written, what is "
    "wrong)\n"
    "A rerun goes on where an earlier one stopped. Exit code 5: some pictures failed, the others are "
    "written.";

}  // namespace

void GenerateOptions::declare(CLI::App& app) {
  BatchOptions::declare(app);
  const char* how = "How to paint";
  add(app, "--preset", preset, "NAME", "unidg (default), or insert-anything: its geometry and settings")
      ->check(CLI::IsMember({"unidg", "insert-anything"}))
      ->group(how);
  add(app, "--steps", steps, "N", "sampling steps (default: the model's)")
      ->each([this](const std::string&) { has_steps = true; })
      ->group(how);
  add(app, "--guidance", guidance, "G", "guidance of the full-size model (default 30)")
      ->each([this](const std::string&) { has_guidance = true; })
      ->group(how);
  const char* networks = "Networks";
  add(app, "--model", model, "embedded|DIR", "the embedded model, or a folder in diffusers' layout")
      ->group(networks);
  add(app, "--transformer", transformer, "F", "FLUX.1-Fill transformer: file or folder")->group(networks);
  add(app, "--vae", vae, "F", "AutoencoderKL")->group(networks);
  add(app, "--image-encoder", image_encoder, "F", "SigLIP vision encoder")->group(networks);
  add(app, "--redux", redux, "F", "FLUX.1-Redux embedder")->group(networks);
  add_list(app, "--lora", loras, "F[:W]", "adapter with weight W (default 1); may be repeated")
      ->group(networks);
  app.footer(text(kGenerateExamples, "\n\nSettings (--set KEY=VALUE) and their defaults:\n",
                  describe_fields(list_fields(generation::BatchConfig{}))));
}

generation::ModelPaths GenerateOptions::model_paths() const {
  generation::ModelPaths paths{model, transformer, vae, image_encoder, redux, {}};
  for (const auto& lora : loras) paths.loras.push_back(parse_lora(lora));
  return paths;
}

generation::BatchConfig GenerateOptions::config() const {
  std::vector<std::pair<std::string, Json>> flags;
  if (has_steps) flags.emplace_back("paint.steps", steps);
  if (has_guidance) flags.emplace_back("paint.guidance", guidance);
  generation::BatchConfig base;
  if (preset == "insert-anything") base.generate = generation::insert_anything();
  return settings.resolve(base, flags);
}

std::pair<fs::path, double> parse_lora(const std::string& words) {
  const auto colon = words.rfind(':');
  if (colon == std::string::npos || fs::exists(words)) return {words, 1.0};
  const auto number = words.substr(colon + 1);
  double weight = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), weight);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(weight))
    throw UsageError("--lora ", words, ": '", number,
                     "' is no weight; expected FILE or FILE:WEIGHT, such as a.safetensors:0.8");
  return {words.substr(0, colon), weight};
}

}  // namespace unidg::cli
