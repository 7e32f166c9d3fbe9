#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "unidg/conditioning/fill_pipeline.h"
#include "unidg/editing/diptych.h"
#include "unidg/sft/pairs/plan_file.h"
#include "unidg/sft/step/cache.h"

namespace unidg::sft {

/// How pairs become tensors (docs/choices.md 14, 18, 19).
struct EncodeConfig {
  editing::EditingConfig editing;  ///< Alg. 1; training shows the whole target, without zoom
  std::string source = "normal";   ///< what is masked on the right: the normal counterpart | target
  std::string mask_aug =
      "none";  ///< target masks: as they are | insert-anything (boxes and blobs around them)
  std::string posterior = "sample";  ///< of the VAE: sample | mean
  std::string hole = "black";        ///< black | grey
  std::string dtype = "bf16";        ///< of the cache: bf16 | fp32
  std::int64_t shard = 64;           ///< pairs a file
  std::int64_t variants = 1;         ///< encodings a pair, each with its own posterior samples
  std::int64_t seed = 0;
  EncodeConfig();
};
void fields(FieldVisitor& visit, EncodeConfig& c);

/// Pictures of one pair.
struct PairPictures {
  MaskedImage reference, target;
  std::optional<Image> normal;  ///< counterpart of the target
};
/// @throws InputError naming the file
PairPictures load_pair(const PlanLine& line);

/// Alg. 1 and Sec. 5.2 on the way into training: result = [reference | target], condition = [reference |
/// source with its hole], Redux tokens of the reference.
/// @param id decides the posterior's samples together with config.seed
Sample encode_pair(conditioning::FillPipeline& pipeline, const PairPictures& pair, const EncodeConfig& config,
                   const std::string& id);

struct CacheReport {
  std::int64_t pairs = 0, held_out = 0, kept = 0;  ///< kept: encoded by an earlier run
};
/// Encodes a plan into out/train and out/val. Shards that exist are kept, so that an interrupted run goes on.
/// @throws UsageError when `out` holds shards of other settings or another plan; Interrupted
CacheReport build_cache(const std::filesystem::path& plan, conditioning::FillPipeline& pipeline,
                        const std::filesystem::path& out, const EncodeConfig& config);

}  // namespace unidg::sft
