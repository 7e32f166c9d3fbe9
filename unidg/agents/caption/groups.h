#pragma once
#include <vector>

#include "unidg/image/image.h"

namespace unidg::agents {

/// The defects of a mask: parts closer together than 4 % of the picture's shorter side are one. Largest
/// first; more than `most` are one scattered defect, the whole mask.
std::vector<Mask> defect_groups(const Mask& mask, std::size_t most = 4);

}  // namespace unidg::agents
