#include "unidg/cli/commands.h"
#include "unidg/cli/generate_options.h"
#include "unidg/core/version.h"
#include "unidg/generation/model_files.h"

namespace unidg::cli {
namespace {

Need memory_need(const std::vector<generation::ModelPart>& parts, const generation::BatchConfig& config) {
  const bool is_small = parts.front().name == "codec";
  Need need;
  for (const auto& part : parts) need.parameters += part.parameters;
  const int size = is_small ? 128 : config.generate.editing.size;
  need.bytes = generation::memory_need(need.parameters, 4, size, is_small).peak();
  return need;
}

Exit run(const GenerateOptions& options, const Console& console) {
  check_output(options, "generate");
  const auto config = options.config();
  const auto plan = generation::plan_batch(options.request());
  (void)options.writer(dataset::PixelSource::TrainedModel);  // a wrong --layout is found before the weights
  if (options.is_dry_run)
    return dry_run(options, plan, memory_need(generation::model_parts(options.model_paths()), config),
                   console);

  generation::check_first(plan);
  const auto generator = generation::DefectGenerator::load(options.model_paths(), config.generate);
  const Json provenance = {
      {"version", kVersion},
      {"weights", generation::hash_parts(generation::model_parts(options.model_paths()))}};
  return paint_plan(options, plan, generator, config.masks, provenance, console);
}

}  // namespace

Action generate(CLI::App& app) {
  app.description("Paints the defect of a reference picture into good pictures.");
  auto options = std::make_shared<GenerateOptions>();
  options->declare(app);
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
