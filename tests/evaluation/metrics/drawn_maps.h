#pragma once
#include <algorithm>
#include <numeric>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/evaluation/metrics/detection.h"

namespace unidg::testing {

struct DrawnMap {
  cv::Mat score, truth;
};

/// Maps whose defects (rectangles) score higher on average; every third image is normal.
/// @param levels scores are rounded to 1 / levels: ties
inline std::vector<DrawnMap> drawn_maps(int count, int side, double levels = 1e6, std::uint64_t seed = 1) {
  std::vector<DrawnMap> out;
  for (int i = 0; i < count; ++i) {
    Rng rng(seed, static_cast<std::uint64_t>(i));
    DrawnMap drawn{cv::Mat(side, side, CV_32FC1), cv::Mat::zeros(side, side, CV_8UC1)};
    for (int k = 0; k < i % 3; ++k)
      drawn.truth(cv::Rect(static_cast<int>(rng.integer(side - 8)), static_cast<int>(rng.integer(side - 8)),
                           static_cast<int>(2 + rng.integer(6)), static_cast<int>(2 + rng.integer(6)))) = 255;
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        drawn.score.at<float>(y, x) = static_cast<float>(
            std::round(levels * (rng.normal() + (drawn.truth.at<std::uint8_t>(y, x) ? 1.5 : 0))) / levels);
    out.push_back(drawn);
  }
  return out;
}

inline evaluation::DetectionScorer scorer_of(const std::vector<DrawnMap>& maps,
                                             evaluation::MetricConfig config = {}) {
  evaluation::DetectionScorer scorer(std::move(config));
  for (const auto& map : maps) scorer.add(map.score, map.truth);
  return scorer;
}

inline void expect_same(const evaluation::DetectionScores& a, const evaluation::DetectionScores& b,
                        double tolerance) {
  const auto left = named(a), right = named(b);
  for (std::size_t i = 0; i < left.size(); ++i) {
    ASSERT_EQ(left[i].second.has_value(), right[i].second.has_value()) << left[i].first;
    if (!left[i].second) continue;
    EXPECT_NEAR(*left[i].second, *right[i].second, tolerance) << left[i].first;
  }
}

}  // namespace unidg::testing
