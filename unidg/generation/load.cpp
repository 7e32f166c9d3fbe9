#include <algorithm>
#include <cstdlib>

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/generation/generator.h"
#include "unidg/generation/model_files.h"
#include "unidg/nn/lora.h"
#include "unidg/weights/adapters.h"
#include "unidg/weights/flux_keys.h"

namespace unidg::generation {
namespace fs = std::filesystem;
using conditioning::FillPipeline;
using weights::Scope;

bool is_small_model(const fs::path& folder) {
  if (!fs::exists(folder / "model_index.json")) return false;
  const auto path = folder / "model_index.json";
  return parse_json(read_file(path, 1 << 20), path.string()).value("_class_name", "") == "UnidgSmallModel";
}

namespace {

std::optional<Json> config_beside(const fs::path& weights_path) {
  const auto folder = fs::is_directory(weights_path) ? weights_path : weights_path.parent_path();
  if (!fs::exists(folder / "config.json")) return std::nullopt;
  return parse_json(read_file(folder / "config.json", 1 << 20), (folder / "config.json").string());
}

// A part: its own flag, else the folder's subfolder.
fs::path part(const fs::path& flag, const std::string& model, const char* subfolder, const char* option) {
  if (!flag.empty()) {
    if (!fs::exists(flag)) throw InputError(flag.string(), ": no such file or folder (", option, ")");
    return flag;
  }
  const auto path = fs::path(model) / subfolder;
  if (!fs::exists(path))
    throw InputError(model, ": no folder '", subfolder,
                     "'. Give a diffusers folder of FLUX.1-Fill-dev, or the file with ", option, ".");
  return path;
}

// On a GPU bf16. On a CPU bf16 weights stay views of their file and are widened product by product, so that a
// 24 GB transformer is never held twice; other dtypes become fp32.
weights::DtypePolicy policy(const weights::Source& source) {
  if (torch::cuda::is_available()) return {torch::kBFloat16, torch::kCUDA};
  const auto names = source.names();
  const bool stored_bf16 =
      !names.empty() && std::all_of(names.begin(), names.end(),
                                    [&](const std::string& name) { return source.dtype(name) == "BF16"; });
  return {stored_bf16 ? torch::kBFloat16 : torch::kFloat32, torch::kCPU};
}

models::FluxConfig config_of(const fs::path& path, const weights::Source& source) {
  const auto json = config_beside(path);
  return json ? models::flux_config_from_json(*json, path.string()) : models::infer_flux_config(source);
}

models::FluxTransformer load_transformer(const fs::path& path) {
  const auto source = weights::as_diffusers_flux(weights::open_source(path));
  const auto config = config_of(path, *source);
  if (config.in_channels != 384 && config.in_channels != 6 * config.out_channels)
    throw FormatError(
        path.string(), ": this transformer takes ", config.in_channels,
        " input channels; painting into a mask needs FLUX.1-Fill, which takes 384. A dev, canny or depth "
        "checkpoint cannot be used.");
  const Scope scope(source, policy(*source));
  models::FluxTransformer transformer(scope, config);
  scope.require_all_used();
  return transformer;
}

// Adapters are merged first, so that what is rounded is the sum.
void set_compute(models::FluxTransformerImpl& transformer, const std::string& compute) {
  if (compute == "stored") return;
  if (torch::cuda::is_available())
    throw UsageError("compute: '", compute, "' is for CPUs; on a GPU the model runs in bf16. Leave it out.");
  nn::merge_adapters(transformer);
  log_info("preparing the denoiser for ", compute, " products");
  transformer.set_compute(compute == "int8" ? nn::LinearCompute::Int8 : nn::LinearCompute::Bf16);
}

}  // namespace

models::FluxConfig transformer_config(const ModelPaths& paths) {
  if (paths.transformer.empty() && paths.model.empty()) return models::flux_fill();
  const auto path = part(paths.transformer, paths.model, "transformer", "--transformer");
  return config_of(path, *weights::as_diffusers_flux(weights::open_source(path)));
}

FillPipeline load_fill_pipeline(const ModelPaths& paths) {
  FillPipeline p;
  const auto transformer = part(paths.transformer, paths.model, "transformer", "--transformer");
  const auto vae = part(paths.vae, paths.model, "vae", "--vae");
  const auto encoder = part(paths.image_encoder, paths.model, "image_encoder", "--image-encoder");
  const auto redux = part(paths.redux, paths.model, "image_embedder", "--redux");
  p.transformer = load_transformer(transformer);
  {
    const auto source = weights::as_diffusers_vae(weights::open_source(vae));
    const Scope scope(source, policy(*source));
    const auto json = config_beside(vae);
    p.vae = models::AutoencoderKl(
        scope, json ? models::VaeConfig::read({*json, vae.string()}) : models::VaeConfig::infer(scope));
    scope.require_all_used();
  }
  {
    const auto source = weights::open_source(encoder);
    const auto scope = models::siglip_scope(source, policy(*source));
    const auto json = config_beside(encoder);
    p.image_encoder = models::SiglipVision(scope, json ? models::SiglipConfig::read({*json, encoder.string()})
                                                       : models::SiglipConfig::infer(scope));
    scope.require_all_used(models::is_unused_siglip_key);
  }
  const auto source = weights::open_source(redux);
  const Scope scope(source, policy(*source));
  p.image_embedder = models::ReduxEmbedder(scope, models::ReduxConfig::infer(scope));
  scope.require_all_used();
  return p;
}

fs::path embedded_model_folder() {
  std::vector<fs::path> tried;
  if (const char* folder = std::getenv("UNIDG_MODELS")) tried.push_back(fs::path(folder) / "embedded");
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  if (!error)
    for (const auto* up : {"models/embedded", "../models/embedded", "../share/unidg/models/embedded"})
      tried.push_back(program.parent_path() / up);
#ifdef UNIDG_SOURCE_MODELS
  tried.push_back(fs::path(UNIDG_SOURCE_MODELS) / "embedded");
#endif
  for (const auto& folder : tried)
    if (fs::exists(folder / "model_index.json")) return fs::weakly_canonical(folder);
  std::string where;
  for (const auto& folder : tried) where += (where.empty() ? "" : ", ") + folder.string();
  throw InputError("the embedded model was not found (looked in ", where,
                   "). Set UNIDG_MODELS to the folder that holds 'embedded'.");
}

namespace {

/// @throws FormatError when the adapter was trained on another model
void apply_to_small(models::SmallModel& model, const fs::path& folder, const fs::path& path, double weight) {
  const auto adapter = weights::read_adapter(path);
  const auto base = adapter.metadata.find("unidg.base");
  if (base == adapter.metadata.end())
    throw FormatError(path.string(),
                      ": is no adapter of a small model (it has no 'unidg.base'); `unidg adapt` makes "
                      "one. An adapter of FLUX.1-Fill needs --model with its folder.");
  if (base->second != models::model_digest(folder))
    throw FormatError(path.string(), ": was made for another small model than ", folder.string(),
                      " (unidg.base ", base->second.substr(0, 12), ", this one's is ",
                      models::model_digest(folder).substr(0, 12), "). Use that model, or adapt again.");
  nn::apply(*model.transformer, adapter, weight);
  if (const auto start = adapter.metadata.find("unidg.start"); start != adapter.metadata.end())
    model.settings.start = std::stod(start->second);
  log_info("adapter ", path.filename().string(), " at weight ", weight);
}

}  // namespace

std::string trained_hole(const std::vector<weights::Adapter>& adapters) {
  std::string out;
  for (const auto& adapter : adapters) {
    std::string hole = "black";
    if (const auto made = adapter.metadata.find("unidg.cache"); made != adapter.metadata.end()) {
      const auto cache = parse_json(made->second, "unidg.cache of an adapter");
      hole = cache.value("settings", Json::object()).value("hole", hole);
    }
    if (!out.empty() && out != hole)
      throw UsageError("paint.hole: one adapter was trained with a ", out, " hole, another with a ", hole,
                       " one. Use them one at a time.");
    out = hole;
  }
  return out.empty() ? "grey" : out;
}

DefectGenerator DefectGenerator::load(const ModelPaths& paths, GenerateConfig config) {
  const bool parts = !paths.transformer.empty() || !paths.vae.empty() || !paths.image_encoder.empty() ||
                     !paths.redux.empty();
  const bool embedded = paths.model == "embedded" && !parts;
  if (embedded || (!parts && is_small_model(paths.model))) {
    if (config.paint.compute != "stored")
      throw UsageError(
          "compute: '", config.paint.compute,
          "' is for the full-size model on a CPU; the embedded model computes in fp32. Leave it out.");
    const fs::path folder = embedded ? embedded_model_folder() : fs::path(paths.model);
    auto model = models::SmallModel::load(folder);
    for (const auto& [path, weight] : paths.loras) apply_to_small(model, folder, path, weight);
    return {conditioning::small_painter(std::move(model), embedded ? "embedded" : folder.filename().string()),
            config};
  }
  auto pipeline = load_fill_pipeline(paths);
  std::vector<weights::Adapter> adapters;
  for (const auto& [path, weight] : paths.loras) {
    adapters.push_back(weights::read_adapter(path));
    nn::apply(*pipeline.transformer, adapters.back(), weight);
    log_info("adapter ", path.filename().string(), " at weight ", weight);
  }
  set_compute(*pipeline.transformer, config.paint.compute);
  const auto name = parts ? paths.transformer.stem().string() : fs::path(paths.model).filename().string();
  const auto hole = config.paint.hole == "auto" ? trained_hole(adapters) : config.paint.hole;
  return {conditioning::flux_painter(std::move(pipeline), name, hole), config};
}

}  // namespace unidg::generation
