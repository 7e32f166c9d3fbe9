#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation {

/// Median and range of a score over seeds.
struct Spread {
  double median = 0, low = 0, high = 0;
  std::size_t seeds = 0;  ///< in which it is defined
};

/// What a task says of a generator: scores of each seed averaged over the products first.
struct SummaryRow {
  std::string task, generator;
  std::size_t products = 0;              ///< that have a finished cell in every seed counted
  std::map<std::string, Spread> scores;  ///< by name
};

/// Rows in the order of run.json: task by task, generator by generator. Seeds that lack a product of the
/// others do not count, so that every mean is over the same products.
std::vector<SummaryRow> summarise(const std::filesystem::path& run);
/// @param values one a seed, not empty
Spread spread(std::vector<double> values);

Json to_json(const std::vector<SummaryRow>& rows);
std::string to_text(const std::vector<SummaryRow>& rows);

}  // namespace unidg::evaluation
