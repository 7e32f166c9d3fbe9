#pragma once
#include <optional>

#include "unidg/evaluation/metrics/detection.h"

namespace unidg::evaluation {

/// What lies above every threshold: the ends of the curves.
struct SweepTotals {
  double positives = 0, negatives = 0;  ///< of ROC and precision-recall
  double components = 0, normals = 0;   ///< of PRO: defect components, pixels outside all of them
};

/// What joins when the threshold falls by one class of equal scores.
struct SweepStep {
  double positives = 0, negatives = 0;
  double overlap = 0;  ///< sum over pixels that join of 1 / (pixels of their component)
  double normals = 0;
};

/// Walks from the highest threshold to the lowest and keeps every score up to date. The curves are those of
/// scikit-learn: straight lines between neighbouring thresholds for areas, steps for AP.
class ThresholdSweep {
 public:
  ThresholdSweep(const SweepTotals& totals, double pro_limit) : totals_(totals), pro_limit_(pro_limit) {}

  void step(const SweepStep& joined) {
    auroc_ += joined.negatives * (sum_.positives + joined.positives / 2);
    if (joined.normals > 0) add_to_pro(joined);
    sum_.positives += joined.positives;
    sum_.negatives += joined.negatives;
    sum_.overlap += joined.overlap;
    sum_.normals += joined.normals;
    if (joined.positives > 0) {  // recall grows, and only here can F1 grow
      ap_ += joined.positives * precision();
      const double f1 = 2 * sum_.positives / (sum_.positives + sum_.negatives + totals_.positives);
      is_best_ = f1 > f1_;
      if (is_best_) f1_ = f1;
    } else {
      is_best_ = false;
    }
  }

  /// Whether F1 was never larger than after the last step.
  bool is_best() const { return is_best_; }
  double precision() const { return sum_.positives / (sum_.positives + sum_.negatives); }
  const SweepStep& sum() const { return sum_; }

  std::optional<double> auroc() const;
  std::optional<double> ap() const;
  std::optional<double> f1() const;
  std::optional<double> pro() const;

 private:
  void add_to_pro(const SweepStep& joined);

  SweepTotals totals_;
  double pro_limit_;
  SweepStep sum_;
  double auroc_ = 0, ap_ = 0, f1_ = 0, pro_ = 0;
  bool is_best_ = false;
};

}  // namespace unidg::evaluation
