#pragma once
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/localisation.h"
#include "unidg/procedural/procedural.h"

namespace unidg::testing {

constexpr int kSide = 64;

/// Numbers [first, first + count) of a drawn product, hurt by a type in turn.
inline std::vector<evaluation::Sample> drawn(const std::string& product,
                                             const std::vector<std::string>& types, std::uint64_t first,
                                             std::size_t count) {
  std::vector<evaluation::Sample> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = i % types.size();
    const auto q = procedural::draw(product, types[label], kSide, kSide, first + i);
    out.push_back(
        {q.abnormal.rgb8(), q.mask.pixels(), static_cast<int>(label), product + "/" + std::to_string(i)});
  }
  return out;
}

inline std::vector<evaluation::Sample> good(const std::string& product, std::uint64_t first,
                                            std::size_t count) {
  std::vector<evaluation::Sample> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({procedural::draw_product(product, kSide, kSide, first + i).rgb8(),
                   {},
                   -1,
                   "good " + std::to_string(i)});
  return out;
}

/// What a poor generator makes: a flat rectangle on a good picture.
inline std::vector<evaluation::Sample> boxes(const std::string& product, std::uint64_t first,
                                             std::size_t count) {
  auto out = good(product, first, count);
  Rng rng(first, "boxes");
  for (auto& sample : out) {
    const auto side = [&] { return 6 + static_cast<int>(rng.integer(16)); };
    const auto at = [&] { return static_cast<int>(rng.integer(kSide - 22)); };
    const cv::Rect box(at(), at(), side(), side());
    const auto shade = [&] { return static_cast<double>(rng.integer(256)); };
    sample.image = sample.image.clone();
    sample.image(box).setTo(cv::Scalar(shade(), shade(), shade()));
    sample.mask = cv::Mat::zeros(kSide, kSide, CV_8UC1);
    sample.mask(box).setTo(255);
    sample.label = 0;
  }
  return out;
}

/// The `cpu` preset made for 64-pixel pictures and seconds.
inline evaluation::LocalisationConfig quick(std::int64_t epochs) {
  auto config = evaluation::LocalisationConfig::cpu();
  config.recipe.size = kSide;
  config.recipe.epochs = epochs;
  config.recipe.epoch_samples = 80;
  config.recipe.device = "cpu";
  config.base_width = 8;
  return config;
}

}  // namespace unidg::testing
