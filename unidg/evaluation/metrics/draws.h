#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/evaluation/metrics/detection.h"

namespace unidg::evaluation {

/// Scores of test sets drawn with replacement: a value a round by the score's name, NaN in rounds that do not
/// define it. Two detectors drawn with one seed saw the same pictures in every round, so their values can be
/// subtracted (paired bootstrap).
using Draws = std::map<std::string, std::vector<double>>;

/// Percentile intervals; a score that no round defines has none. @param confidence in (0, 1)
std::map<std::string, Interval> intervals_of(const Draws& draws, double confidence);
/// Of values without NaN, at least one.
Interval percentiles(std::vector<double> values, double confidence);

/// {"score": [0.81234, null, ...]}: five decimals, null for NaN.
void write_draws(const std::filesystem::path& file, const Draws& draws);
/// @throws FormatError naming file and score
Draws read_draws(const std::filesystem::path& file);

}  // namespace unidg::evaluation
