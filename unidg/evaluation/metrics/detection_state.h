#pragma once
#include "unidg/evaluation/metrics/score_keys.h"
#include "unidg/evaluation/metrics/threshold_sweep.h"

namespace unidg::evaluation {

/// A pixel of a defect component: score key, component, and whether it is a positive of ROC and
/// precision-recall (always, but for `gt = published`). Ordered by score.
struct MarkedPixel {
  static std::uint64_t pack(std::uint32_t key, std::uint32_t component, bool is_positive) {
    return std::uint64_t{key} << 32 | component << 1 | (is_positive ? 1u : 0u);
  }
  static std::uint32_t key(std::uint64_t packed) { return static_cast<std::uint32_t>(packed >> 32); }
  static std::uint32_t component(std::uint64_t packed) { return static_cast<std::uint32_t>(packed) >> 1; }
  static bool is_positive(std::uint64_t packed) { return packed & 1; }
};

/// What DetectionScorer keeps of the maps. Outer vectors have one entry an image.
struct DetectionScorer::State {
  MetricConfig config;
  std::vector<std::vector<std::uint32_t>> normals;  ///< score keys of the pixels outside all components
  std::vector<std::vector<std::uint64_t>> marked;   ///< MarkedPixel::pack
  std::vector<int> components;
  std::vector<double> component_weight;  ///< 1 / pixels, of every component of every image
  std::vector<double> image_scores;
  std::vector<bool> abnormal;

  SweepStep joined(std::uint64_t packed) const {
    SweepStep step;
    step.positives = MarkedPixel::is_positive(packed) ? 1 : 0;
    step.negatives = 1 - step.positives;
    step.overlap = component_weight[MarkedPixel::component(packed)];
    return step;
  }
};

inline void operator+=(SweepStep& sum, const SweepStep& more) {
  sum.positives += more.positives;
  sum.negatives += more.negatives;
  sum.overlap += more.overlap;
  sum.normals += more.normals;
}

/// All pixels of all images in the order of their scores.
struct SortedPixels {
  explicit SortedPixels(const DetectionScorer::State& state);
  SweepTotals totals() const;

  /// Calls visit(key, step) for classes of equal scores, highest first. Normal pixels between two defect
  /// scores come as one class under the lowest of their keys: no score depends on how they are split.
  template <typename Visit>
  void descend(Visit visit) const;

  const DetectionScorer::State& state;
  std::vector<std::uint32_t> normals;
  std::vector<std::uint64_t> marked;
};

template <typename Visit>
void SortedPixels::descend(Visit visit) const {
  const auto normals_joined = [](std::size_t count) {
    const auto n = static_cast<double>(count);
    return SweepStep{.positives = 0, .negatives = n, .overlap = 0, .normals = n};
  };
  auto n = normals.size();
  for (auto m = marked.size(); m > 0;) {
    const auto key = MarkedPixel::key(marked[m - 1]);
    const auto above = n;
    while (n > 0 && normals[n - 1] > key) --n;
    if (n < above) visit(normals[n], normals_joined(above - n));
    const auto equal = n;
    while (n > 0 && normals[n - 1] == key) --n;
    auto step = normals_joined(equal - n);
    for (; m > 0 && MarkedPixel::key(marked[m - 1]) == key; --m) step += state.joined(marked[m - 1]);
    visit(key, step);
  }
  if (n > 0) visit(normals[0], normals_joined(n));
}

/// PRO of the MVTec 3D-AD code: 100 thresholds equidistant in the sorted scores of normal pixels, overlap
/// counted strictly above them, trapezoids up to the limit with linear interpolation there
/// (docs/evaluation.md, Scores).
std::optional<double> pro_of_100_thresholds(const SortedPixels& pixels, double limit);

}  // namespace unidg::evaluation
