#include "unidg/weights/kind.h"

#include <algorithm>

#include "unidg/core/error.h"

namespace unidg::weights {
namespace {

bool any_name(const std::vector<std::string>& names, std::initializer_list<const char*> fragments) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return std::any_of(fragments.begin(), fragments.end(),
                       [&](auto* part) { return name.find(part) != name.npos; });
  });
}

std::string adapter_layout(const std::vector<std::string>& names) {
  if (any_name(names, {".processor.qkv_lora", ".processor.proj_lora"})) return "xlabs";
  if (any_name(names, {".lora_down.weight", ".lora_up.weight"}) && any_name(names, {"lora_unet_", "lora_te"}))
    return "kohya";
  if (!any_name(names, {".lora_A.", ".lora_B.", ".lora_down.", ".lora_up."})) return "";
  const bool is_single_file = std::any_of(names.begin(), names.end(), [](const auto& name) {
    return name.starts_with("double_blocks.") || name.starts_with("single_blocks.") ||
           name.starts_with("img_in.");
  });
  return is_single_file ? "control" : "peft";
}

/// By the width of the image input and by guidance.
std::string flux_variant(const Source& source, const std::string& input, const std::string& guidance) {
  const auto shape = source.contains(input) ? source.shape(input) : std::vector<std::int64_t>{};
  if (shape.size() != 2) return "";
  switch (shape[1]) {
    case 384:
      return "fill";
    case 128:
      return "control";
    case 64:
      return source.contains(guidance) ? "dev" : "schnell";
    default:
      return text(shape[1], " inputs");
  }
}

WeightKind flux_kind(const Source& source, const std::string& prefix) {
  const auto has = [&](const char* name) { return source.contains(prefix + name); };
  if (has("img_in.weight") && has("final_layer.linear.weight"))
    return {Network::FluxTransformer, "single-file",
            flux_variant(source, prefix + "img_in.weight", prefix + "guidance_in.in_layer.bias"), prefix};
  if (has("x_embedder.weight") && has("norm_out.linear.weight") && has("context_embedder.weight"))
    return {Network::FluxTransformer, "diffusers",
            flux_variant(source, prefix + "x_embedder.weight",
                         prefix + "time_text_embed.guidance_embedder.linear_1.bias"),
            prefix};
  return {};
}

WeightKind vae_kind(const Source& source, const std::string& prefix) {
  if (source.contains(prefix + "decoder.mid.block_1.conv1.weight"))
    return {Network::FluxVae, "single-file", "", prefix};
  if (source.contains(prefix + "decoder.mid_block.resnets.0.conv1.weight"))
    return {Network::FluxVae, "diffusers", "", prefix};
  return {};
}

}  // namespace

WeightKind recognise(const Source& source) {
  if (source.invents()) return {};
  const auto names = source.names();
  if (const auto layout = adapter_layout(names); !layout.empty()) return {Network::Adapter, layout, "", ""};

  for (const std::string prefix : {"", "model.diffusion_model.", "transformer."}) {
    auto flux = flux_kind(source, prefix);
    if (flux.network == Network::Unknown) continue;
    const bool is_whole = std::any_of(names.begin(), names.end(), [](const auto& name) {
      return name.starts_with("vae.") || name.starts_with("first_stage_model.") ||
             name.starts_with("text_encoders.");
    });
    if (is_whole) flux.network = Network::Checkpoint;
    return flux;
  }
  for (const std::string prefix : {"", "vae.", "first_stage_model."})
    if (const auto vae = vae_kind(source, prefix); vae.network != Network::Unknown) return vae;

  struct Sign {
    const char* name;
    Network network;
    const char* layout;
  };
  for (const auto& [name, network, layout] : {
           Sign{"redux_up.weight", Network::Redux, ""},
           Sign{"vision_model.embeddings.patch_embedding.weight", Network::Siglip, ""},
           Sign{"embeddings.patch_embedding.weight", Network::Siglip, ""},
           Sign{"luma.basis", Network::LinearCodec, ""},
           Sign{"text_model.embeddings.token_embedding.weight", Network::ClipText, ""},
           Sign{"encoder.block.0.layer.0.SelfAttention.q.weight", Network::T5Encoder, ""},
           Sign{"mask_decoder.iou_token.weight", Network::Sam2, "transformers"},
           Sign{"sam_mask_decoder.iou_token.weight", Network::Sam2, "single-file"},
           Sign{"decoder.layers.0.weight", Network::TinyVae, "diffusers"},
           Sign{"3.conv.0.weight", Network::TinyVae, "single-file"},
       })
    if (source.contains(name)) return {network, layout, "", ""};
  return {};
}

std::string network_name(Network network) {
  switch (network) {
    case Network::FluxTransformer:
      return "FLUX transformer";
    case Network::FluxVae:
      return "FLUX VAE";
    case Network::TinyVae:
      return "TAEF1 (tiny VAE)";
    case Network::LinearCodec:
      return "linear codec of the embedded model";
    case Network::Siglip:
      return "SigLIP vision tower";
    case Network::Redux:
      return "Redux image embedder";
    case Network::ClipText:
      return "CLIP text encoder";
    case Network::T5Encoder:
      return "T5 encoder";
    case Network::Sam2:
      return "SAM 2 segmenter";
    case Network::Adapter:
      return "LoRA adapter";
    case Network::Checkpoint:
      return "full FLUX checkpoint";
    case Network::Unknown:
      break;
  }
  return "unknown";
}

std::string describe(const WeightKind& kind) {
  auto out = network_name(kind.network);
  if (!kind.variant.empty()) out += ", " + kind.variant;
  if (!kind.layout.empty())
    out += ", " + kind.layout + (kind.network == Network::Adapter ? " format" : " layout");
  if (!kind.prefix.empty()) out += ", names below '" + kind.prefix + "'";
  return out;
}

}  // namespace unidg::weights
