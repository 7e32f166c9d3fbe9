#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "unidg/evaluation/realism/classifier.h"

namespace unidg::evaluation {

/// Good pictures for the control: train/good, good or test/good below `real`, else the scenes of `generated`.
std::vector<std::filesystem::path> good_pictures(const std::filesystem::path& real,
                                                 const std::vector<DefectPicture>& generated);

/// For each real defect, DRAEM's texture in its mask on a good picture drawn by seed, all
/// reduced to `side` first. Groups: the good picture.
std::vector<Region> perlin_regions(const std::vector<DefectPicture>& real,
                                   const std::vector<std::filesystem::path>& good, int side,
                                   std::uint64_t seed);

/// Balanced accuracy of telling one random half of real samples from the other, a mean over `rounds`
/// halvings. Near 0.5 unless something but the labels leaks.
double real_against_real(const std::vector<Features>& real, const std::vector<std::string>& groups, int folds,
                         int rounds, std::uint64_t seed);

}  // namespace unidg::evaluation
