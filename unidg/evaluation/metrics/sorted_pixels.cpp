#include <algorithm>

#include "unidg/evaluation/metrics/detection_state.h"

namespace unidg::evaluation {

SortedPixels::SortedPixels(const DetectionScorer::State& of)
    : state(of), normals(sorted_keys(of.normals)), marked(sorted_keys(of.marked)) {}

SweepTotals SortedPixels::totals() const {
  const auto positives = std::ranges::count_if(marked, MarkedPixel::is_positive);
  return {.positives = static_cast<double>(positives),
          .negatives = static_cast<double>(normals.size() + marked.size()) - static_cast<double>(positives),
          .components = static_cast<double>(state.component_weight.size()),
          .normals = static_cast<double>(normals.size())};
}

std::optional<double> pro_of_100_thresholds(const SortedPixels& pixels, double limit) {
  constexpr int kThresholds = 100;
  const auto normals = pixels.normals.size();
  const auto components = static_cast<double>(pixels.state.component_weight.size());
  if (normals == 0 || components == 0) return std::nullopt;

  double area = 0, overlap = 0, last_rate = 0, last_pro = 0;
  auto m = pixels.marked.size();
  const double gap = static_cast<double>(normals - 1) / (kThresholds - 1);
  for (int k = kThresholds - 1; k >= -1; --k) {  // the curve ends at (1, 1), beyond the lowest threshold
    const auto at = k == kThresholds - 1 ? normals - 1 : static_cast<std::size_t>(std::max(k, 0) * gap);
    for (; m > 0 && MarkedPixel::key(pixels.marked[m - 1]) > pixels.normals[at]; --m)
      overlap += pixels.state.component_weight[MarkedPixel::component(pixels.marked[m - 1])];
    const double rate = k < 0 ? 1 : 1 - static_cast<double>(at + 1) / static_cast<double>(normals);
    const double pro = k < 0 ? 1 : overlap / components;
    if (rate > limit) {
      const double at_limit = last_pro + (pro - last_pro) * (limit - last_rate) / (rate - last_rate);
      return (area + (limit - last_rate) * (last_pro + at_limit) / 2) / limit;
    }
    area += (rate - last_rate) * (last_pro + pro) / 2;
    last_rate = rate;
    last_pro = pro;
  }
  return area / limit;  // limit 1
}

}  // namespace unidg::evaluation
