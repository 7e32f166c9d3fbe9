// Decisions at one threshold, and the curves over all of them.
#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/evaluation/metrics/detection_state.h"
#include "unidg/evaluation/metrics/ranking.h"

namespace unidg::evaluation {
namespace {

/// Threshold of the last step that raised F1. @param descend calls its visitor with (threshold, step)
template <typename Descend>
double best_threshold(const SweepTotals& totals, Descend descend) {
  ThresholdSweep sweep(totals, 1.0);
  double best = 0;
  descend([&](double threshold, const SweepStep& step) {
    sweep.step(step);
    if (sweep.is_best()) best = threshold;
  });
  return best;
}

std::optional<double> f1(const SweepStep& above, double positives) {
  if (positives == 0) return std::nullopt;
  return 2 * above.positives / (above.positives + above.negatives + positives);
}

/// Keeps a point whenever the curve has moved by one of `points` parts of its way; the last is always kept.
template <typename Descend>
std::vector<CurvePoint> curve(const SweepTotals& totals, int points, Descend descend) {
  ThresholdSweep sweep(totals, 1.0);
  std::vector<CurvePoint> out;
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  double kept_at = -1;
  descend([&](double threshold, const SweepStep& step) {
    sweep.step(step);
    const auto& sum = sweep.sum();
    const CurvePoint point{threshold, share(sum.positives, totals.positives),
                           share(sum.negatives, totals.negatives), sweep.precision(),
                           share(sum.overlap, totals.components)};
    const double way = point.recall + point.false_positive_rate;
    if (out.empty() || way - kept_at >= 2.0 / std::max(points - 1, 1)) {
      out.push_back(point);
      kept_at = way;
    }
    const bool is_last = sum.positives + sum.negatives == totals.positives + totals.negatives;
    if (is_last) out.back() = point;
  });
  return out;
}

auto image_descent(const DetectionScorer::State& state) {
  return [&state](auto visit) { descend_scores(state.image_scores, state.abnormal, visit); };
}
auto pixel_descent(const SortedPixels& pixels) {
  return [&pixels](auto visit) {
    pixels.descend([&](std::uint32_t key, const SweepStep& step) { visit(score_of(key), step); });
  };
}

}  // namespace

Thresholds DetectionScorer::best_thresholds() const {
  if (state_->component_weight.empty())
    throw InputError("no image shows a defect: there is no threshold to choose");
  const SortedPixels pixels(*state_);
  return {best_threshold(totals_of(state_->abnormal), image_descent(*state_)),
          best_threshold(pixels.totals(), pixel_descent(pixels))};
}

DecisionScores DetectionScorer::f1_at(const Thresholds& thresholds) const {
  SweepStep image_above, pixel_above;
  double abnormal = 0, positives = 0;
  for (std::size_t i = 0; i < images(); ++i) {
    abnormal += state_->abnormal[i];
    if (state_->image_scores[i] >= thresholds.image)
      ++(state_->abnormal[i] ? image_above.positives : image_above.negatives);
    for (const auto key : state_->normals[i]) pixel_above.negatives += score_of(key) >= thresholds.pixel;
    for (const auto packed : state_->marked[i]) {
      const auto joined = state_->joined(packed);
      positives += joined.positives;
      if (score_of(MarkedPixel::key(packed)) >= thresholds.pixel) pixel_above += joined;
    }
  }
  return {f1(image_above, abnormal), f1(pixel_above, positives)};
}

std::vector<CurvePoint> DetectionScorer::curve_pixel(int points) const {
  const SortedPixels pixels(*state_);
  return curve(pixels.totals(), points, pixel_descent(pixels));
}

std::vector<CurvePoint> DetectionScorer::curve_image(int points) const {
  return curve(totals_of(state_->abnormal), points, image_descent(*state_));
}

}  // namespace unidg::evaluation
