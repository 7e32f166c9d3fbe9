#pragma once
#include <string>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::dataset::mmad {

/// Where a mask lies and how much it covers: "bottom-left: from 5 % to 30 % of the width and from 60 % to 72
/// % of the height, 1.3 % of the picture".
std::string place_words(const Mask& mask);

/// A caption (Fig. 7, 9) as plain sentences: each defect's known fields, then the summary. Fields that are
/// not text are passed over; "" when nothing is known.
std::string caption_words(const Json& caption);

}  // namespace unidg::dataset::mmad
