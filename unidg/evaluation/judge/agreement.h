#pragma once
#include "unidg/evaluation/judge/judge.h"

namespace unidg::evaluation {

/// How far two lists of scores of the same things agree.
struct Agreement {
  std::size_t pairs = 0;
  double pearson = 0, spearman = 0;     ///< NaN with fewer than two pairs or where one list is constant
  double mean_difference = 0;           ///< mean |a - b|; NaN without pairs
  double within_03 = 0, within_05 = 0;  ///< share with |a - b| <= 0.3 (the paper's accuracy) and 0.5
};
Agreement agreement(const std::vector<double>& a, const std::vector<double>& b);
Json to_json(const Agreement& agreement);

/// Two judges over the pairs that both scored: one per criterion in the order of kCriteria, then their mean
/// score.
std::array<Agreement, 5> agreement(const std::vector<Verdict>& a, const std::vector<Verdict>& b);

}  // namespace unidg::evaluation
