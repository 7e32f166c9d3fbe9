#pragma once
#include <opencv2/imgproc.hpp>
#include <string>

#include "unidg/baselines/baselines.h"

namespace unidg::baselines {

inline const cv::Scalar kDefectColour(200, 40, 30);

/// A brushed plate on a plain ground, its left half brighter than its right.
inline Image drawn_plate(std::uint64_t seed, int side) {
  Image image(side, side, PixelFormat::Rgb8);
  image.pixels() = cv::Scalar(240, 240, 240);
  const cv::Rect plate(side / 8, side / 8, side * 3 / 4, side * 3 / 4);
  cv::Mat grain(plate.size(), CV_8UC3);
  cv::RNG(seed).fill(grain, cv::RNG::UNIFORM, 80, 120);
  grain.colRange(0, plate.width / 2) += cv::Scalar(30, 30, 20);
  grain.copyTo(image.pixels()(plate));
  return image;
}

inline Mask drawn_ellipse(int side, cv::Point2f centre, cv::Size2f axes, float angle) {
  Mask mask(side, side);
  cv::ellipse(mask.pixels(), {centre, axes, angle}, 255, -1);
  return mask;
}

/// A plate with a spot of one colour as reference, an unhurt plate as scene, an oval target mask.
inline generation::Request drawn_request(std::uint64_t seed = 1, const std::string& id = "a",
                                         int side = 128) {
  generation::Request request;
  MaskedImage hurt{drawn_plate(7, side),
                   drawn_ellipse(side, {side * 0.4f, side * 0.55f}, {side * 0.25f, side * 0.12f}, 70)};
  hurt.image.pixels().setTo(kDefectColour, hurt.mask.pixels());
  request.reference = std::make_shared<const MaskedImage>(std::move(hurt));
  request.source = drawn_plate(100 + seed, side);
  request.mask = drawn_ellipse(side, {side * 0.55f, side * 0.5f}, {side * 0.3f, side * 0.15f}, 20);
  request.seed = seed;
  request.id = id;
  return request;
}

}  // namespace unidg::baselines
