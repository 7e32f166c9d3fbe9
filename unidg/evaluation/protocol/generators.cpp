#include "unidg/evaluation/protocol/generators.h"

#include <charconv>

#include "unidg/baselines/baselines.h"
#include "unidg/core/error.h"
#include "unidg/generation/model_files.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

bool is_model(const GeneratorSpec& spec) {
  return spec.kind == "embedded" || spec.kind == "model" || spec.kind == "insert-anything";
}

/// The control that changes nothing: what is learned from its pictures is chance, or a leak.
class Untouched : public generation::Generator {
 public:
  using Generator::generate;
  std::vector<generation::Result> generate(const std::vector<generation::Request>& requests) const override {
    std::vector<generation::Result> out;
    for (const auto& request : requests) {
      generation::Result result;
      result.image = request.source, result.used = request.mask, result.status = "ok";
      out.push_back(std::move(result));
    }
    return out;
  }
  std::string name() const override { return "nothing"; }
  Json settings() const override { return Json::object(); }
};

/// FILE or FILE:WEIGHT.
std::pair<fs::path, double> adapter(const std::string& words) {
  const auto colon = words.rfind(':');
  if (colon == std::string::npos || fs::exists(words)) return {words, 1.0};
  double weight = 1;
  const auto* end = words.data() + words.size();
  const auto [stop, error] = std::from_chars(words.data() + colon + 1, end, weight);
  if (error != std::errc() || stop != end)
    throw UsageError("adapter '", words, "': expected FILE or FILE:WEIGHT, such as a.safetensors:0.8");
  return {words.substr(0, colon), weight};
}

generation::ModelPaths paths_of(const GeneratorSpec& spec) {
  generation::ModelPaths paths;
  paths.model = spec.model;
  for (const auto& lora : spec.loras) paths.loras.push_back(adapter(lora));
  return paths;
}

std::unique_ptr<generation::Generator> make_baseline(const GeneratorSpec& spec, const Product& product,
                                                     std::int64_t n) {
  baselines::Config config;
  baselines::Pool pool;
  pool.good = product.good_train;
  pool.textures = spec.textures;
  if (spec.kind == "folder") {
    const fs::path of_product = fs::path(spec.folder) / product.name;
    pool.folder = fs::is_directory(of_product) ? of_product : fs::path(spec.folder);
    config.folder.pick = spec.pick;
    config.folder.count = static_cast<int>(n);
  }
  read_fields(config, spec.settings, "settings of " + spec.name);
  return baselines::make(spec.kind == "folder" ? "folder" : spec.model, config, pool);
}

}  // namespace

std::unique_ptr<generation::Generator> make_generator(const GeneratorSpec& spec, const Product& product,
                                                      std::int64_t n) {
  if (spec.kind == "nothing") return std::make_unique<Untouched>();
  if (!is_model(spec)) return make_baseline(spec, product, n);
  auto config = spec.kind == "insert-anything" ? generation::insert_anything() : generation::GenerateConfig{};
  read_fields(config, spec.settings, "settings of " + spec.name);
  return std::make_unique<generation::DefectGenerator>(
      generation::DefectGenerator::load(paths_of(spec), std::move(config)));
}

GeneratorCost cost_of(const GeneratorSpec& spec) {
  GeneratorCost cost;
  if (!is_model(spec)) return cost;
  const auto parts = generation::model_parts(paths_of(spec));
  for (const auto& part : parts) cost.parameters += part.parameters;
  cost.weights = generation::hash_parts(parts);
  return cost;
}

fs::path training_list_of(const GeneratorSpec& spec) {
  if (!spec.training_list.empty()) return spec.training_list;
  if (!is_model(spec)) return {};
  const auto folder = spec.model == "embedded" ? generation::embedded_model_folder() : fs::path(spec.model);
  const auto list = folder / "training.jsonl";
  std::error_code ignored;
  return fs::exists(list, ignored) ? list : fs::path();
}

}  // namespace unidg::evaluation
