#pragma once
#include "unidg/generation/generator.h"

/// What every generator does before and after its own work.
namespace unidg::generation {

/// @throws InputError when the request has no picture, or no mask of its size that says where to paint
void check_request(const Request& request);

/// Sets change, status and reason from the pixels under the label (the mask asked for where there is none).
/// @param weak_below smallest mean absolute change, 0..255, that counts as a defect
void judge(Result& result, const Request& request, double weak_below);

}  // namespace unidg::generation
