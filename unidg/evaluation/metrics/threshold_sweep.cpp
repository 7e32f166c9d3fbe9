#include "unidg/evaluation/metrics/threshold_sweep.h"

#include <algorithm>

namespace unidg::evaluation {

/// Adds the trapezoid of this step, cut off where the false positive rate reaches the limit.
void ThresholdSweep::add_to_pro(const SweepStep& joined) {
  const double left = pro_limit_ * totals_.normals - sum_.normals;  // normal pixels up to the limit
  if (left <= 0) return;
  const double share = std::min(left / joined.normals, 1.0);
  pro_ += share * joined.normals * (sum_.overlap + share * joined.overlap / 2);
}

std::optional<double> ThresholdSweep::auroc() const {
  if (totals_.positives == 0 || totals_.negatives == 0) return std::nullopt;
  return auroc_ / totals_.positives / totals_.negatives;
}

std::optional<double> ThresholdSweep::ap() const {
  if (totals_.positives == 0) return std::nullopt;
  return ap_ / totals_.positives;
}

std::optional<double> ThresholdSweep::f1() const {
  if (totals_.positives == 0) return std::nullopt;
  return f1_;
}

std::optional<double> ThresholdSweep::pro() const {
  if (totals_.components == 0 || totals_.normals == 0) return std::nullopt;
  return std::min(1.0, pro_ / totals_.components / totals_.normals / pro_limit_);  // sums round
}

}  // namespace unidg::evaluation
