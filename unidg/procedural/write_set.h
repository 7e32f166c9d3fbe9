#pragma once
#include <filesystem>
#include <string>

#include "unidg/dataset/writer.h"

namespace unidg::procedural {

struct SetConfig {
  std::size_t count = 20;
  std::uint64_t seed = 0;
  std::string product;  ///< one of products(), or "" for all in turn
  std::string defect;   ///< one of defects(product), or "" for all in turn
  int width = 256, height = 256;
  dataset::Layout layout = dataset::Layout::Quadruplet;
  dataset::Shard shard;
};

/// Draws `count` specimens and writes them as `dataset::QuadrupletWriter` does, so that the folder serves as
/// --scenes (normal/), as --masks (mask/) and as --references at once. A rerun skips what is there.
/// @returns how many were written now  @throws UsageError
std::size_t write_set(const std::filesystem::path& out, const SetConfig& config);

}  // namespace unidg::procedural
