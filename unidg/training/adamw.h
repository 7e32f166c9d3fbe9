#pragma once
#include <cstdint>

#include "unidg/training/optimizer.h"

namespace unidg::training {

/// Makes every parameter of a network trainable: its own fp32 copy (weights may be views of a read-only
/// file).
/// @param prefix put before each name, e.g. "transformer."
void make_trainable(torch::nn::Module& network, const std::string& prefix, torch::Device device,
                    NamedParameters& into);

/// AdamW (Loshchilov & Hutter) with decoupled decay: p -= lr (m_hat / (sqrt(v_hat) + eps) + wd p).
class AdamW : public Optimizer {
 public:
  struct Options {
    double lr = 1e-3, beta1 = 0.9, beta2 = 0.99, eps = 1e-8, weight_decay = 0.0;
  };
  AdamW(NamedParameters parameters, Options options);
  void step(double lr) override;
  void save(std::map<std::string, Tensor>& into) const override;
  void load(const std::map<std::string, Tensor>& from) override;
  std::int64_t steps() const { return steps_; }
  const NamedParameters& parameters() const override { return parameters_; }

 private:
  NamedParameters parameters_;
  Options options_;
  std::vector<Tensor> m_, v_;
  std::int64_t steps_ = 0;
};

/// Exponential moving average of the parameters; warm-up min(decay, (1 + n) / (10 + n)).
class Ema {
 public:
  Ema(const NamedParameters& parameters, double decay);
  void update(const NamedParameters& parameters);
  const std::vector<Tensor>& tensors() const { return average_; }
  void save(const NamedParameters& parameters, std::map<std::string, Tensor>& into) const;
  void load(const NamedParameters& parameters, const std::map<std::string, Tensor>& from);
  /// Swaps averaged and live values; call twice to restore.
  void swap(NamedParameters& parameters);

 private:
  std::vector<Tensor> average_;
  double decay_;
  std::int64_t updates_ = 0;
};

/// Scales all gradients so that their joint norm is at most `limit`. @returns the norm before
double clip_gradients(const NamedParameters& parameters, double limit);

/// Linear warm-up, then a cosine from `lr` to `lr * floor` at `total`.
double cosine_rate(std::int64_t step, std::int64_t warmup, std::int64_t total, double lr,
                   double floor = 0.05);

}  // namespace unidg::training
