#include "unidg/evaluation/judge/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace unidg::evaluation {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() < 2) return kNaN;
  const double mean_a = mean(a), mean_b = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    ab += x * y, aa += x * x, bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : kNaN;
}

/// 1, 2, ...; equal values share the mean of their places.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto i, auto j) { return values[i] < values[j]; });
  std::vector<double> out(values.size());
  for (std::size_t first = 0; first < order.size();) {
    auto last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (auto k = first; k <= last; ++k) out[order[k]] = static_cast<double>(first + last) / 2 + 1;
    first = last + 1;
  }
  return out;
}

}  // namespace

Agreement agreement(const std::vector<double>& a, const std::vector<double>& b) {
  Agreement out;
  out.pairs = a.size();
  out.pearson = pearson(a, b);
  out.spearman = pearson(ranks(a), ranks(b));
  std::vector<double> difference;
  for (std::size_t i = 0; i < a.size(); ++i) difference.push_back(std::abs(a[i] - b[i]));
  const auto within = [&](double limit) {  // scores have one decimal: 4.3 - 4.0 is 0.3
    return mean([&] {
      std::vector<double> hits;
      for (const double d : difference) hits.push_back(d <= limit + 1e-9);
      return hits;
    }());
  };
  out.mean_difference = a.empty() ? kNaN : mean(difference);
  out.within_03 = a.empty() ? kNaN : within(0.3);
  out.within_05 = a.empty() ? kNaN : within(0.5);
  return out;
}

std::array<Agreement, 5> agreement(const std::vector<Verdict>& a, const std::vector<Verdict>& b) {
  std::map<std::string, JudgeScores> second;
  for (const auto& verdict : b)
    if (verdict.scores) second[verdict.pair] = *verdict.scores;
  std::array<std::vector<double>, 5> left, right;
  for (const auto& verdict : a) {
    const auto found = second.find(verdict.pair);
    if (!verdict.scores || found == second.end()) continue;
    const auto add = [](auto& lists, const JudgeScores& scores) {
      for (std::size_t k = 0; k < scores.size(); ++k) lists[k].push_back(scores[k]);
      lists[4].push_back(std::accumulate(scores.begin(), scores.end(), 0.0) / scores.size());
    };
    add(left, *verdict.scores), add(right, found->second);
  }
  std::array<Agreement, 5> out;
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = agreement(left[k], right[k]);
  return out;
}

Json to_json(const Agreement& a) {
  const auto number = [](double value) { return std::isnan(value) ? Json(nullptr) : Json(value); };
  return {{"pairs", a.pairs},
          {"pearson", number(a.pearson)},
          {"spearman", number(a.spearman)},
          {"mean_difference", number(a.mean_difference)},
          {"within_0.3", number(a.within_03)},
          {"within_0.5", number(a.within_05)}};
}

}  // namespace unidg::evaluation
