#include "unidg/generation/parity_networks.h"

namespace unidg::generation {

namespace {

std::string prefix_of(const std::string& part) { return part.empty() ? "" : part + "."; }

models::HubConfig hub_config(const ParityCase& parity, const std::string& part) {
  return models::HubConfig(parity.config(part), parity.where(part));
}

}  // namespace

models::FluxTransformer parity_transformer(const ParityCase& parity, const std::string& part) {
  const auto source = parity.weights_at(prefix_of(part), "x_embedder.weight");
  Json json = Json::object();
  try {
    json = models::to_json(models::infer_flux_config(*source));
  } catch (const FormatError&) {  // unusual head sizes cannot be read off the weights; the config has them
  }
  const auto stated = parity.config(part);
  for (const auto& [field, value] : stated.items())
    if (!value.is_null()) json[field] = value;
  std::vector<std::string> notes;
  const auto config = models::flux_config_from_json(json, parity.where(part), &notes);
  for (const auto& line : notes) parity.note(line);
  return models::FluxTransformer(weights::Scope(source), config);
}

models::AutoencoderKl parity_vae(const ParityCase& parity, models::VaeHalf half, const std::string& part) {
  const auto anchor = half == models::VaeHalf::Encoder ? "encoder.conv_in.weight" : "decoder.conv_in.weight";
  const weights::Scope w(parity.weights_at(prefix_of(part), anchor));
  if (parity.config(part).empty()) return models::AutoencoderKl(w, models::VaeConfig::infer(w), half);
  const auto json = hub_config(parity, part);
  auto config = models::VaeConfig::read(json);
  if (!json.has("use_quant_conv")) config.use_quant_conv = w.contains("quant_conv.weight");
  if (!json.has("use_post_quant_conv")) config.use_post_quant_conv = w.contains("post_quant_conv.weight");
  parity.note_unread(json, "the autoencoder");
  return models::AutoencoderKl(w, config, half);
}

models::SiglipVision parity_image_encoder(const ParityCase& parity, const std::string& part) {
  const weights::Scope w(parity.weights_at(prefix_of(part), "post_layernorm.weight"));
  if (parity.config(part).empty()) return models::SiglipVision(w, models::SiglipConfig::infer(w));
  const auto json = hub_config(parity, part).inside("vision_config");
  const auto config = models::SiglipConfig::read(json);
  parity.note_unread(json, "the image encoder");
  return models::SiglipVision(w, config);
}

models::ReduxEmbedder parity_embedder(const ParityCase& parity, const std::string& part) {
  const weights::Scope w(parity.weights_at(prefix_of(part), "redux_up.weight"));
  if (parity.config(part).empty()) return models::ReduxEmbedder(w, models::ReduxConfig::infer(w));
  const auto json = hub_config(parity, part);
  const auto config = models::ReduxConfig::read(json);
  parity.note_unread(json, "the Redux embedder");
  return models::ReduxEmbedder(w, config);
}

}  // namespace unidg::generation
