#include "unidg/weights/flux_keys.h"

#include "unidg/core/error.h"
#include "unidg/weights/views.h"

namespace unidg::weights {
namespace {

constexpr const char* kCheckpointPrefix = "model.diffusion_model.";

/// "a.b.weight" -> {"a.b", "weight"}
std::pair<std::string, std::string> split_leaf(const std::string& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return {"", name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

/// The tensor's rows with the lower half first.
Recipe swapped_halves(const std::string& name, const std::vector<std::int64_t>& shape) {
  if (shape.empty() || shape[0] % 2 != 0) throw FormatError("'", name, "' has no two halves of rows to swap");
  return {{{name, shape[0] / 2, shape[0] / 2}, {name, 0, shape[0] / 2}}, shape};
}

std::shared_ptr<Source> without_checkpoint_prefix(std::shared_ptr<Source> source) {
  for (const auto& name : source->names())
    if (name.starts_with(kCheckpointPrefix)) return strip_prefix(source, kCheckpointPrefix);
  return source;
}

}  // namespace

std::shared_ptr<Source> as_diffusers_flux(std::shared_ptr<Source> source) {
  if (source->invents()) return source;
  source = unscale_fp8(without_checkpoint_prefix(std::move(source)));
  std::map<std::string, Recipe> recipes;
  for (const auto& name : source->names()) {
    const auto [path, leaf] = split_leaf(name);
    const auto module = flux_module_by_bfl(path);
    const bool known_leaf =
        module && (module->is_norm ? leaf == "scale" : leaf == "weight" || leaf == "bias");
    if (!known_leaf) continue;
    const auto shape = source->shape(name);
    const auto target = module->is_norm ? "weight" : leaf;
    if (module->swaps_halves) {
      recipes[module->diffusers[0] + '.' + target] = swapped_halves(name, shape);
      continue;
    }
    if (module->diffusers.size() == 1) {
      recipes[module->diffusers[0] + '.' + target] = {{{name}}, shape};
      continue;
    }
    if (shape.empty())
      throw FormatError(source->describe(), ": '", name, "' is a single number; expected rows");
    // The input width of a fused module is D; its bias learns it from the weight beside it.
    const auto weight = path + ".weight";
    const auto weight_shape = source->contains(weight) ? source->shape(weight) : std::vector<std::int64_t>{};
    if (weight_shape.size() != 2) throw FormatError(source->describe(), ": '", weight, "' is no matrix");
    const auto rows = part_rows(*module, shape[0], weight_shape[1], source->describe());
    std::int64_t first = 0;
    for (std::size_t part = 0; part < rows.size(); ++part) {
      auto part_shape = shape;
      part_shape[0] = rows[part];
      recipes[module->diffusers[part] + '.' + target] = {{{name, first, rows[part]}}, part_shape};
      first += rows[part];
    }
  }
  return recipes.empty() ? source
                         : recipe_source(std::move(source), std::move(recipes), "single-file layout");
}

std::shared_ptr<Source> as_bfl_flux(std::shared_ptr<Source> source) {
  if (source->invents()) return source;
  source = unscale_fp8(without_checkpoint_prefix(std::move(source)));
  std::map<std::string, Recipe> recipes;
  for (const auto& name : source->names()) {
    const auto [path, leaf] = split_leaf(name);
    const auto module = flux_module_by_diffusers(path);
    if (!module || (leaf != "weight" && leaf != "bias")) continue;
    const auto target = module->bfl + '.' + (module->is_norm ? "scale" : leaf);
    if (recipes.contains(target)) continue;  // a further part of a fused tensor
    if (module->swaps_halves) {
      recipes[target] = swapped_halves(name, source->shape(name));
      continue;
    }
    Recipe recipe;
    for (const auto& part : module->diffusers) {
      const auto part_name = part + '.' + leaf;
      if (!source->contains(part_name))
        throw FormatError(source->describe(), ": '", target, "' cannot be joined, '", part_name,
                          "' is missing");
      const auto shape = source->shape(part_name);
      if (recipe.pieces.empty())
        recipe.shape = shape;
      else
        recipe.shape.at(0) += shape.at(0);
      recipe.pieces.push_back({part_name});
    }
    recipes[target] = std::move(recipe);
  }
  return recipes.empty() ? source : recipe_source(std::move(source), std::move(recipes), "diffusers layout");
}

}  // namespace unidg::weights
