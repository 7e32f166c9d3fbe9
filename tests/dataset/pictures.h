#pragma once
#include <filesystem>

#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/writer.h"

namespace unidg::dataset::testing_pictures {

inline Image picture(int width, int height, std::uint64_t seed, PixelFormat format = PixelFormat::Rgb8) {
  Image out(width, height, format);
  Rng rng(seed, "picture");
  for (std::size_t i = 0; i < out.pixels().total() * out.pixels().elemSize(); ++i)
    out.pixels().data[i] = static_cast<std::uint8_t>(rng.bits());
  return out;
}

/// White rectangle on black.
inline Mask square(int width, int height, cv::Rect at) {
  Mask out(width, height);
  out.pixels()(at).setTo(255);
  return out;
}

inline void put_pair(const std::filesystem::path& image, const std::filesystem::path& mask, int side = 24,
                     std::uint64_t seed = 1) {
  save_png(image, picture(side, side, seed));
  save_png(mask, square(side, side, {4, 5, 6, 7}));
}

inline Record record(const std::string& id, std::uint64_t seed = 1, PixelFormat format = PixelFormat::Rgb8) {
  Record out;
  out.id = id, out.scene = "shelf/" + id;
  out.normal = picture(20, 16, seed, format), out.abnormal = picture(20, 16, seed + 100, format);
  out.mask = square(20, 16, {3, 4, 5, 2}), out.mask_used = square(20, 16, {1, 2, 9, 6});
  out.object = "bottle", out.type = "scratch", out.seed = seed, out.steps = 28, out.model = "embedded-v0";
  return out;
}

}  // namespace unidg::dataset::testing_pictures
