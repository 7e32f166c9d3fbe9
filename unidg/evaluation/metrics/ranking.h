#pragma once
#include <algorithm>
#include <numeric>
#include <vector>

#include "unidg/evaluation/metrics/threshold_sweep.h"

namespace unidg::evaluation {

inline SweepTotals totals_of(const std::vector<bool>& is_positive) {
  const auto positives = std::count(is_positive.begin(), is_positive.end(), true);
  return {.positives = static_cast<double>(positives),
          .negatives = static_cast<double>(static_cast<std::ptrdiff_t>(is_positive.size()) - positives)};
}

/// Calls visit(score, step) for classes of equal scores, highest first.
template <typename Visit>
void descend_scores(const std::vector<double>& scores, const std::vector<bool>& is_positive, Visit visit) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  for (std::size_t i = 0; i < order.size();) {
    const double score = scores[order[i]];
    SweepStep step;
    for (; i < order.size() && scores[order[i]] == score; ++i)
      ++(is_positive[order[i]] ? step.positives : step.negatives);
    visit(score, step);
  }
}

}  // namespace unidg::evaluation
