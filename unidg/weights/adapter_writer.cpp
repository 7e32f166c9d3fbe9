#include <map>

#include "unidg/core/config.h"
#include "unidg/core/error.h"
#include "unidg/weights/adapters.h"

namespace unidg::weights {
namespace {

/// The value that occurs most often; the default that patterns then deviate from.
template <typename T>
T most_common(const std::map<std::string, T>& values) {
  std::map<T, int> count;
  for (const auto& [module, value] : values) ++count[value];
  T best = values.begin()->second;
  for (const auto& [value, times] : count)
    if (times > count[best]) best = value;
  return best;
}

/// A pattern that names this module alone: PEFT matches ends of paths, so a top-level name needs an anchor.
std::string pattern(const std::string& module) {
  return module.find('.') == module.npos ? "^" + module : module;
}

template <typename T>
Json deviations(const std::map<std::string, T>& values, T common) {
  Json out = Json::object();
  for (const auto& [module, value] : values)
    if (value != common) out[pattern(module)] = value;
  return out;
}

/// The fields of peft's LoraConfig, for people and for building one.
Json lora_config(const Adapter& adapter) {
  std::map<std::string, std::int64_t> ranks;
  std::map<std::string, double> alphas;
  bool has_bias = false;
  Json targets = Json::array();
  for (const auto& [module, low] : adapter.modules) {
    ranks[module] = low.rank();
    alphas[module] = low.scale * static_cast<double>(low.rank());
    has_bias |= low.bias.defined();
    targets.push_back(module);
  }
  const auto rank = most_common(ranks);
  const auto alpha = most_common(alphas);
  return {{"r", rank},
          {"lora_alpha", alpha},
          {"rank_pattern", deviations(ranks, rank)},
          {"alpha_pattern", deviations(alphas, alpha)},
          {"target_modules", targets},
          {"use_rslora", false},
          {"use_dora", false},
          {"lora_bias", has_bias}};
}

}  // namespace

void save_peft(const std::filesystem::path& path, const Adapter& adapter, const AdapterCard& card) {
  if (adapter.modules.empty()) throw FormatError(path.string(), ": the adapter has no modules to save");
  std::map<std::string, Tensor> tensors;
  for (const auto& [module, low] : adapter.modules) {
    const auto stem = "transformer." + module;
    tensors[stem + ".lora_A.weight"] = low.a;
    tensors[stem + ".lora_B.weight"] = low.b;
    if (low.bias.defined()) tensors[stem + ".lora_B.bias"] = low.bias;
    tensors[stem + ".alpha"] = torch::tensor(low.scale * static_cast<double>(low.rank()), torch::kFloat32);
  }
  for (const auto& [name, tensor] : adapter.replacements) tensors["transformer." + name] = tensor;

  auto metadata = card.more;
  metadata["format"] = "pt";
  metadata["unidg.lora_config"] = lora_config(adapter).dump();
  metadata["modelspec.sai_model_spec"] = "1.0.0";
  metadata["modelspec.architecture"] = "flux-1-dev/lora";
  metadata["modelspec.implementation"] = "diffusers";
  metadata["modelspec.title"] = card.title.empty() ? adapter.name : card.title;
  metadata["modelspec.license"] = card.base_licence;
  metadata["base_model"] = card.base_model;
  save_safetensors(path, tensors, metadata);
}

}  // namespace unidg::weights
