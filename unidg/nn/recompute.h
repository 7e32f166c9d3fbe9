#pragma once
#include <functional>
#include <vector>

#include "unidg/core/torch.h"

namespace unidg::nn {

using torch::Tensor;
using Block = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// block(inputs) without keeping what lies between: the backward pass computes the block again (gradient
/// checkpointing). Gradients reach the inputs and every parameter that the block uses. Without gradients it
/// is block(inputs).
/// @param inputs up to four tensors  @param block must give the same for the same inputs
std::vector<Tensor> recompute(const Block& block, std::vector<Tensor> inputs);

}  // namespace unidg::nn
