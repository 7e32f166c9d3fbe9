#include "unidg/weights/adapter_scale.h"

#include <cmath>

#include "unidg/core/config.h"
#include "unidg/core/error.h"

namespace unidg::weights {
namespace {

double number(const Json& value, const std::string& field, const std::string& where) {
  if (!value.is_number())
    throw FormatError(where, ": '", field, "' is ", value.dump(), "; expected a number");
  return value.get<double>();
}

/// PEFT reads a pattern as a regular expression over the end of the module's path. Files hold plain paths, at
/// most anchored by ^ or with escaped dots; anything richer is refused rather than guessed at.
std::string plain_pattern(const std::string& pattern, const std::string& where) {
  std::string plain;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size() && pattern[i + 1] == '.') continue;
    const bool is_anchor = (pattern[i] == '^' && i == 0) || (pattern[i] == '$' && i + 1 == pattern.size());
    if (!is_anchor && !std::isalnum(static_cast<unsigned char>(pattern[i])) && pattern[i] != '_' &&
        pattern[i] != '.')
      throw FormatError(where, ": the alpha pattern '", pattern,
                        "' is a regular expression, which is not supported. ",
                        "Save the adapter again with full module names.");
    plain += pattern[i];
  }
  return plain;
}

bool matches(std::string pattern, const std::string& module) {
  if (pattern.ends_with('$')) pattern.pop_back();
  if (pattern.starts_with('^')) return module == pattern.substr(1);
  return module == pattern || module.ends_with("." + pattern);
}

}  // namespace

std::optional<AdapterScales> AdapterScales::from_metadata(const std::map<std::string, std::string>& metadata,
                                                          const std::string& where) {
  const auto found = metadata.find("lora_adapter_metadata");
  if (found == metadata.end()) return std::nullopt;
  const auto all = parse_json(found->second, where + ": lora_adapter_metadata");
  if (!all.is_object()) throw FormatError(where, ": lora_adapter_metadata is no JSON object");
  Json ours = Json::object();
  for (const auto& [key, value] : all.items())
    if (key.starts_with("transformer.")) ours[key.substr(12)] = value;
  if (ours.empty()) return std::nullopt;
  return from_config(ours.dump(), where + ": lora_adapter_metadata");
}

AdapterScales AdapterScales::from_config(const std::string& json, const std::string& where) {
  const auto config = parse_json(json, where);
  if (!config.is_object()) throw FormatError(where, ": expected a JSON object");
  const auto is_set = [&](const char* key) {
    return config.contains(key) && config[key].is_boolean() && config[key].get<bool>();
  };
  if (is_set("use_dora"))
    throw FormatError(where, ": this is a DoRA adapter; only plain LoRA can be applied");
  if (is_set("fan_in_fan_out")) throw FormatError(where, ": fan_in_fan_out adapters are not supported");
  AdapterScales out;
  out.is_rank_stabilised_ = is_set("use_rslora");
  if (config.contains("lora_alpha") && !config["lora_alpha"].is_null())
    out.alpha_ = number(config["lora_alpha"], "lora_alpha", where);
  if (config.contains("alpha_pattern") && config["alpha_pattern"].is_object())
    for (const auto& [pattern, value] : config["alpha_pattern"].items())
      out.patterns_[plain_pattern(pattern, where)] = number(value, "alpha_pattern." + pattern, where);
  return out;
}

double AdapterScales::scale(const std::string& module, std::int64_t rank) const {
  double alpha = alpha_.value_or(static_cast<double>(rank));
  const auto exact = patterns_.find(module);
  if (exact != patterns_.end()) {
    alpha = exact->second;
  } else {
    for (const auto& [pattern, value] : patterns_)
      if (matches(pattern, module)) {
        alpha = value;
        break;
      }
  }
  return alpha / (is_rank_stabilised_ ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank));
}

}  // namespace unidg::weights
