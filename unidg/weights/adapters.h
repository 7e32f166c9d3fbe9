#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/weights/scope.h"

namespace unidg::weights {

/// One low-rank update of a Linear: y += scale * (B (A x) + bias).
struct LowRank {
  Tensor a;          ///< [r, in]
  Tensor b;          ///< [out, r]
  Tensor bias;       ///< [out], or undefined
  double scale = 1;  ///< alpha / r (rsLoRA: alpha / sqrt(r))
  std::int64_t rank() const { return a.size(0); }
};

/// A LoRA in the one form that our networks take, whatever file format it came from.
struct Adapter {
  std::string name;    ///< file stem; for messages and for telling branches apart
  std::string format;  ///< "peft" | "kohya" | "control" | "xlabs"
  std::map<std::string, LowRank>
      modules;  ///< by module path of our networks, `transformer_blocks.0.attn.to_q`
  std::map<std::string, Tensor> replacements;  ///< by tensor name: q/k norm weights that replace the base's
  std::map<std::string, std::string> metadata;
  std::vector<std::string> skipped;  ///< tensors of text encoders, which UniDG's path does not run
};

/// Reads a LoRA of the MM-DiT: diffusers/PEFT (file or folder with adapter_config.json), kohya, BFL control,
/// xlabs. The scale comes from `lora_adapter_metadata` or adapter_config.json, else from alpha tensors, else
/// it is 1. Fused layers are split; kohya's split_qkv (block-diagonal B, per-part alpha) is undone with the
/// scale it was trained with. @throws FormatError naming every tensor that fits no rule, a half without its
/// other half, DoRA, LoHa
Adapter read_adapter(const std::filesystem::path& path);
Adapter read_adapter(const Source& source, const std::string& name);

/// What a saved adapter says of itself, beside its weights.
struct AdapterCard {
  std::string title;
  std::string base_model = "black-forest-labs/FLUX.1-Fill-dev";
  std::string base_licence = "FLUX.1 [dev] Non-Commercial License";
  std::map<std::string, std::string> more;  ///< training summary and the like, stored as given
};

/// Writes the PEFT layout that diffusers and ComfyUI load (`transformer.<module>.lora_A.weight`). Alpha is
/// explicit in
/// `.alpha` tensors, which every reader honours; `lora_adapter_metadata` is left out on purpose, because
/// diffusers refuses a file that has both. `unidg.lora_config` repeats rank, alpha and targets
/// as JSON.
void save_peft(const std::filesystem::path& path, const Adapter& adapter, const AdapterCard& card);

}  // namespace unidg::weights
