#include "unidg/models/flux/config.h"

#include <algorithm>
#include <numeric>

namespace unidg::models {

FluxConfig flux_fill() { return {}; }

FluxConfig flux_tiny() {
  return {.in_channels = 384,
          .out_channels = 64,
          .layers = 1,
          .single_layers = 2,
          .head_dim = 16,
          .heads = 2,
          .joint_dim = 24,
          .pooled_dim = 12,
          .guidance_embeds = true,
          .axes = {4, 6, 6}};
}

namespace {

template <typename T>
void take(const Json& json, const char* key, T& value, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return;
  try {
    value = found->get<T>();
  } catch (const Json::exception&) {
    throw FormatError(where, ": '", key, "' is ", found->dump(), " but must be ",
                      std::is_same_v<T, bool> ? "true or false"
                      : std::is_integral_v<T> ? "an integer"
                                              : "a list of integers");
  }
}

void check(const FluxConfig& c, const std::string& where) {
  for (const auto& [name, value] : {std::pair{"in_channels", c.in_channels},
                                    {"out_channels", c.out_channels},
                                    {"attention_head_dim", c.head_dim},
                                    {"num_attention_heads", c.heads},
                                    {"joint_attention_dim", c.joint_dim},
                                    {"pooled_projection_dim", c.pooled_dim}})
    if (value < 1 || value > 1'000'000)
      throw FormatError(where, ": '", name, "' is ", value, " but must be positive");
  if (c.layers < 0 || c.single_layers < 0 || c.layers + c.single_layers > 1000)
    throw FormatError(where, ": ", c.layers, " double and ", c.single_layers,
                      " single blocks make no network");
  const auto sum = std::accumulate(c.axes.begin(), c.axes.end(), std::int64_t{0});
  for (const auto axis : c.axes)
    if (axis < 2 || axis % 2) throw FormatError(where, ": 'axes_dims_rope' must hold even positive numbers");
  if (sum != c.head_dim)
    throw FormatError(where, ": 'axes_dims_rope' sums to ", sum, " but 'attention_head_dim' is ", c.head_dim);
}

}  // namespace

FluxConfig flux_config_from_json(const Json& json, const std::string& where,
                                 std::vector<std::string>* notes) {
  if (!json.is_object()) throw FormatError(where, ": expected a JSON object");
  FluxConfig c;
  c.in_channels = 64;
  c.guidance_embeds = false;  // diffusers' defaults
  std::int64_t patch_size = 1;
  take(json, "in_channels", c.in_channels, where);
  c.out_channels = c.in_channels;
  take(json, "out_channels", c.out_channels, where);
  take(json, "num_layers", c.layers, where);
  take(json, "num_single_layers", c.single_layers, where);
  take(json, "attention_head_dim", c.head_dim, where);
  take(json, "num_attention_heads", c.heads, where);
  take(json, "joint_attention_dim", c.joint_dim, where);
  take(json, "pooled_projection_dim", c.pooled_dim, where);
  take(json, "guidance_embeds", c.guidance_embeds, where);
  take(json, "axes_dims_rope", c.axes, where);
  take(json, "patch_size", patch_size, where);
  if (patch_size != 1) throw FormatError(where, ": 'patch_size' is ", patch_size, " but FLUX networks use 1");
  if (notes) {
    static const std::vector<std::string> known = {
        "in_channels",        "out_channels",        "num_layers",          "num_single_layers",
        "attention_head_dim", "num_attention_heads", "joint_attention_dim", "pooled_projection_dim",
        "guidance_embeds",    "axes_dims_rope",      "patch_size"};
    for (const auto& [key, value] : json.items())
      if (!key.starts_with("_") && std::find(known.begin(), known.end(), key) == known.end())
        notes->push_back("field '" + key + "' has no meaning for flux_transformer");
  }
  check(c, where);
  return c;
}

Json to_json(const FluxConfig& c) {
  return {{"_class_name", "FluxTransformer2DModel"},
          {"patch_size", 1},
          {"in_channels", c.in_channels},
          {"out_channels", c.out_channels},
          {"num_layers", c.layers},
          {"num_single_layers", c.single_layers},
          {"attention_head_dim", c.head_dim},
          {"num_attention_heads", c.heads},
          {"joint_attention_dim", c.joint_dim},
          {"pooled_projection_dim", c.pooled_dim},
          {"guidance_embeds", c.guidance_embeds},
          {"axes_dims_rope", c.axes}};
}

FluxConfig infer_flux_config(const weights::Source& source) {
  const auto need = [&](const std::string& name) {
    if (!source.contains(name))
      throw FormatError(source.describe(), ": no tensor '", name,
                        "', so this is no MM-DiT in diffusers names. "
                        "`unidg inspect` lists what the file holds.");
    return source.shape(name);
  };
  FluxConfig c;
  c.in_channels = need("x_embedder.weight").at(1);
  const auto width = need("x_embedder.weight").at(0);
  c.out_channels = need("proj_out.weight").at(0);
  c.joint_dim = need("context_embedder.weight").at(1);
  c.pooled_dim = need("time_text_embed.text_embedder.linear_1.weight").at(1);
  c.guidance_embeds = source.contains("time_text_embed.guidance_embedder.linear_1.weight");
  c.layers = c.single_layers = 0;
  while (source.contains("transformer_blocks." + std::to_string(c.layers) + ".attn.to_q.weight")) ++c.layers;
  while (
      source.contains("single_transformer_blocks." + std::to_string(c.single_layers) + ".attn.to_q.weight"))
    ++c.single_layers;
  const std::string norm = c.layers > 0 ? "transformer_blocks.0.attn.norm_q.weight"
                                        : "single_transformer_blocks.0.attn.norm_q.weight";
  c.head_dim = need(norm).at(0);
  if (c.head_dim < 8 || c.head_dim % 8 || width % c.head_dim)
    throw FormatError(source.describe(), ": a head size of ", c.head_dim, " does not fit a width of ", width);
  c.heads = width / c.head_dim;
  const auto side = c.head_dim * 7 / 16 / 2 * 2;  // FLUX: 16 + 56 + 56 of 128
  c.axes = {c.head_dim - 2 * side, side, side};
  return c;
}

}  // namespace unidg::models
