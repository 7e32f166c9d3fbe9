#include "unidg/nn/lora.h"

#include <cmath>
#include <regex>

#include "unidg/core/error.h"
#include "unidg/core/names.h"
#include "unidg/core/rng.h"
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

std::vector<std::string> lora_targets(Module& network, const std::string& targets) {
  std::vector<std::string> paths;
  for (const auto& [path, linear] : find_all<LinearImpl>(network)) paths.push_back(path);
  return lora_targets(paths, targets);
}

std::vector<std::string> lora_targets(const std::vector<std::string>& linears, const std::string& targets) {
  static const std::map<std::string, std::string> known = {
      {"insert-anything",
       R"(x_embedder|transformer_blocks\.\d+\.(norm1\.linear|attn\.to_[qkv]|attn\.to_out\.0|ff\.net\.2)|)"
       R"(single_transformer_blocks\.\d+\.(norm\.linear|attn\.to_[qkv]|proj_mlp|proj_out))"},
      {"flow-grpo", R"(transformer_blocks\.\d+\.(attn\.(to_[qkv]|to_out\.0|add_[qkv]_proj|to_add_out)|)"
                    R"((ff|ff_context)\.net\.(0\.proj|2))|single_transformer_blocks\.\d+\.attn\.to_[qkv])"}};
  const auto named = known.find(targets);
  std::regex expression;
  try {
    expression = named == known.end() ? targets : named->second;
  } catch (const std::regex_error& error) {
    throw UsageError("lora.targets '", targets,
                     "' is neither insert-anything nor flow-grpo nor a regular expression: ", error.what());
  }
  std::vector<std::string> out;
  for (const auto& path : linears)
    if (std::regex_match(path, expression)) out.push_back(path);
  if (out.empty())
    throw UsageError("lora.targets '", targets, "' fits none of the ", linears.size(),
                     " Linears of this network (as '", linears.empty() ? "" : linears.front(),
                     "'). It has to match whole paths.");
  return out;
}

weights::Adapter attach_lora(Module& network, const std::vector<std::string>& paths, std::int64_t rank,
                             double alpha, std::uint64_t seed, const std::string& name) {
  auto linears = find_all<LinearImpl>(network);
  weights::Adapter out;
  out.name = name, out.format = "peft";
  for (const auto& path : paths) {
    auto& linear = *linears.at(path);
    auto a = torch::empty({rank, linear.in_features}, torch::kFloat32);
    Rng(seed, "lora " + path).fill_normal(a.data_ptr<float>(), static_cast<std::size_t>(a.numel()));
    a = (a / static_cast<double>(rank)).to(linear.weight.device()).requires_grad_();
    const auto b = torch::zeros({linear.out_features, rank}, a.options()).requires_grad_();
    weights::LowRank low{a, b, {}, alpha / static_cast<double>(rank)};
    linear.add_branch({low.a, low.b, {}, low.scale, name});
    out.modules[path] = std::move(low);
  }
  return out;
}

}  // namespace unidg::nn
