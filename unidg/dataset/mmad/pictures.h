#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::dataset::mmad {

/// Scaled so that the longer side is at most `side`; 8-bit RGB. @param side 0: as it is
Image fitted(const Image& image, int side);
/// The mask as a black and white picture; thin parts survive the scaling.
Image mask_picture(const Mask& mask, int side);
/// The picture with a red line around the mask, just outside it.
Image outlined(const Image& image, const Mask& mask, int side);
/// Side by side with a white gap, all as high as the first.
Image side_by_side(const std::vector<Image>& images);

/// "data:image/png;base64,...".
std::string data_url(std::string_view png);

}  // namespace unidg::dataset::mmad
