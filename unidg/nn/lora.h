#pragma once
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

}  // namespace unidg::nn
