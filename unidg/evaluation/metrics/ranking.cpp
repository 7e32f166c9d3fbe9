#include "unidg/evaluation/metrics/ranking.h"

#include <cmath>

#include "unidg/core/error.h"

namespace unidg::evaluation {

RankingScores rank(const std::vector<double>& scores, const std::vector<bool>& is_positive) {
  if (scores.size() != is_positive.size())
    throw UsageError("scores and labels differ in number: ", scores.size(), " and ", is_positive.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (!std::isfinite(scores[i]))
      throw InputError("score ", i, " is ", scores[i], "; scores must be finite");
  ThresholdSweep sweep(totals_of(is_positive), 1.0);
  descend_scores(scores, is_positive, [&](double, const SweepStep& step) { sweep.step(step); });
  return {sweep.auroc(), sweep.ap(), sweep.f1()};
}

}  // namespace unidg::evaluation
