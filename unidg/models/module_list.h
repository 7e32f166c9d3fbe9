#pragma once
#include "unidg/core/torch.h"

#include <torch/nn/modules/container/modulelist.h>

#include <string>
#include <vector>

#include "unidg/weights/scope.h"

namespace unidg::models {

/// A list of like submodules, registered under `name`; child i is named by its index, as in a checkpoint
/// ("resnets.0", "resnets.1"), and built by `build(scope of child i, i)`.
template <typename Build>
auto make_list(torch::nn::Module& parent, const weights::Scope& w, const std::string& name,
               std::int64_t count, Build build) {
  using Holder = std::invoke_result_t<Build, const weights::Scope&, std::int64_t>;
  auto list = parent.register_module(name, torch::nn::ModuleList());
  std::vector<Holder> children;
  for (std::int64_t i = 0; i < count; ++i) {
    children.push_back(build(w[name][std::to_string(i)], i));
    list->push_back(children.back());
  }
  return children;
}

}  // namespace unidg::models
