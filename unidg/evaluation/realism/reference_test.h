#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unidg/evaluation/realism/regions.h"

namespace unidg::evaluation {

/// What the reference test says of each picture.
struct ReferenceAnswers {
  std::vector<double> right;        ///< 1 where the nearest candidate was the reference used
  std::vector<std::string> groups;  ///< the reference that was used
  int candidates = 0;
};

/// For every picture whose reference is known: is it the nearest of up to `candidates` references of the
/// folder, itself and others drawn by seed? Distance: inside_features, each in units of its spread, pictures
/// and references centred apart (what painting changes in every picture does not count).
/// @param side as common_side
/// @returns none when the folder names fewer than two references
std::optional<ReferenceAnswers> tell_references(const std::vector<DefectPicture>& generated, int candidates,
                                                int side, std::uint64_t seed);

}  // namespace unidg::evaluation
