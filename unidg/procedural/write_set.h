#pragma once
#include <filesystem>
#include <string>

#include "unidg/dataset/writer.h"

namespace unidg::procedural {

struct SetConfig {
  std::size_t count = 20;
  std::uint64_t seed = 0;
  std::string product;  ///< one of products(), a family, or "": all in turn
  std::string defect;   ///< one of defects(product), or "": all in turn
  int width = 256, height = 256;
  dataset::Layout layout = dataset::Layout::Quadruplet;
  dataset::Shard shard;
};

struct SetReport {
  std::size_t made = 0, skipped = 0;  ///< skipped: finished by an earlier run
};

/// Draws `count` specimens and writes them as `dataset::QuadrupletWriter` does, so that the folder serves as
/// --scenes (normal/), as --masks (mask/) and as --references at once. A rerun skips what is there.
/// Number i is the same picture whatever the count; an interrupt ends the run after the item at hand.
/// @throws UsageError
SetReport write_set(const std::filesystem::path& out, const SetConfig& config);

}  // namespace unidg::procedural
