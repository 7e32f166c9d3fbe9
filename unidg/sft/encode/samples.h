#pragma once
#include <cstdint>

#include "unidg/conditioning/fill_pipeline.h"
#include "unidg/sft/step/loss.h"

namespace unidg::sft {

/// Paints encoded pairs with the network as it is: rows of reference, masked source, painted, truth, [3, H,
/// W] in
/// [-1, 1]. Noise is a function of the row alone, so that sheets of several steps compare.
/// @param guidance fed to the guidance embedding (docs/choices.md 20: 30 at sampling)
Tensor paint_samples(conditioning::FillPipeline& pipeline, const Batch& batch, std::int64_t steps,
                     double guidance, const LossConfig& config);

}  // namespace unidg::sft
