#pragma once
#include <cstdint>

namespace unidg::dataset::sets {

/// Colour 0xRRGGBB of entry `number` in Pascal VOC's palette: the number's bits dealt out to the colours from
/// the highest bit down.
std::uint32_t voc_colour(int number);

}  // namespace unidg::dataset::sets
