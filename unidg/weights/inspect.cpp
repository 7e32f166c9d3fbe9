#include "unidg/weights/inspect.h"

#include <algorithm>
#include <set>

#include "unidg/core/error.h"
#include "unidg/weights/adapters.h"
#include "unidg/weights/flux_keys.h"
#include "unidg/weights/name_pattern.h"

namespace unidg::weights {
namespace fs = std::filesystem;
namespace {

/// "3 tensors are missing: a, b, c" for a list that may be long.
std::string count_and_names(const std::vector<std::string>& names, const std::string& what) {
  auto out = text(names.size(), names.size() == 1 ? " tensor " : " tensors ", what, ": ");
  for (std::size_t i = 0; i < names.size() && i < 5; ++i) out += (i ? ", " : "") + names[i];
  return names.size() > 5 ? out + ", ..." : out;
}

std::int64_t blocks(const std::vector<std::string>& names, const std::string& beginning) {
  std::int64_t count = 0;
  for (const auto& name : names) {
    if (!name.starts_with(beginning)) continue;
    const auto index = name.substr(beginning.size(), name.find('.', beginning.size()) - beginning.size());
    if (const auto value = match_indices("#", index)) count = std::max(count, value->front() + 1);
  }
  return count;
}

/// Compares a transformer with the table of its layout for the depth its names speak of.
void check_transformer(const std::shared_ptr<Source>& source, Inspection& out) {
  const auto inner = out.kind.prefix.empty() ? source : strip_prefix(source, out.kind.prefix);
  const auto view = as_diffusers_flux(inner);
  const auto names = view->names();
  const auto depth = blocks(names, "transformer_blocks."),
             single_depth = blocks(names, "single_transformer_blocks.");
  out.facts["double blocks"] = std::to_string(depth);
  out.facts["single blocks"] = std::to_string(single_depth);
  const auto shape_of = [&](const char* name) {
    return view->contains(name) ? view->shape(name) : std::vector<std::int64_t>{};
  };
  if (const auto embed = shape_of("x_embedder.weight"); embed.size() == 2) {
    out.facts["width"] = std::to_string(embed[0]);
    out.facts["input channels"] = std::to_string(embed[1]);
  }
  out.facts["guidance"] =
      view->contains("time_text_embed.guidance_embedder.linear_1.weight") ? "embedded" : "none";

  std::set<std::string> expected;
  for (const auto& module : flux_modules(depth, single_depth))
    for (const auto& part : module.diffusers) {
      if (part.find("guidance_embedder") != part.npos && out.facts["guidance"] == "none") continue;
      expected.insert(part + ".weight");
      if (!module.is_norm) expected.insert(part + ".bias");
    }
  std::vector<std::string> missing, unknown;
  for (const auto& name : expected)
    if (!view->contains(name)) missing.push_back(name);
  for (const auto& name : names)
    if (!expected.contains(name)) unknown.push_back(name);
  if (!missing.empty()) out.problems.push_back(count_and_names(missing, "missing (diffusers names)"));
  if (!unknown.empty())
    out.problems.push_back(count_and_names(unknown, "belonging to no module of the transformer"));
}

void check_adapter(const fs::path& path, Inspection& out) {
  try {
    const auto adapter = read_adapter(path);
    std::set<std::int64_t> ranks;
    std::set<double> scales;
    std::int64_t single = 0;
    for (const auto& [module, low] : adapter.modules) {
      ranks.insert(low.rank());
      scales.insert(low.scale);
      single += module.starts_with("single_");
    }
    const auto join = [](const auto& values) {
      std::string list;
      for (const auto& value : values) list += (list.empty() ? "" : ", ") + text(value);
      return list;
    };
    out.facts["modules"] = text(adapter.modules.size(), " (", single, " in single blocks)");
    out.facts["rank"] = join(ranks);
    out.facts["scale (alpha / rank)"] = join(scales);
    if (!adapter.replacements.empty()) out.facts["replaced norms"] = text(adapter.replacements.size());
    if (!adapter.skipped.empty())
      out.problems.push_back(count_and_names(adapter.skipped, "of text encoders, not applied by unidg"));
  } catch (const FormatError& error) {
    out.problems.push_back(error.what());
  }
}

std::string licence(const Inspection& inspection) {
  for (const auto* key : {"modelspec.license", "license", "licence", "unidg.licence"}) {
    const auto found = inspection.metadata.find(key);
    if (found != inspection.metadata.end()) return found->second + " (stated in the file)";
  }
  const auto& [network, layout, variant, prefix] = inspection.kind;
  const bool is_transformer = network == Network::FluxTransformer || network == Network::Checkpoint;
  if (is_transformer && variant == "schnell") return "Apache-2.0 (by its kind, not stated in the file)";
  const bool is_dev = variant == "fill" || variant == "control" || variant == "dev";
  if ((is_transformer && is_dev) || network == Network::Redux || network == Network::Adapter)
    return "FLUX.1 [dev] Non-Commercial License (by its kind, not stated in the file)";
  return "";
}

Inspection inspect_pipeline(const fs::path& path) {
  Inspection out;
  out.path = path;
  for (const auto& item : fs::directory_iterator(path)) {
    if (!item.is_directory()) continue;
    const auto holds_weights = [](const auto& file) {
      const auto name = file.path().filename().string();
      return name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json");
    };
    if (std::any_of(fs::directory_iterator(item.path()), fs::directory_iterator(), holds_weights))
      out.components.push_back(inspect(item.path()));
  }
  std::sort(out.components.begin(), out.components.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  for (const auto& component : out.components) {
    out.parameters += component.parameters;
    for (const auto& [dtype, count] : component.parameters_by_dtype) out.parameters_by_dtype[dtype] += count;
  }
  if (out.components.empty())
    throw FormatError(path.string(), ": a pipeline folder without any component's weights");
  return out;
}

}  // namespace

Inspection inspect(const fs::path& path) {
  if (fs::is_directory(path) && fs::exists(path / "model_index.json")) return inspect_pipeline(path);
  const auto source = open_source(path);
  Inspection out;
  out.path = path;
  out.kind = recognise(*source);
  out.metadata = source->metadata();
  for (const auto& name : source->names()) {
    Inspection::Entry entry{name, source->dtype(name), source->shape(name)};
    std::int64_t count = 1;
    for (const auto n : entry.shape) count *= n;
    out.parameters += count;
    out.parameters_by_dtype[entry.dtype] += count;
    out.tensors.push_back(std::move(entry));
  }
  switch (out.kind.network) {
    case Network::FluxTransformer:
      check_transformer(source, out);
      break;
    case Network::Adapter:
      check_adapter(path, out);
      break;
    case Network::Unknown:
      out.problems.push_back("the names fit no network that unidg knows; --tensors lists them");
      break;
    default:
      break;
  }
  out.licence = licence(out);
  return out;
}

std::string to_text(const Inspection& inspection, bool with_tensors) {
  std::string out = inspection.path.string() + "\n";
  const auto line = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) out += "  " + key + ": " + value + "\n";
  };
  line("what", inspection.components.empty()
                   ? describe(inspection.kind)
                   : text("diffusers pipeline of ", inspection.components.size(), " components"));
  if (!inspection.tensors.empty()) line("tensors", std::to_string(inspection.tensors.size()));
  std::string dtypes;
  for (const auto& [dtype, count] : inspection.parameters_by_dtype)
    dtypes += (dtypes.empty() ? " (" : ", ") + text(dtype, " ", count);
  line("parameters", text(inspection.parameters, dtypes.empty() ? "" : dtypes + ")"));
  for (const auto& [key, value] : inspection.facts) line(key, value);
  line("licence", inspection.licence);
  for (const auto& [key, value] : inspection.metadata)
    line("metadata " + key,
         value.size() > 120 ? value.substr(0, 120) + "... (" + text(value.size()) + " bytes)" : value);
  for (const auto& problem : inspection.problems) line("PROBLEM", problem);
  if (with_tensors)
    for (const auto& entry : inspection.tensors)
      out += text("  ", entry.name, "  ", entry.dtype, "  ", torch::IntArrayRef(entry.shape), "\n");
  for (const auto& component : inspection.components) out += to_text(component, with_tensors);
  return out;
}

Json to_json(const Inspection& inspection) {
  Json out = {{"path", inspection.path.string()},
              {"network", network_name(inspection.kind.network)},
              {"layout", inspection.kind.layout},
              {"variant", inspection.kind.variant},
              {"prefix", inspection.kind.prefix},
              {"parameters", inspection.parameters},
              {"parameters_by_dtype", inspection.parameters_by_dtype},
              {"facts", inspection.facts},
              {"licence", inspection.licence},
              {"metadata", inspection.metadata},
              {"problems", inspection.problems}};
  if (inspection.components.empty()) {
    out["tensors"] = Json::array();
    for (const auto& entry : inspection.tensors)
      out["tensors"].push_back({{"name", entry.name}, {"dtype", entry.dtype}, {"shape", entry.shape}});
  } else {
    out["components"] = Json::array();
    for (const auto& component : inspection.components) out["components"].push_back(to_json(component));
  }
  return out;
}

}  // namespace unidg::weights
