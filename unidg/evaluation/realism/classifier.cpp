#include "unidg/evaluation/realism/classifier.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <opencv2/core.hpp>
#include <set>

#include "unidg/core/rng.h"

namespace unidg::evaluation {
namespace {

constexpr double kRidge = 0.3;

double kernel(const std::vector<double>& a, const std::vector<double>& b) {
  double square = 0, product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    square += (a[i] - b[i]) * (a[i] - b[i]);
    product += a[i] * b[i];
  }
  const auto d = static_cast<double>(a.size());
  return std::exp(-square / (2 * d)) + product / d;
}

/// Fold of every sample: the groups of each kind (this class, that, both) are shuffled and dealt out.
std::vector<int> dealt(const std::vector<bool>& positive, const std::vector<std::string>& groups, int folds,
                       Rng& rng) {
  std::map<std::string, int> kind_of;  // bit 0: holds a negative, bit 1: a positive
  for (std::size_t i = 0; i < groups.size(); ++i) kind_of[groups[i]] |= positive[i] ? 2 : 1;
  std::map<std::string, int> fold_of;
  for (const int kind : {1, 2, 3}) {
    std::vector<std::string> names;
    for (const auto& [name, found] : kind_of)
      if (found == kind) names.push_back(name);
    rng.shuffle(names);
    for (std::size_t i = 0; i < names.size(); ++i) fold_of[names[i]] = static_cast<int>(i) % folds;
  }
  std::vector<int> out;
  for (const auto& group : groups) out.push_back(fold_of[group]);
  return out;
}

}  // namespace

KernelClassifier::KernelClassifier(const std::vector<Features>& samples, const std::vector<bool>& positive) {
  const auto n = samples.size(), d = samples.at(0).size();
  mean_.assign(d, 0);
  spread_.assign(d, 0);
  for (const auto& sample : samples)
    for (std::size_t i = 0; i < d; ++i) mean_[i] += sample[i] / static_cast<double>(n);
  for (const auto& sample : samples)
    for (std::size_t i = 0; i < d; ++i)
      spread_[i] += (sample[i] - mean_[i]) * (sample[i] - mean_[i]) / static_cast<double>(n);
  for (auto& spread : spread_) spread = std::sqrt(spread) + 1e-6;
  for (const auto& sample : samples) support_.push_back(standardised(sample));

  // (K + ridge) w = y, with targets that sum to 0: classes count alike, however many samples each has.
  const auto size = static_cast<int>(n);
  cv::Mat_<double> gram(size, size), target(size, 1), solved;
  const auto positives = static_cast<double>(std::count(positive.begin(), positive.end(), true));
  const double centre = 2 * positives / static_cast<double>(n) - 1;
  for (int i = 0; i < size; ++i) {
    const auto row = static_cast<std::size_t>(i);
    target(i) = (positive[row] ? 1 : -1) - centre;
    for (int j = 0; j <= i; ++j)
      gram(i, j) = gram(j, i) = kernel(support_[row], support_[static_cast<std::size_t>(j)]);
    gram(i, i) += kRidge;
  }
  cv::solve(gram, target, solved, cv::DECOMP_CHOLESKY);
  weights_.assign(solved.begin(), solved.end());
}

std::vector<double> KernelClassifier::standardised(const Features& sample) const {
  std::vector<double> out(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i)
    out[i] = std::clamp((sample[i] - mean_[i]) / spread_[i], -5.0, 5.0);
  return out;
}

double KernelClassifier::operator()(const Features& sample) const {
  const auto x = standardised(sample);
  double sum = 0;
  for (std::size_t i = 0; i < support_.size(); ++i) sum += weights_[i] * kernel(support_[i], x);
  return sum;
}

std::vector<double> cross_validated(const std::vector<Features>& samples, const std::vector<bool>& positive,
                                    const std::vector<std::string>& groups, int folds, int repeats,
                                    std::uint64_t seed, const std::vector<std::string>& tied) {
  std::vector<double> right(samples.size(), 0);
  for (int repeat = 0; repeat < repeats; ++repeat) {
    Rng rng(seed, static_cast<std::uint64_t>(repeat));
    const auto fold_of = dealt(positive, groups, folds, rng);
    cv::parallel_for_(cv::Range(0, folds), [&](const cv::Range& range) {
      for (int fold = range.start; fold < range.end; ++fold) {
        std::vector<Features> training;
        std::vector<bool> labels;
        std::set<std::string> asked;
        for (std::size_t i = 0; i < tied.size(); ++i)
          if (fold_of[i] == fold) asked.insert(tied[i]);
        for (std::size_t i = 0; i < samples.size(); ++i)
          if (fold_of[i] != fold && (tied.empty() || !asked.contains(tied[i]))) {
            training.push_back(samples[i]);
            labels.push_back(positive[i]);
          }
        const KernelClassifier is_positive(training, labels);
        for (std::size_t i = 0; i < samples.size(); ++i)
          if (fold_of[i] == fold)
            right[i] += ((is_positive(samples[i]) > 0) == positive[i]) / static_cast<double>(repeats);
      }
    });
  }
  return right;
}

double balanced(const std::vector<double>& right, const std::vector<bool>& positive) {
  double sums[2] = {0, 0}, counts[2] = {0, 0};
  for (std::size_t i = 0; i < right.size(); ++i) {
    sums[positive[i]] += right[i];
    ++counts[positive[i]];
  }
  return (sums[0] / counts[0] + sums[1] / counts[1]) / 2;
}

}  // namespace unidg::evaluation
