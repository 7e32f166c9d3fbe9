#pragma once
#include <string>
#include <vector>

#include "unidg/cli/config_flags.h"
#include "unidg/generation/batch.h"

namespace unidg::cli {

/// The flags of `unidg generate`.
struct GenerateOptions {
  std::string reference, reference_mask, references, scenes, masks, manifest, out;
  std::string shard = "1/1", layout = "quadruplet";
  std::string model = "embedded", transformer, vae, image_encoder, redux;
  std::vector<std::string> loras;
  std::int64_t count = 1, steps = 0;
  std::uint64_t seed = 0;
  double guidance = 0;
  bool has_steps = false, has_guidance = false;
  bool is_dry_run = false, no_metadata = false;
  ConfigFlags settings;

  void declare(CLI::App& app);
  generation::BatchRequest request() const;
  generation::ModelPaths model_paths() const;
  /// Flags over --set over --config over defaults.
  generation::BatchConfig config() const;
};

/// "FILE" or "FILE:WEIGHT". @throws UsageError for a weight that is no number
std::pair<std::filesystem::path, double> parse_lora(const std::string& words);

}  // namespace unidg::cli
