#pragma once
#include <string>
#include <vector>

#include "unidg/cli/batch_options.h"

namespace unidg::cli {

/// The flags of `unidg generate`: those of every batch, and the networks.
struct GenerateOptions : BatchOptions {
  std::string model = "embedded", transformer, vae, image_encoder, redux, preset = "unidg";
  std::vector<std::string> loras;
  std::int64_t steps = 0;
  double guidance = 0;
  bool has_steps = false, has_guidance = false;

  void declare(CLI::App& app);
  generation::ModelPaths model_paths() const;
  /// Flags over --set over --config over the preset.
  generation::BatchConfig config() const;
};

/// "FILE" or "FILE:WEIGHT". @throws UsageError for a weight that is no number
std::pair<std::filesystem::path, double> parse_lora(const std::string& words);

}  // namespace unidg::cli
