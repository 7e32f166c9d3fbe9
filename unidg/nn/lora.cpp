#include "unidg/nn/lora.h"

#include "unidg/core/error.h"
#include "unidg/core/names.h"
#include "unidg/nn/layers.h"

namespace unidg::nn {
namespace {

using torch::nn::Module;

/// Every submodule of type T below `module` by its path.
template <typename T>
void collect(Module& module, const std::string& path, std::map<std::string, T*>& found) {
  for (const auto& item : module.named_children()) {
    const auto child_path = path.empty() ? item.key() : path + '.' + item.key();
    if (auto* typed = item.value()->as<T>()) found[child_path] = typed;
    collect(*item.value(), child_path, found);
  }
}
template <typename T>
std::map<std::string, T*> find_all(Module& network) {
  std::map<std::string, T*> found;
  collect(network, "", found);
  return found;
}

template <typename T>
T& target(const std::map<std::string, T*>& modules, const std::string& path,
          const weights::Adapter& adapter) {
  const auto found = modules.find(path);
  if (found != modules.end()) return *found->second;
  std::vector<std::string> names;
  for (const auto& [name, module] : modules) names.push_back(name);
  const auto near = closest(path, names);
  throw FormatError("adapter '", adapter.name, "' updates '", path, "', which this network does not have",
                    near.empty() ? "" : text(" (closest: '", near, "')"),
                    ". Was it trained for a deeper or another transformer?");
}

}  // namespace

void apply(Module& network, const weights::Adapter& adapter, double weight) {
  torch::NoGradGuard no_grad;
  const auto linears = find_all<LinearImpl>(network);
  const auto norms = find_all<RmsNormImpl>(network);

  // Everything is checked before anything changes.
  for (const auto& [path, low] : adapter.modules) {
    const auto& linear = target(linears, path, adapter);
    if (low.a.size(1) != linear.in_features || low.b.size(0) != linear.out_features)
      throw FormatError(
          "adapter '", adapter.name, "': '", path, "' was trained for ", low.a.size(1), " inputs and ",
          low.b.size(0), " outputs but this network has ", linear.in_features, " and ", linear.out_features,
          path == "x_embedder" ? ". An adapter for FLUX Fill does not fit dev or Control, nor the reverse."
                               : ". Was it trained for another transformer?");
  }
  for (const auto& [name, value] : adapter.replacements) {
    const auto& norm = target(norms, name.substr(0, name.rfind('.')), adapter);
    if (value.sizes() != norm.weight.sizes())
      throw FormatError("adapter '", adapter.name, "': '", name, "' is ", value.sizes(),
                        " but this network has ", norm.weight.sizes());
  }

  for (const auto& [path, low] : adapter.modules) {
    auto& linear = *linears.at(path);
    const auto place = [&](const Tensor& t) {
      if (!t.defined()) return t;
      const auto device = linear.weight.device();
      return device.is_cpu() ? t.to(torch::kFloat32) : t.to(device);  // the CPU computes in fp32
    };
    linear.add_branch({place(low.a), place(low.b), place(low.bias), weight * low.scale, adapter.name});
  }
  for (const auto& [name, value] : adapter.replacements) {
    auto& kept = norms.at(name.substr(0, name.rfind('.')))->weight;
    const auto wanted = value.to(kept.device(), torch::kFloat32);
    const auto base = kept.to(torch::kFloat32);
    kept.set_data((weight == 1 ? wanted : base + (wanted - base) * weight).to(kept.scalar_type()));
  }
}

void merge_adapters(Module& network) {
  for (auto& [path, linear] : find_all<LinearImpl>(network)) linear->merge_branches();
}

}  // namespace unidg::nn
