#pragma once
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "unidg/core/rng.h"

namespace unidg::procedural {

/// Linear reflectance of an 8-bit sRGB colour.
cv::Vec3f srgb(int red, int green, int blue);
cv::Vec3f mix(const cv::Vec3f& a, const cv::Vec3f& b, float t);

/// What light meets, before there is light; all maps have one size.
struct Layer {
  cv::Mat albedo;  ///< CV_32FC3, linear reflectance in [0, 1]
  cv::Mat height;  ///< CV_32FC1, pixels towards the camera
  cv::Mat gloss;   ///< CV_32FC1, strength of the highlight in [0, 1]
};

/// How a product's material looks when it is hurt; what makes a scratch on metal differ from one on wood.
struct Material {
  cv::Vec3f fresh;        ///< broken or scratched open
  cv::Vec3f inside;       ///< seen through a hole
  float fresh_gloss = 0;  ///< gloss of the fresh material
  float depth = 1;        ///< how deep tools sink in, relative to metal
};

/// A product before it is photographed.
struct Surface : Layer {
  cv::Mat product;  ///< CV_8UC1: 255 where the product is, 0 on its ground
  Material material;
  std::optional<double> grain;  ///< direction along which the material splits, radians
  int sharpness = 5;            ///< highlight exponent 2^sharpness
  std::optional<Layer> bare;    ///< the same product without print, engraving or parts
  std::vector<cv::Rect> parts;  ///< where `bare` differs, one box a part

  cv::Size size() const { return albedo.size(); }
  Surface clone() const;
};

/// A flat surface of one colour.
Surface flat_surface(cv::Size size, const cv::Vec3f& albedo, float gloss);

/// Camera: turns, tilts and zooms the surface; the result has `frame`'s size.
/// @param angle radians  @param tilt perspective, 0 none, 0.1 strong  @param zoom frame pixels per surface
/// pixel
Surface view(const Surface& surface, cv::Size frame, double angle, double tilt, double zoom, Rng& rng);

/// One lamp near the product, light from everywhere else, and the camera's faults.
struct Light {
  cv::Vec3f position;  ///< in frame heights from the frame's centre; z towards the camera
  cv::Vec3f colour{1, 1, 1};
  float ambient = 0.45f;  ///< share of light from everywhere
  float cavity = 0.5f;    ///< how much hollows darken
  float vignette = 0.1f;
  float exposure = 1;
  double blur_px = 0.6;
  double noise = 1.5;  ///< standard deviation of sensor noise at mid-grey, in 8-bit steps
};
Light random_light(Rng& rng);

/// The photograph of `window` in display values [0, 255] without sensor noise; CV_32FC3 of the window's size.
/// The value of a pixel does not depend on the window.
cv::Mat shade(const Surface& surface, const Light& light, cv::Rect window);

/// Adds sensor noise and rounds to CV_8UC3. @param noise white noise, CV_32FC1, three times as wide as
/// `photo`
cv::Mat expose(const cv::Mat& photo, const Light& light, const cv::Mat& noise);

}  // namespace unidg::procedural
