#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/core/torch.h"
#include "unidg/weights/adapters.h"

namespace unidg::nn {

/// Hangs an adapter's branches onto the Linears of a network, `weight` times as strong as it was trained.
/// Modules are found by their path, which is the path in the diffusers layout. Norm weights
/// that the adapter replaces move from the base's value towards the adapter's by `weight`. Adapters add up;
/// nothing changes when one module does not fit.
/// Call it qualified, nn::apply: the base class of modules makes std::apply a candidate otherwise.
/// @throws FormatError naming the module that does not exist or whose shapes disagree
void apply(torch::nn::Module& network, const weights::Adapter& adapter, double weight = 1.0);

/// Folds every branch below `network` into the weights, for inference without side branches.
void merge_adapters(torch::nn::Module& network);

/// Paths of the Linears that an adapter is to change.
/// @param targets insert-anything (343 of FLUX.1-Fill's) | flow-grpo (342) | a regular expression for whole
/// paths (docs/choices.md 35)  @throws UsageError when it is no expression or fits nothing
std::vector<std::string> lora_targets(torch::nn::Module& network, const std::string& targets);
/// The same among the paths of a network that is not there yet.
std::vector<std::string> lora_targets(const std::vector<std::string>& linears, const std::string& targets);

/// Hangs new trainable factors onto Linears: A ~ N(0, 1/r^2) (peft's "gaussian"), B = 0, fp32, a function of
/// (seed, path) alone. @returns the adapter, whose factors are the live leaves: an optimizer changes both
weights::Adapter attach_lora(torch::nn::Module& network, const std::vector<std::string>& paths,
                             std::int64_t rank, double alpha, std::uint64_t seed, const std::string& name);

}  // namespace unidg::nn
