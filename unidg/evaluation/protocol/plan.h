#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/evaluation/protocol/config.h"
#include "unidg/evaluation/protocol/product.h"
#include "unidg/generation/batch.h"

namespace unidg::evaluation {

/// One picture that every generator makes.
struct Target {
  std::string id, type;
  std::size_t number = 0;       ///< among the targets of its type
  std::filesystem::path scene;  ///< good picture
  std::filesystem::path mask;   ///< where to paint; written by write_plan for masks of the library
  std::string mask_from;        ///< key of the picture that lent its mask, or the given file
  DefectFile reference;
  std::uint64_t seed = 0;
};

/// Scenes, masks and references of one product and seed: the same for all generators.
struct TargetPlan {
  std::string product;
  std::uint64_t seed = 0;
  std::map<std::string, std::vector<DefectFile>> shots;  ///< of each type, drawn from the pool
  std::vector<Target> targets;                           ///< type by type
};

/// Draws what is to be painted; depends on product, seed and settings only, and decodes nothing.
/// @param folder where the plan and its masks will lie
/// @throws InputError when a target folder holds too few pictures
TargetPlan plan_targets(const Product& product, const RunConfig& config, std::uint64_t seed,
                        const std::filesystem::path& folder);

/// Places the library masks and writes `masks/ID.png`, then `plan.jsonl`. A whole plan that is there stays.
/// @throws UsageError when another plan is there: the config has changed
void write_plan(const TargetPlan& plan, const Product& product, const RunConfig& config,
                const std::filesystem::path& folder);

/// The plan as the batch code reads it.
/// @param others references of another product (cross-object); empty: the plan's own. A type of its own name
/// is drawn from, else all.
generation::Plan to_batch(const TargetPlan& plan, const std::vector<DefectType>& others = {});

}  // namespace unidg::evaluation
