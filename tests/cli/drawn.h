#pragma once
#include <filesystem>
#include <string>

#include "unidg/procedural/procedural.h"

namespace unidg::testing {

/// Writes NAME.png (the hurt specimen) and NAME_mask.png.
inline void write_reference(const std::filesystem::path& folder, const std::string& name,
                            std::uint64_t seed = 7, int size = 96) {
  const auto drawn = procedural::draw("metal", "", size, size, seed);
  save_png(folder / (name + ".png"), drawn.abnormal);
  save_png(folder / (name + "_mask.png"), drawn.mask);
}

/// Writes `count` unhurt specimens 000.png, 001.png ...
inline void write_scenes(const std::filesystem::path& folder, int count, int size = 96,
                         const std::string& product = "wood") {
  for (int i = 0; i < count; ++i)
    save_png(folder / ("00" + std::to_string(i) + ".png"),
             procedural::draw_product(product, size, size, static_cast<std::uint64_t>(100 + i)));
}

/// A square in the middle.
inline Mask square_mask(int size, int side) {
  Mask mask(size, size);
  mask.pixels()(cv::Rect((size - side) / 2, (size - side) / 2, side, side)) = 255;
  return mask;
}

}  // namespace unidg::testing
