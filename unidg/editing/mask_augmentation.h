#pragma once
#include "unidg/core/rng.h"
#include "unidg/image/image.h"

namespace unidg::editing {

/// Insert-Anything's target masks in training (docs/choices.md 15): the mask's box grown by 1.1, as it is or,
/// half the time, as a blob: 18 points on each side at 0.05 .. 0.90 of it, each moved by whole numbers of
/// [-40, 40] pixels on an axis where it then lies outside the tight box. The model learns to paint a defect
/// into a place that does not tell its shape. @throws InputError when the mask is empty
Mask randomised_mask(const Mask& mask, Rng& rng);

}  // namespace unidg::editing
