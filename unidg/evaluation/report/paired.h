#pragma once
#include <optional>
#include <string>

#include "unidg/evaluation/report/run.h"
#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {

/// A mean difference with its interval, in the units of the score.
struct PairedDifference {
  double mean = 0;
  std::optional<double> low, high;  ///< none where cells keep no draws (docs/formats.md)
  int cells = 0;                    ///< pairs of product and seed
};

/// Score of one generator minus that of another on the same test pictures: mean over seeds, then over
/// products. The interval (paired bootstrap) draws test pictures with replacement, the same for both, and
/// seeds with replacement within each product. @returns nothing when they share no cell
/// @throws FormatError for damaged draws
std::optional<PairedDifference> paired_difference(const Run& run, const std::string& task,
                                                  const std::string& score, const std::string& generator,
                                                  const std::string& other, double confidence = 0.95);

/// One generator against all others that are tested on the same pictures (an oracle is not).
/// @param generator its name; empty: the first model of ours  @returns nothing when there is none
/// @throws UsageError for an unknown name, listing those that exist
std::optional<Table> paired_table(const Run& run, const std::string& generator);

}  // namespace unidg::evaluation::report
