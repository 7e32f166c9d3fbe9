#pragma once
#include <cstdint>
#include <limits>

#include "unidg/training/optimizer.h"

namespace unidg::training {

/// Prodigy (Mishchenko & Defazio 2023) as prodigyopt 1.1.2 computes it: Adam whose step size d grows from d0
/// to an estimate of the distance to the solution. Decay is decoupled. States are fp32.
class Prodigy : public Optimizer {
 public:
  struct Options {
    double beta1 = 0.9, beta2 = 0.999;
    double beta3 = 0;  ///< of the distance estimate; 0: sqrt(beta2)
    double eps = 1e-8, weight_decay = 0.01;
    bool bias_correction = true;   ///< Sec. 6.1
    bool safeguard_warmup = true;  ///< choices.md 37
    double d0 = 1e-6, d_coef = 1;
    double growth_rate = std::numeric_limits<double>::infinity();  ///< largest growth of d in one step
    std::int64_t slice_p = 1;  ///< the distance estimate looks at every so many-th element
  };
  Prodigy(NamedParameters parameters, Options options);

  void step(double lr) override;
  void save(std::map<std::string, Tensor>& into) const override;
  void load(const std::map<std::string, Tensor>& from) override;
  const NamedParameters& parameters() const override { return parameters_; }
  /// The step size estimated so far.
  double d() const { return d_; }

 private:
  /// What one step needs of the parameters that have gradients.
  struct Active;
  Active active() const;
  Tensor sliced(const Tensor& tensor) const;

  NamedParameters parameters_;
  Options options_;
  std::vector<Tensor> m_, v_, s_, p0_;
  double d_, d_max_, numerator_ = 0;
  std::int64_t k_ = 0;
};

}  // namespace unidg::training
