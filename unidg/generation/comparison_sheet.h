#pragma once
#include <vector>

#include "unidg/generation/generator.h"

namespace unidg::generation {

/// What several generators make of the same requests: a row a request, with the reference (its mask
/// outlined), the good picture and what each makes of it, all but the reference zoomed on the mask.
/// @param cell side of a picture, pixels  @throws InputError when there is no request
Image comparison_sheet(const std::vector<Request>& requests, const std::vector<const Generator*>& generators,
                       int cell = 200);

}  // namespace unidg::generation
