#include "unidg/evaluation/protocol/config.h"

#include <algorithm>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::evaluation {
namespace {

const std::vector<std::string> kTasks = {"localisation", "classification", "multiclass",
                                         "synthesis",    "calibration",    "realism"};
const std::vector<std::string> kKinds = {"embedded",  "model",  "insert-anything", "baseline", "folder",
                                         "real-only", "oracle", "shuffled",        "nothing"};

Allowed list_of(const std::vector<std::string>& words) {
  const auto one = one_of(words);
  return {[one](const Json& list) {
            for (const auto& word : list)
              if (!one.accepts(word)) return false;
            return list.is_array() && !list.empty();
          },
          "a list of " + one.words};
}

Allowed names(bool may_be_empty = false) {
  return {[=](const Json& list) {
            for (const auto& word : list)
              if (!word.is_string() || word.get<std::string>().empty()) return false;
            return list.is_array() && (may_be_empty || !list.empty());
          },
          "a list of names"};
}

Allowed seed_list() {
  return {[](const Json& list) {
            for (const auto& seed : list)
              if (!seed.is_number_integer() || seed.get<std::int64_t>() < 0) return false;
            return list.is_array() && !list.empty();
          },
          "a list of whole numbers from 0"};
}

bool is_file_safe(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+") ==
             std::string::npos;
}

GeneratorSpec read_spec(const Json& json, const std::string& where) {
  if (!json.is_object())
    throw UsageError(where,
                     ": a generator is an object such as {\"name\": \"crop-paste\", \"kind\": \"baseline\", "
                     "\"model\": \"crop-paste\"}, found ",
                     json.dump());
  GeneratorSpec spec;
  Json rest = json;
  if (rest.contains("settings")) {
    if (!rest["settings"].is_object())
      throw UsageError(where, ": 'settings' is ", rest["settings"].dump(), " but must be an object");
    spec.settings = flatten_config(rest["settings"]);
    rest.erase("settings");
  }
  read_fields(spec, rest, where);
  if (!is_file_safe(spec.name))
    throw UsageError(where, ": 'name' is '", spec.name,
                     "'; it names a folder: letters, digits, '-', '_', '.', '+'");
  const auto need = [&](const std::string& value, const char* field) {
    if (value.empty())
      throw UsageError(where, ": '", spec.name, "' of kind ", spec.kind, " needs '", field, "'");
  };
  if (spec.kind == "model" || spec.kind == "insert-anything" || spec.kind == "baseline")
    need(spec.model, "model");
  if (spec.kind == "folder") need(spec.folder, "folder");
  if (spec.kind == "embedded") spec.model = "embedded";
  return spec;
}

}  // namespace

void fields(FieldVisitor& visit, GeneratorSpec& c) {
  visit("name", c.name, any(), "of its folder and its rows");
  visit("label", c.label, any(), "what reports print; empty: the name");
  visit("kind", c.kind, one_of(kKinds), "how it makes pictures");
  visit("model", c.model, any(), "folder of a model, or the name of a baseline");
  visit("folder", c.folder, any(), "pictures made elsewhere: FOLDER/PRODUCT/TYPE/{image,mask}");
  visit("pick", c.pick, one_of({"first", "uniform"}), "which pictures of the folder");
  visit("textures", c.textures, any(), "folder of textures for the baseline draem; empty: noise");
  visit("loras", c.loras, names(true), "adapters: FILE or FILE:WEIGHT");
  visit("references", c.references, any(), "another product whose defects are painted (cross-object)");
  visit("training_list", c.training_list, any(), "pictures or hashes that the model was trained on");
}

void fields(FieldVisitor& visit, TargetConfig& c) {
  visit("masks", c.masks, one_of({"library", "folder"}), "real masks placed on the product, or given ones");
  visit("library", c.library, one_of({"pool", "shots"}), "which real pictures lend their masks");
  visit("folder", c.folder, any(), "scenes and masks: FOLDER/PRODUCT/TYPE/{ori,mask}");
  visit("pick", c.pick, one_of({"first", "uniform"}), "which of the folder");
  visit.group("placing", c.placing);
}

