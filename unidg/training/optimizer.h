#pragma once
#include <map>
#include <string>
#include <vector>

#include "unidg/core/torch.h"

namespace unidg::training {

using torch::Tensor;

/// Parameters in a fixed order with their names; every loop, optimizer and checkpoint speaks of these.
struct NamedParameters {
  std::vector<std::string> names;
  std::vector<Tensor> tensors;
};

/// What a training loop asks of an optimizer. Gradients stand on the parameters; a parameter without one is
/// left alone.
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const Optimizer&) = default;
  Optimizer& operator=(const Optimizer&) = default;
  virtual ~Optimizer() = default;
  /// Applies one step, then clears the gradients. @param lr of this step
  virtual void step(double lr) = 0;
  /// State as `optimizer.<part>.<parameter>`; `load` checks every name and shape. @throws FormatError
  virtual void save(std::map<std::string, Tensor>& into) const = 0;
  virtual void load(const std::map<std::string, Tensor>& from) = 0;
  virtual const NamedParameters& parameters() const = 0;
};

/// A tensor of a checkpoint. @throws FormatError when it is absent or not of `like`'s shape
const Tensor& checkpoint_tensor(const std::map<std::string, Tensor>& from, const std::string& name,
                                const Tensor& like);

}  // namespace unidg::training
