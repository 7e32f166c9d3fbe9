// Both names of every key of the VAE. '#' is an index; the decoder's level (first index) is counted from the
// other end.
#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/weights/flux_keys.h"
#include "unidg/weights/name_pattern.h"
#include "unidg/weights/views.h"

namespace unidg::weights {
namespace {

struct Rule {
  std::string bfl, diffusers;
  bool is_reversed = false;   ///< level L is level (levels - 1 - L) of the other layout
  bool is_attention = false;  ///< weight [C, C, 1, 1] in BFL, [C, C] in diffusers
};

std::vector<Rule> make_rules() {
  std::vector<Rule> rules;
  for (const std::string side : {"encoder.", "decoder."}) {
    const bool is_decoder = side == "decoder.";
    const std::string level = side + (is_decoder ? "up.#." : "down.#.");
    const std::string df_level = side + (is_decoder ? "up_blocks.#." : "down_blocks.#.");
    rules.push_back({side + "conv_in", side + "conv_in"});
    rules.push_back({side + "conv_out", side + "conv_out"});
    rules.push_back({side + "norm_out", side + "conv_norm_out"});
    for (const auto& [bfl, diffusers] : {std::pair{level + "block.#.", df_level + "resnets.#."},
                                         std::pair{side + "mid.block_1.", side + "mid_block.resnets.0."},
                                         std::pair{side + "mid.block_2.", side + "mid_block.resnets.1."}}) {
      const bool is_reversed = is_decoder && bfl.starts_with(level);
      for (const std::string piece : {"norm1", "conv1", "norm2", "conv2"})
        rules.push_back({bfl + piece, diffusers + piece, is_reversed});
      rules.push_back({bfl + "nin_shortcut", diffusers + "conv_shortcut", is_reversed});
    }
    rules.push_back({side + "mid.attn_1.norm", side + "mid_block.attentions.0.group_norm"});
    for (const auto& [bfl, diffusers] :
         {std::pair{"q", "to_q"}, {"k", "to_k"}, {"v", "to_v"}, {"proj_out", "to_out.0"}})
      rules.push_back(
          {side + "mid.attn_1." + bfl, side + "mid_block.attentions.0." + diffusers, false, true});
    rules.push_back({level + (is_decoder ? "upsample.conv" : "downsample.conv"),
                     df_level + (is_decoder ? "upsamplers.0.conv" : "downsamplers.0.conv"), is_decoder});
  }
  return rules;
}

/// Number of decoder levels that a source's names speak of.
std::int64_t decoder_levels(const Source& source, const std::string& pattern) {
  std::int64_t levels = 0;
  for (const auto& name : source.names())
    if (const auto indices = match_indices(pattern, name)) levels = std::max(levels, (*indices)[0] + 1);
  return levels;
}

std::shared_ptr<Source> without_checkpoint_prefix(std::shared_ptr<Source> source) {
  for (const std::string prefix : {"vae.", "first_stage_model."})
    for (const auto& name : source->names())
      if (name.starts_with(prefix + "decoder.")) return strip_prefix(source, prefix);
  return source;
}

std::shared_ptr<Source> rename(std::shared_ptr<Source> source, bool to_diffusers) {
  if (source->invents()) return source;
  source = without_checkpoint_prefix(std::move(source));
  static const auto rules = make_rules();
  const auto levels = decoder_levels(*source, to_diffusers ? "decoder.up.#.block.0.conv1.weight"
                                                           : "decoder.up_blocks.#.resnets.0.conv1.weight");
  if (levels == 0 && !source->contains(to_diffusers ? "encoder.down.0.block.0.conv1.weight"
                                                    : "encoder.down_blocks.0.resnets.0.conv1.weight"))
    return source;  // already in the wanted layout, or no VAE at all
  std::map<std::string, Recipe> recipes;
  for (const auto& name : source->names()) {
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) continue;
    const auto path = name.substr(0, dot), leaf = name.substr(dot + 1);
    if (leaf != "weight" && leaf != "bias") continue;
    for (const auto& rule : rules) {
      auto indices = match_indices(to_diffusers ? rule.bfl : rule.diffusers, path);
      if (!indices) continue;
      if (rule.is_reversed && (*indices)[0] >= levels)
        throw FormatError(source->describe(), ": '", name, "' is beyond the ", levels,
                          " decoder levels of this VAE");
      if (rule.is_reversed) (*indices)[0] = levels - 1 - (*indices)[0];
      auto shape = source->shape(name);
      if (rule.is_attention && leaf == "weight" && shape.size() >= 2)
        shape = to_diffusers ? std::vector{shape[0], shape[1]}
                             : std::vector<std::int64_t>{shape[0], shape[1], 1, 1};
      const auto target = fill_indices(to_diffusers ? rule.diffusers : rule.bfl, *indices);
      recipes[target + '.' + leaf] = {{{name}}, shape};
      break;
    }
  }
  return recipe_source(std::move(source), std::move(recipes),
                       to_diffusers ? "single-file layout" : "diffusers layout");
}

}  // namespace

std::shared_ptr<Source> as_diffusers_vae(std::shared_ptr<Source> source) {
  return rename(std::move(source), true);
}
std::shared_ptr<Source> as_bfl_vae(std::shared_ptr<Source> source) {
  return rename(std::move(source), false);
}

}  // namespace unidg::weights
