#pragma once
#include <gtest/gtest.h>
#include "unidg/core/torch.h"

#include <filesystem>
#include <map>
#include <string>

#include "unidg/core/config.h"
#include "unidg/weights/scope.h"

namespace unidg::testing {

/// A fixture that tools/golden wrote: tensors by name and JSON metadata.
class Golden {
 public:
  /// @param path below tests/, for instance "models/golden/flux_grad.safetensors"
  static Golden load(const std::string& path) {
    Golden golden;
    const auto file = weights::SafetensorsFile::open(std::filesystem::path(UNIDG_TESTS_DIR) / path);
    for (const auto& [name, info] : file->tensors()) golden.tensors_[name] = file->tensor(name).clone();
    golden.metadata_ = file->metadata();
    golden.path_ = path;
    return golden;
  }
  torch::Tensor operator[](const std::string& name) const {
    const auto at = tensors_.find(name);
    if (at == tensors_.end()) throw std::out_of_range(path_ + " holds no '" + name + "'");
    return at->second;
  }
  /// The tensors whose names begin with `prefix`, without it.
  std::map<std::string, torch::Tensor> below(const std::string& prefix) const {
    std::map<std::string, torch::Tensor> out;
    for (const auto& [name, tensor] : tensors_)
      if (name.starts_with(prefix)) out[name.substr(prefix.size())] = tensor;
    return out;
  }
  weights::Scope weights(const std::string& prefix = "weights.") const {
    return weights::Scope(weights::memory_source(below(prefix), path_));
  }
  Json json(const std::string& field) const { return parse_json(metadata_.at(field), path_ + ": " + field); }
  static std::filesystem::path path_of(const std::string& path) {
    return std::filesystem::path(UNIDG_TESTS_DIR) / path;
  }

 private:
  std::map<std::string, torch::Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
  std::string path_;
};

/// Largest difference and the same relative to the largest expected value.
inline ::testing::AssertionResult tensors_near(const torch::Tensor& found, const torch::Tensor& expected,
                                               double tolerance) {
  if (!found.defined()) return ::testing::AssertionFailure() << "the tensor is undefined";
  if (found.sizes() != expected.sizes())
    return ::testing::AssertionFailure() << "shape " << found.sizes() << ", expected " << expected.sizes();
  if (expected.numel() == 0) return ::testing::AssertionSuccess();
  const auto a = found.detach().to(torch::kFloat64), b = expected.detach().to(torch::kFloat64);
  if (!torch::isfinite(a).all().item<bool>()) return ::testing::AssertionFailure() << "holds NaN or infinity";
  const double absolute = (a - b).abs().max().item<double>();
  const double relative = absolute / std::max(b.abs().max().item<double>(), 1e-12);
  if (relative <= tolerance) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "largest difference " << absolute << ", relative to the largest value " << relative
         << ", allowed " << tolerance;
}

}  // namespace unidg::testing

/// Same shape, finite, and max |found - expected| <= tolerance * max |expected|.
#define EXPECT_TENSOR_NEAR(found, expected, tolerance) \
  EXPECT_TRUE(::unidg::testing::tensors_near((found), (expected), (tolerance)))
