#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unidg/sft/pairs/quadruplets.h"

namespace unidg::sft {

/// App. C.1: (a) the sample itself, (b) another part with the same object and type, (c) another object with
/// the same mapped category.
enum class Distribution { SameImage, SameObject, OtherObject };
inline constexpr std::array kDistributions{Distribution::SameImage, Distribution::SameObject,
                                           Distribution::OtherObject};
const char* letter(Distribution distribution);  ///< "a", "b", "c"

/// How pairs are drawn (choices.md 44-50).
struct PairConfig {
  std::int64_t seed = 0;
  std::string ratio = "1:1:1";  ///< of (a), (b) and (c), Table 4
  std::string balance =
      "cut";             ///< cut: the ratio holds exactly, pairs beyond it are left out; all: every pair
  std::int64_t top = 3;  ///< (b) draws among so many best candidates
  std::string b_type = "original";  ///< "same defect type" of (b): original | mapped
  std::string c = "random";         ///< reference of (c): random | alg2
  std::string exhausted = "skip";   ///< when every candidate was used: skip the target | reuse
};
void fields(FieldVisitor& visit, PairConfig& c);

struct PlanConfig {
  PairConfig sampling;
  Alg2Config alg2;
  SelectConfig select;
};
void fields(FieldVisitor& visit, PlanConfig& c);

struct PlannedPair {
  Distribution distribution = Distribution::SameImage;
  std::uint32_t target = 0, reference = 0;  ///< places in Quadruplets
  double quality = 0;                       ///< Alg. 2, for (b) and (c)
  bool is_held_out = false;
};

/// Why targets have no pair, what was cut, and who is in it.
struct PlanReport {
  std::map<std::string, std::map<std::string, std::int64_t>> dropped;  ///< by distribution and reason
  std::map<std::string, std::int64_t> cut;                             ///< by distribution
};

/// Each quadruplet is at most once reference and at most once target of a distribution. Held-out specimens
/// are paired among themselves. Pairs come in the order of distributions and, inside, of a seeded walk over
/// the targets.
/// @throws UsageError for a ratio that is none; InputError when a distribution of the ratio has no pair
std::vector<PlannedPair> plan_pairs(const Quadruplets& quadruplets, const PairConfig& sampling,
                                    const Alg2Config& alg2, PlanReport& report);

}  // namespace unidg::sft
