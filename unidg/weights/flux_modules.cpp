// Where each module of the MM-DiT is called what.
#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/weights/flux_keys.h"
#include "unidg/weights/name_pattern.h"

namespace unidg::weights {
namespace {

struct Rule {
  const char* bfl;
  std::vector<const char*> diffusers;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table = {
      {"img_in", {"x_embedder"}},
      {"txt_in", {"context_embedder"}},
      {"time_in.in_layer", {"time_text_embed.timestep_embedder.linear_1"}},
      {"time_in.out_layer", {"time_text_embed.timestep_embedder.linear_2"}},
      {"guidance_in.in_layer", {"time_text_embed.guidance_embedder.linear_1"}},
      {"guidance_in.out_layer", {"time_text_embed.guidance_embedder.linear_2"}},
      {"vector_in.in_layer", {"time_text_embed.text_embedder.linear_1"}},
      {"vector_in.out_layer", {"time_text_embed.text_embedder.linear_2"}},
      {"double_blocks.#.img_mod.lin", {"transformer_blocks.#.norm1.linear"}},
      {"double_blocks.#.txt_mod.lin", {"transformer_blocks.#.norm1_context.linear"}},
      {"double_blocks.#.img_attn.qkv",
       {"transformer_blocks.#.attn.to_q", "transformer_blocks.#.attn.to_k",
        "transformer_blocks.#.attn.to_v"}},
      {"double_blocks.#.txt_attn.qkv",
       {"transformer_blocks.#.attn.add_q_proj", "transformer_blocks.#.attn.add_k_proj",
        "transformer_blocks.#.attn.add_v_proj"}},
      {"double_blocks.#.img_attn.norm.query_norm", {"transformer_blocks.#.attn.norm_q"}},
      {"double_blocks.#.img_attn.norm.key_norm", {"transformer_blocks.#.attn.norm_k"}},
      {"double_blocks.#.txt_attn.norm.query_norm", {"transformer_blocks.#.attn.norm_added_q"}},
      {"double_blocks.#.txt_attn.norm.key_norm", {"transformer_blocks.#.attn.norm_added_k"}},
      {"double_blocks.#.img_attn.proj", {"transformer_blocks.#.attn.to_out.0"}},
      {"double_blocks.#.txt_attn.proj", {"transformer_blocks.#.attn.to_add_out"}},
      {"double_blocks.#.img_mlp.0", {"transformer_blocks.#.ff.net.0.proj"}},
      {"double_blocks.#.img_mlp.2", {"transformer_blocks.#.ff.net.2"}},
      {"double_blocks.#.txt_mlp.0", {"transformer_blocks.#.ff_context.net.0.proj"}},
      {"double_blocks.#.txt_mlp.2", {"transformer_blocks.#.ff_context.net.2"}},
      {"single_blocks.#.modulation.lin", {"single_transformer_blocks.#.norm.linear"}},
      {"single_blocks.#.linear1",
       {"single_transformer_blocks.#.attn.to_q", "single_transformer_blocks.#.attn.to_k",
        "single_transformer_blocks.#.attn.to_v", "single_transformer_blocks.#.proj_mlp"}},
      {"single_blocks.#.linear2", {"single_transformer_blocks.#.proj_out"}},
      {"single_blocks.#.norm.query_norm", {"single_transformer_blocks.#.attn.norm_q"}},
      {"single_blocks.#.norm.key_norm", {"single_transformer_blocks.#.attn.norm_k"}},
      {"final_layer.linear", {"proj_out"}},
      {"final_layer.adaLN_modulation.1", {"norm_out.linear"}},
  };
  return table;
}

FluxModule fill(const Rule& rule, const std::vector<std::int64_t>& indices) {
  FluxModule module;
  module.bfl = fill_indices(rule.bfl, indices);
  for (const auto* part : rule.diffusers) module.diffusers.push_back(fill_indices(part, indices));
  module.swaps_halves = module.bfl == "final_layer.adaLN_modulation.1";
  module.is_norm = module.bfl.ends_with("_norm");
  return module;
}

}  // namespace

std::optional<FluxModule> flux_module_by_bfl(const std::string& module) {
  for (const auto& rule : rules())
    if (const auto indices = match_indices(rule.bfl, module)) return fill(rule, *indices);
  return std::nullopt;
}

std::optional<FluxModule> flux_module_by_diffusers(const std::string& module) {
  for (const auto& rule : rules())
    for (const auto* part : rule.diffusers)
      if (const auto indices = match_indices(part, module)) return fill(rule, *indices);
  return std::nullopt;
}

std::optional<FluxModule> flux_module_by_flat_name(const std::string& flat) {
  const auto flattened = [](std::string pattern) {
    std::replace(pattern.begin(), pattern.end(), '.', '_');
    return pattern;
  };
  for (const auto& rule : rules()) {
    if (const auto indices = match_indices(flattened(rule.bfl), flat)) return fill(rule, *indices);
    for (const auto* part : rule.diffusers)
      if (const auto indices = match_indices(flattened(part), flat)) {
        auto module = fill(rule, *indices);
        module.diffusers = {fill_indices(part, *indices)};
        module.swaps_halves = false;  // already in the diffusers order
        return module;
      }
  }
  return std::nullopt;
}

std::vector<FluxModule> flux_modules(std::int64_t double_blocks, std::int64_t single_blocks) {
  std::vector<FluxModule> modules;
  for (const auto& rule : rules()) {
    const std::string_view name = rule.bfl;
    const bool is_block = name.find('#') != name.npos;
    const auto count = !is_block ? 1 : name.starts_with("double") ? double_blocks : single_blocks;
    for (std::int64_t i = 0; i < count; ++i) modules.push_back(fill(rule, {i}));
  }
  return modules;
}

std::vector<std::int64_t> part_rows(const FluxModule& module, std::int64_t rows, std::int64_t width,
                                    const std::string& where) {
  switch (module.diffusers.size()) {
    case 1:
      return {rows};
    case 3:
      if (rows % 3 != 0)
        throw FormatError(where, ": '", module.bfl, "' has ", rows,
                          " rows, which is no multiple of 3 (q, k, v)");
      return {rows / 3, rows / 3, rows / 3};
    default:
      if (rows <= 3 * width)
        throw FormatError(where, ": '", module.bfl, "' has ", rows, " rows; expected more than 3 x ", width,
                          " (q, k, v, MLP)");
      return {width, width, width, rows - 3 * width};
  }
}

}  // namespace unidg::weights