void fields(FieldVisitor& visit, DrawnConfig& c) {
  visit("size", c.size, in(32, 1024), "side of a drawn picture, pixels");
  visit("good_train", c.good_train, in(1, 10000), "drawn good pictures to learn from");
  visit("good_test", c.good_test, in(1, 10000), "drawn good pictures to test on");
  visit("per_type", c.per_type, in(3, 10000), "drawn pictures of each defect type");
  visit("types", c.types, in(1, 13), "at most so many defect types");
  visit("seed", c.seed, in(0, 1e15), "of the drawing");
}

void fields(FieldVisitor& visit, RunConfig& c) {
  visit("name", c.name, any(), "of the run");
  visit("data", c.data, any(), "folder of the products");
  visit("products", c.products, names(), "folders below `data`, or procedural:<name>");
  visit("generators", c.generators,
        {[](const Json& list) { return list.is_array() && !list.empty(); },
         "a list of generators (docs/evaluation.md)"},
        "what is compared");
  visit("seeds", c.seeds, seed_list(), "each is one repetition of everything");
  visit("tasks", c.tasks, list_of(kTasks), "what is scored");
  visit("preset", c.preset, one_of({"paper", "cpu"}), "of the trainings; other keys refine it");
  visit("n", c.n, in(1, 100000), "generated pictures");
  visit("per", c.per, one_of({"type", "object"}), "n counts for each");
  visit("shots", c.shots, in(1, 100000), "references of a type, drawn from the pool by the seed");
  visit("picture_size", c.picture_size, in(0, 8192), "longer side of the pictures in pixels; 0: as they are");
  visit("bootstrap", c.bootstrap, in(0, 100000), "rounds of the intervals over test images");
  visit("backbone", c.backbone, any(),
        "MobileNetV2 weights for every network=linear or maps; empty: nets from scratch");
  visit.group("split", c.split);
  visit.group("targets", c.targets);
  visit.group("guard", c.guard);
  visit.group("metrics", c.metrics);
  visit.group("localisation", c.localisation);
  visit.group("classification", c.classification);
  visit.group("multiclass", c.multiclass);
  visit.group("likeness", c.likeness);
  visit("distance_backbone", c.distance_backbone, any(),
        "task synthesis: weights of the perceptual distance; empty: the embedded model's encoder");
  visit("distance_heads", c.distance_heads, any(), "task synthesis: LPIPS heads");
  visit.group("drawn", c.drawn);
}

std::vector<GeneratorSpec> RunConfig::specs() const {
  std::vector<GeneratorSpec> out;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < generators.size(); ++i) {
    out.push_back(read_spec(generators[i], text("generators[", i, "]")));
    if (!taken.insert(out.back().name).second)
      throw UsageError("generators[", i, "]: the name '", out.back().name,
                       "' is taken; every generator has its own");
  }
  return out;
}

RunConfig read_config(const std::filesystem::path& file, const std::vector<std::string>& assignments,
                      bool as_published) {
  constexpr std::size_t kLimit = 16 << 20;
  const auto nested = parse_json(read_file(file, kLimit), file.string());
  if (!nested.is_object())
    throw UsageError(file.string(), ": a config is a JSON object, found ", nested.type_name(),
                     ". configs/evaluation holds examples.");
  auto values = flatten_config(nested);
  values.erase("about");  // a comment
  RunConfig config;
  auto preset = values.value("preset", Json(config.preset));
  for (const auto& assignment : assignments)
    if (const auto one = parse_assignment(assignment); one.contains("preset")) preset = one["preset"];
  if (preset == "cpu") {
    config.localisation = LocalisationConfig::cpu();
    config.classification = ClassificationConfig::cpu();
    config.multiclass = MulticlassConfig::cpu();
  }
  read_fields(config, values, file.string());
  if (as_published) {
    Json published = Json::object();
    for (const auto& one : switches())
      if (one.name != "n") published[one.name] = one.published;  // how much is the file's, not the protocol's
    read_fields(config, published, "--as published");
  }
  for (const auto& assignment : assignments) read_fields(config, parse_assignment(assignment), "--set");
  config.specs();
  if (config.products.empty())
    throw UsageError(file.string(), ": 'products' is missing, a list of folders below `data`");
  if (config.distance_backbone.empty() && !config.distance_heads.empty())
    throw UsageError(file.string(),
                     ": distance_heads needs distance_backbone, the network that they belong to");
  if (config.targets.masks == "folder" && config.targets.folder.empty())
    throw UsageError(file.string(), ": targets.masks is folder, so targets.folder must name one");
  return config;
}

}  // namespace unidg::evaluation
