#include "unidg/models/siglip/config.h"

#include <cmath>

namespace unidg::models {

SiglipConfig SiglipConfig::tiny() {
  SiglipConfig c;
  c.hidden_size = 12;
  c.intermediate_size = 20;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 3;
  c.image_size = 30;
  c.patch_size = 7;
  return c;
}

SiglipConfig SiglipConfig::read(const HubConfig& outer) {
  const auto json = outer.inside("vision_config");
  SiglipConfig c;
  c.hidden_size = json.integer("hidden_size", 768);
  c.intermediate_size = json.integer("intermediate_size", 3072);
  c.num_hidden_layers = json.integer("num_hidden_layers", 12, 0);
  c.num_attention_heads = json.integer("num_attention_heads", 12);
  c.num_channels = json.integer("num_channels", 3);
  c.image_size = json.integer("image_size", 224);
  c.patch_size = json.integer("patch_size", 16);
  c.layer_norm_eps = json.number("layer_norm_eps", 1e-6);
  c.hidden_act = json.word("hidden_act", "gelu_pytorch_tanh");
  json.ignore({"attention_dropout", "vision_use_head"});
  if (c.hidden_size % c.num_attention_heads != 0)
    throw FormatError(json.where(), ": 'hidden_size' ", c.hidden_size, " does not split into ",
                      c.num_attention_heads, " heads ('num_attention_heads').");
  if (c.patch_size > c.image_size)
    throw FormatError(json.where(), ": 'patch_size' ", c.patch_size, " is larger than 'image_size' ",
                      c.image_size, ".");
  return c;
}

SiglipConfig SiglipConfig::infer(const weights::Scope& w) {
  const std::string patches = "embeddings.patch_embedding.weight",
                    positions = "embeddings.position_embedding.weight";
  if (!w.contains(patches) || !w.contains(positions))
    throw FormatError(w.source().describe(), ": no '", w.prefix(), patches, "' and '", w.prefix(), positions,
                      "'; this is no SigLIP vision tower. `unidg inspect` lists what the file holds.");
  const auto shape = [&](const std::string& name) { return w.source().shape(w.prefix() + name); };
  SiglipConfig c;
  const auto patch = shape(patches);
  c.hidden_size = patch.at(0);
  c.num_channels = patch.at(1);
  c.patch_size = patch.at(2);
  c.image_size = c.patch_size * std::llround(std::sqrt(static_cast<double>(shape(positions).at(0))));
  c.num_hidden_layers = 0;
  while (w["encoder"]["layers"][std::to_string(c.num_hidden_layers)].contains("mlp.fc1.weight"))
    ++c.num_hidden_layers;
  if (c.num_hidden_layers > 0) c.intermediate_size = shape("encoder.layers.0.mlp.fc1.weight").at(0);
  const std::int64_t head = c.hidden_size % 72 == 0 ? 72 : c.hidden_size % 64 == 0 ? 64 : c.hidden_size;
  c.num_attention_heads = c.hidden_size / head;
  return c;
}

}  // namespace unidg::models
