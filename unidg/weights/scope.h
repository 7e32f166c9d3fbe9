#pragma once
#include "unidg/core/torch.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "unidg/weights/safetensors.h"

namespace unidg::weights {

/// Dtype of the weights in memory. Computation on the CPU is fp32; bf16 is a storage format there.
struct DtypePolicy {
  torch::ScalarType weights = torch::kFloat32;
  torch::Device device = torch::kCPU;
};

/// Where tensors come from: a file, a sharded folder, a renamed view of either, a map in memory or seeded
/// noise.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::string describe() const = 0;  ///< for messages: usually the path
  virtual bool contains(const std::string& name) const = 0;
  virtual std::vector<std::string> names() const = 0;
  virtual std::vector<std::int64_t> shape(const std::string& name) const = 0;
  virtual std::string dtype(const std::string& name) const;  ///< safetensors name of the stored dtype
  virtual Tensor load(const std::string& name) const = 0;
  /// `__metadata__` of the file behind it; of shards the first.
  virtual std::map<std::string, std::string> metadata() const { return {}; }
  /// True for seeded noise: any name of any shape can be had, and `make` gives it.
  virtual bool invents() const { return false; }
  virtual Tensor make(const std::string& name, torch::IntArrayRef shape) const;
};

/// Tensors held in memory.
std::shared_ptr<Source> memory_source(std::map<std::string, Tensor> tensors, std::string description);
/// One file, a sharded index (`*.safetensors.index.json`) or a folder that holds either: a diffusers
/// component (diffusion_pytorch_model.*), a transformers one (model.*) or a single *.safetensors. An index
/// may name plain siblings only. @throws FormatError
std::shared_ptr<Source> open_source(const std::filesystem::path& path);
/// A source whose every name carried `prefix` (removed here); other names are hidden.
std::shared_ptr<Source> strip_prefix(std::shared_ptr<Source> inner, const std::string& prefix);
/// Seeded noise: each tensor depends on (seed, name, shape) alone. Tensors of two or more dimensions get
/// N(0, 1 / fan_in); of one dimension, `weight`, `scale`, `gamma` and `running_var` get ones, `bias`, `beta`
/// and `running_mean` zeros, and the rest N(0, 0.02^2).
std::shared_ptr<Source> noise_source(std::uint64_t seed);

/// Weights by name, below a prefix. Remembers what was taken so that leftovers can be reported.
class Scope {
 public:
  explicit Scope(std::shared_ptr<const Source> source, DtypePolicy policy = {});
  /// Scope of a child: names are `this prefix + name + '.'`.
  Scope operator[](const std::string& name) const;

  /// Floating-point weights come in the policy's dtype on its device; integers keep theirs. When nothing has
  /// to change this is the stored tensor itself, for a file a view of its map.
  /// @throws FormatError: missing (names the closest) or of another shape (both shapes)
  Tensor take(const std::string& name, torch::IntArrayRef shape) const;
  /// As `take`, or an undefined tensor when there is none of that name.
  Tensor take_optional(const std::string& name, torch::IntArrayRef shape) const;
  bool contains(const std::string& name) const;
  bool invents() const { return source_->invents(); }
  const std::string& prefix() const { return prefix_; }
  const DtypePolicy& policy() const { return policy_; }
  const Source& source() const { return *source_; }
  /// Names in the whole source that nothing took.
  std::vector<std::string> unused() const;
  /// @throws FormatError listing unused names, except those `allowed` accepts
  void require_all_used(const std::function<bool(const std::string&)>& allowed = {}) const;

 private:
  std::shared_ptr<const Source> source_;
  DtypePolicy policy_;
  std::string prefix_;
  std::shared_ptr<std::set<std::string>> used_;
};

}  // namespace unidg::weights
