#pragma once
#include <map>
#include <optional>
#include <string>

namespace unidg::weights {

/// What an adapter's metadata says of alpha: `lora_adapter_metadata` of diffusers or PEFT's
/// adapter_config.json.
class AdapterScales {
 public:
  /// From a file's `__metadata__`; empty when it says nothing. @throws FormatError naming `where`
  static std::optional<AdapterScales> from_metadata(const std::map<std::string, std::string>& metadata,
                                                    const std::string& where);
  /// From the text of adapter_config.json.
  static AdapterScales from_config(const std::string& json, const std::string& where);

  /// @param module path without the transformer prefix @param rank that the tensors have
  double scale(const std::string& module, std::int64_t rank) const;

 private:
  std::optional<double> alpha_;  ///< of every module the patterns leave out; absent: the rank
  std::map<std::string, double> patterns_;
  bool is_rank_stabilised_ = false;
};

}  // namespace unidg::weights
