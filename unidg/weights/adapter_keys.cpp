#include "unidg/weights/adapter_keys.h"

#include <algorithm>

#include "unidg/weights/name_pattern.h"

namespace unidg::weights {
namespace {

struct Ending {
  const char* text;
  AdapterSlot slot;
};
// The longer ending first where one ends with another.
constexpr Ending kEndings[] = {
    {".lora_A.weight", AdapterSlot::A},
    {".lora_B.weight", AdapterSlot::B},
    {".lora_down.weight", AdapterSlot::A},
    {".lora_up.weight", AdapterSlot::B},
    {".lora.down.weight", AdapterSlot::A},
    {".lora.up.weight", AdapterSlot::B},
    {".lora_linear_layer.down.weight", AdapterSlot::A},
    {".lora_linear_layer.up.weight", AdapterSlot::B},
    {".lora_B.bias", AdapterSlot::Bias},
    {".lora_up.bias", AdapterSlot::Bias},
    {".lora_A.alpha", AdapterSlot::Alpha},
    {".alpha", AdapterSlot::Alpha},
};
constexpr const char* kPrefixes[] = {"base_model.model.",      "transformer.", "diffusion_model.",
                                     "model.diffusion_model.", "lora_unet_",   "lora_transformer_"};

/// "x.lora_A.default.weight" -> "x.lora_A.weight": PEFT may keep the adapter's name in the middle.
std::string without_adapter_name(const std::string& name) {
  for (const std::string side : {".lora_A.", ".lora_B."}) {
    const auto at = name.find(side);
    if (at == std::string::npos) continue;
    const auto rest = name.substr(at + side.size());
    const auto dot = rest.find('.');
    if (dot != std::string::npos && rest.find('.', dot + 1) == std::string::npos)
      return name.substr(0, at + side.size()) + rest.substr(dot + 1);
  }
  return name;
}

std::string without_prefixes(std::string name) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string prefix : kPrefixes)
      if (name.starts_with(prefix)) {
        name.erase(0, prefix.size());
        again = true;
      }
  }
  return name;
}

std::string flat(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

/// "double_blocks.3.processor.qkv_lora1" and its kin; xlabs trains qkv alone in single blocks.
std::optional<AdapterKey> parse_xlabs(const std::string& name) {
  const auto bare = without_prefixes(name);
  for (const auto& [ending, slot] :
       {Ending{".down.weight", AdapterSlot::A}, Ending{".up.weight", AdapterSlot::B}}) {
    if (!bare.ends_with(ending)) continue;
    const auto module = bare.substr(0, bare.size() - std::string(ending).size());
    for (const auto* pattern :
         {"double_blocks.#.processor.qkv_lora1", "double_blocks.#.processor.qkv_lora2",
          "double_blocks.#.processor.proj_lora1", "double_blocks.#.processor.proj_lora2",
          "single_blocks.#.processor.qkv_lora", "single_blocks.#.processor.proj_lora"})
      if (match_indices(pattern, module)) return AdapterKey{module, module, slot, true, false};
  }
  return std::nullopt;
}

std::optional<FluxModule> xlabs_target(const std::string& module) {
  const auto target = [&](const char* pattern, const char* bfl) -> std::optional<FluxModule> {
    const auto indices = match_indices(pattern, module);
    return indices ? flux_module_by_bfl(fill_indices(bfl, *indices)) : std::nullopt;
  };
  if (auto m = target("double_blocks.#.processor.qkv_lora1", "double_blocks.#.img_attn.qkv")) return m;
  if (auto m = target("double_blocks.#.processor.qkv_lora2", "double_blocks.#.txt_attn.qkv")) return m;
  if (auto m = target("double_blocks.#.processor.proj_lora1", "double_blocks.#.img_attn.proj")) return m;
  if (auto m = target("double_blocks.#.processor.proj_lora2", "double_blocks.#.txt_attn.proj")) return m;
  if (auto m = target("single_blocks.#.processor.proj_lora", "single_blocks.#.linear2")) return m;
  auto fused = target("single_blocks.#.processor.qkv_lora", "single_blocks.#.linear1");
  if (fused) fused->diffusers.pop_back();  // without the MLP rows
  return fused;
}

}  // namespace

std::optional<AdapterKey> parse_adapter_key(const std::string& name) {
  if (auto xlabs = parse_xlabs(name)) return xlabs;
  const auto plain = without_adapter_name(name);
  for (const auto& [ending, slot] : kEndings)
    if (plain.ends_with(ending)) {
      const auto stem = plain.substr(0, plain.size() - std::string(ending).size());
      return AdapterKey{stem, without_prefixes(stem), slot, false, stem.starts_with("lora_unet_")};
    }
  const auto dot = plain.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto module = without_prefixes(plain.substr(0, dot)), leaf = plain.substr(dot + 1);
  auto target = flux_module_by_bfl(module);
  const char* expected = "scale";
  if (!target) {
    target = flux_module_by_diffusers(module);
    expected = "weight";
  }
  if (target && target->is_norm && leaf == expected)
    return AdapterKey{plain.substr(0, dot), module, AdapterSlot::Norm, false, false};
  return std::nullopt;
}

bool is_text_encoder_key(const std::string& name) {
  for (const auto* prefix : {"text_encoder.", "text_encoder_2.", "lora_te_", "lora_te1_", "lora_te2_",
                             "lora_te3_", "text_encoders."})
    if (name.starts_with(prefix)) return true;
  return false;
}

std::string unsupported_method(const std::string& name) {
  const auto has = [&](const char* part) { return name.find(part) != name.npos; };
  if (has("lora_magnitude_vector") || has("dora_scale")) return "DoRA";
  if (has(".hada_")) return "LoHa (LyCORIS)";
  if (has(".lokr_")) return "LoKr (LyCORIS)";
  if (has(".oft_") || has("oft_blocks")) return "OFT";
  if (has(".lora_mid.")) return "LoCon with a middle matrix";
  return "";
}

std::optional<FluxModule> adapter_target(const AdapterKey& key) {
  if (key.is_xlabs) return xlabs_target(key.module);
  return flux_module_by_flat_name(flat(key.module));
}

}  // namespace unidg::weights
