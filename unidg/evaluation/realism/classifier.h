#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/evaluation/realism/features.h"

namespace unidg::evaluation {

/// Least squares with a kernel (regularised least-squares classifier): exp(-|x - y|^2 / 2d) + x.y / d over
/// features in units of their standard deviation, d of them; ridge 0.3. Closed form, so nothing is random.
class KernelClassifier {
 public:
  /// @param positive one for each sample
  KernelClassifier(const std::vector<Features>& samples, const std::vector<bool>& positive);
  /// Above 0: positive.
  double operator()(const Features& sample) const;

 private:
  std::vector<double> standardised(const Features& sample) const;
  std::vector<double> mean_, spread_, weights_;
  std::vector<std::vector<double>> support_;
};

/// How often each sample was told right when its fold was held out, over `repeats` foldings; [0, 1]. Samples
/// of one group share a fold, and every fold has about the same share of both classes.
/// @param tied a second name for each sample: what shares one with a held-out sample does not teach either;
/// empty: none
std::vector<double> cross_validated(const std::vector<Features>& samples, const std::vector<bool>& positive,
                                    const std::vector<std::string>& groups, int folds, int repeats,
                                    std::uint64_t seed, const std::vector<std::string>& tied = {});

/// Mean over both classes of the mean of `right`, in [0, 1].
double balanced(const std::vector<double>& right, const std::vector<bool>& positive);

}  // namespace unidg::evaluation
