#pragma once
#include <filesystem>

#include "unidg/core/config.h"

namespace unidg::preparation {

/// Windows of real photos and of drawn products into training shards.
struct PrepareConfig {
  std::int64_t size = 128;  ///< side of one diptych half, pixels
  std::int64_t pairs = 12000;
  double procedural = 0.2;    ///< share of drawn quadruplets
  double same_image = 0.2;    ///< App. C.1 (a): the same photo, its light changed
  double other_object = 0.2;  ///< App. C.1 (c); the rest is (b), another photo of the same kind
  std::int64_t shard_pairs = 512;
  double held_out = 0.03;  ///< share of photos kept for val/, by a hash of their source
  std::int64_t seed = 0;
};
void fields(FieldVisitor& visit, PrepareConfig& c);

struct PrepareReport {
  std::int64_t pairs = 0, held_out = 0, skipped = 0;
  Json by_dataset;
};

/// Writes shard-*.safetensors and val/shard-*.safetensors (training/shards.h) and sources.json, the list of
/// datasets with their licences. Shards that exist are kept, so that an interrupted run goes on.
/// @param corpus folder with manifest.jsonl; empty: drawn products alone
PrepareReport prepare(const std::filesystem::path& corpus, const std::filesystem::path& out,
                      const PrepareConfig& config);

}  // namespace unidg::preparation
