#include "unidg/sft/run/memory.h"

#include <algorithm>
#include <map>

#include "unidg/nn/lora.h"

namespace unidg::sft {
namespace {

// What a block keeps for its backward pass, in activations of [tokens, width], and what the gradients under
// way take beside; measured (tests/sft/run/test_memory.cpp).
constexpr double kDoubleBlock = 25.6, kSingleBlock = 20.2, kBackward = 5, kBackwardAgain = 7;
constexpr double kRuntime = 180e6;  ///< LibTorch and the program
constexpr std::int64_t kTimeFeatures = 256;

struct Size {
  std::int64_t in = 0, out = 0;
};

/// Every Linear of the network by its path; all have a bias.
std::map<std::string, Size> linears_of(const models::FluxConfig& c) {
  const auto d = c.width();
  std::map<std::string, Size> out = {{"x_embedder", {c.in_channels, d}},
                                     {"context_embedder", {c.joint_dim, d}},
                                     {"norm_out.linear", {d, 2 * d}},
                                     {"proj_out", {d, c.out_channels}}};
  const auto embedder = [&](const std::string& name, std::int64_t in) {
    out["time_text_embed." + name + ".linear_1"] = {in, d};
    out["time_text_embed." + name + ".linear_2"] = {d, d};
  };
  embedder("timestep_embedder", kTimeFeatures);
  if (c.guidance_embeds) embedder("guidance_embedder", kTimeFeatures);
  embedder("text_embedder", c.pooled_dim);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const auto at = text("transformer_blocks.", i, ".");
    for (const char* name : {"norm1.linear", "norm1_context.linear"}) out[at + name] = {d, 6 * d};
    for (const char* name :
         {"to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"})
      out[at + "attn." + name] = {d, d};
    for (const char* name : {"ff", "ff_context"}) {
      out[at + name + ".net.0.proj"] = {d, 4 * d};
      out[at + name + ".net.2"] = {4 * d, d};
    }
  }
  for (std::int64_t i = 0; i < c.single_layers; ++i) {
    const auto at = text("single_transformer_blocks.", i, ".");
    for (const char* name : {"to_q", "to_k", "to_v"}) out[at + "attn." + name] = {d, d};
    out[at + "norm.linear"] = {d, 3 * d};
    out[at + "proj_mlp"] = {d, 4 * d};
    out[at + "proj_out"] = {5 * d, d};
  }
  return out;
}

}  // namespace

std::int64_t count_parameters(const models::FluxConfig& network) {
  std::int64_t out = network.head_dim * (4 * network.layers + 2 * network.single_layers);  // q and k norms
  for (const auto& [path, size] : linears_of(network)) out += size.in * size.out + size.out;
  return out;
}

std::int64_t count_lora_parameters(const models::FluxConfig& network, const LoraConfig& lora) {
  const auto all = linears_of(network);
  std::vector<std::string> paths;
  for (const auto& [path, size] : all) paths.push_back(path);
  std::int64_t out = 0;
  for (const auto& path : nn::lora_targets(paths, lora.targets))
    out += lora.rank * (all.at(path).in + all.at(path).out);
  return out;
}

MemoryPlan plan_memory(const MemoryInput& input, const RunConfig& config) {
  constexpr double kFloat = 4;
  const auto& c = input.network;
  MemoryPlan out;
  const bool is_lora = config.parameters == "lora";
  out.frozen_parameters = is_lora ? count_parameters(c) : 0;
  out.trained_parameters = is_lora ? count_lora_parameters(c, config.lora) : count_parameters(c);
  const auto trained = static_cast<double>(out.trained_parameters);
  out.weights = static_cast<double>(out.frozen_parameters) * input.weight_bytes +
                input.other_parameters * input.weight_bytes;
  out.parameters = 2 * kFloat * trained;
  // Moments, Prodigy's s and the start of half the factors (B starts at zero); a step's square roots on the
  // side.
  const double states = config.optim.name == "adamw" ? 2 : is_lora ? 3.5 : 4;
  out.optimizer = (states + 1) * kFloat * trained;
  out.average = config.ema > 0 ? kFloat * trained : 0;

  const auto tokens = static_cast<double>(input.image_tokens + input.condition_tokens +
                                          (config.loss.collapse_text ? 1 : 512));
  const double unit = static_cast<double>(std::min(config.micro, config.batch)) * tokens *
                      static_cast<double>(c.width()) * input.compute_bytes;
  const auto layers = static_cast<double>(c.layers), single = static_cast<double>(c.single_layers);
  if (config.recompute)
    out.activations =
        unit * (layers + single + std::max(layers > 0 ? kDoubleBlock : 0, kSingleBlock) + kBackwardAgain);
  else
    out.activations = unit * (layers * kDoubleBlock + single * kSingleBlock + kBackward);
  out.runtime = kRuntime;
  return out;
}

Json to_json(const MemoryPlan& p) {
  return {{"peak_bytes", p.peak()},
          {"weights", p.weights},
          {"parameters", p.parameters},
          {"optimizer", p.optimizer},
          {"average", p.average},
          {"activations", p.activations},
          {"runtime", p.runtime},
          {"frozen_parameters", p.frozen_parameters},
          {"trained_parameters", p.trained_parameters}};
}

}  // namespace unidg::sft
