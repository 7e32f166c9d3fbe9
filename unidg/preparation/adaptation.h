#pragma once
#include <filesystem>
#include <vector>

#include "unidg/dataset/scenes.h"
#include "unidg/preparation/prepare.h"
#include "unidg/training/base.h"

namespace unidg::preparation {

/// Training pairs from a handful of real defects of one product (`unidg adapt`).
struct AdaptationConfig {
  std::int64_t pairs = 512;
  double same_image = 0.3;  ///< share with the same photo as reference, its light changed
  double scene = 0.5;       ///< share that lies on a good picture, where one shares the photo's layout
  std::int64_t seed = 0;
};
void fields(FieldVisitor& visit, AdaptationConfig& c);

/// All of `unidg adapt`.
struct AdaptConfig {
  AdaptConfig();
  AdaptationConfig pairs;
  training::BaseConfig train;  ///< of low-rank factors
};
void fields(FieldVisitor& visit, AdaptConfig& c);

/// Every pair shows one of the defects in its own window, the target, and another of the same type (or
/// itself) as reference. Writes shards as `prepare` does, and training.jsonl (name, sha256, dhash) of the
/// photos.
/// @param scenes good pictures of the product; may be empty
/// @param size side of one diptych half, pixels
/// @throws InputError when no reference's mask is large enough; UsageError when `out` holds pairs of other
/// references, scenes or settings
PrepareReport prepare_adaptation(const std::vector<dataset::Reference>& references,
                                 const std::vector<std::filesystem::path>& scenes,
                                 const std::filesystem::path& out, std::int64_t size,
                                 const AdaptationConfig& config);

}  // namespace unidg::preparation
