#pragma once
#include <optional>
#include <string>
#include <vector>

#include "unidg/weights/flux_keys.h"

namespace unidg::weights {

/// What one tensor of an adapter file is part of.
enum class AdapterSlot { A, B, Bias, Alpha, Norm };

struct AdapterKey {
  std::string stem;    ///< name before the slot, equal for A, B, bias and alpha of one module
  std::string module;  ///< as the file calls it, prefix removed
  AdapterSlot slot = AdapterSlot::A;
  bool is_xlabs = false;
  bool is_kohya = false;
};

/// Takes an adapter's tensor name apart, or nullopt for a name that fits no known format.
std::optional<AdapterKey> parse_adapter_key(const std::string& name);
/// True for tensors of a text encoder's LoRA.
bool is_text_encoder_key(const std::string& name);
/// Why a name is refused when it belongs to a method that is no plain LoRA (DoRA, LoHa, LoKr), else "".
std::string unsupported_method(const std::string& name);

/// The MM-DiT modules a file's module name stands for, in row order: one, or the parts of a fused one. Names
/// may use either layout, with dots or (kohya) underscores. nullopt when it is no module of the MM-DiT.
std::optional<FluxModule> adapter_target(const AdapterKey& key);

}  // namespace unidg::weights
