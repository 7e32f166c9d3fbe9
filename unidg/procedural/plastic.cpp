#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

using dataset::fractal_noise;
using dataset::smooth_step;

/// Signed distance of a rounded rectangle around the origin.
double rounded_box(double x, double y, double half_width, double half_height, double radius) {
  const double dx = std::abs(x) - half_width + radius, dy = std::abs(y) - half_height + radius;
  return std::hypot(std::max(dx, 0.0), std::max(dy, 0.0)) + std::min(std::max(dx, dy), 0.0) - radius;
}

/// Something moulded onto the face: raised (positive) or sunk.
struct Relief {
  cv::Point2d at;
  double half_width, half_height, radius, height;
};

std::vector<Relief> random_reliefs(double unit, double half_width, double half_height, Rng& rng) {
  std::vector<Relief> out;
  const double depth = unit * rng.uniform(0.006, 0.014);
  switch (rng.integer(4)) {
    case 0:  // ventilation slots
      for (int i = -3; i <= 3; ++i)
        out.push_back({{i * half_width * 0.22, half_height * rng.uniform(-0.02, 0.02)},
                       unit * 0.013,
                       half_height * 0.5,
                       unit * 0.013,
                       -3 * depth});
      break;
    case 1:  // screw bosses in the corners
      for (int i = 0; i < 4; ++i)
        out.push_back({{(i % 2 ? 1 : -1) * half_width * 0.74, (i / 2 ? 1 : -1) * half_height * 0.74},
                       unit * 0.045,
                       unit * 0.045,
                       unit * 0.045,
                       1.5 * depth});
      out.push_back({{0, 0}, half_width * 0.4, half_height * 0.35, unit * 0.03, -depth});
      break;
    case 2:  // ribs
      for (int i = -2; i <= 2; ++i)
        out.push_back(
            {{0, i * half_height * 0.34}, half_width * 0.78, unit * 0.011, unit * 0.011, depth * 1.5});
      break;
    default:  // a sunk panel with a button
      out.push_back({{0, 0}, half_width * 0.72, half_height * 0.66, unit * 0.05, -depth * 1.3});
      out.push_back(
          {{half_width * rng.uniform(-0.3, 0.3), 0}, unit * 0.08, unit * 0.08, unit * 0.08, depth * 2});
  }
  return out;
}

}  // namespace

Surface draw_plastic(cv::Size frame, Rng& rng) {
  const double unit = std::min(frame.width, frame.height);
  static const std::vector<cv::Vec3f> resins = {srgb(38, 40, 42),   srgb(196, 196, 192), srgb(178, 46, 38),
                                                srgb(44, 84, 146),  srgb(206, 168, 52),  srgb(70, 128, 84),
                                                srgb(226, 122, 40), srgb(110, 114, 118), srgb(230, 228, 222)};
  const cv::Vec3f resin = vary(rng.pick(resins), 0.15, rng);
  const double half_width = frame.width * rng.uniform(0.36, 0.46),
               half_height = frame.height * rng.uniform(0.3, 0.45);
  const double radius = unit * rng.uniform(0.03, 0.12), edge = unit * rng.uniform(0.015, 0.04);
  const cv::Point2d centre(frame.width / 2.0, frame.height / 2.0);

  cv::Mat object(frame, CV_8UC1);
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x)
      object.at<std::uint8_t>(y, x) = cv::saturate_cast<std::uint8_t>(
          255 * coverage(rounded_box(x - centre.x, y - centre.y, half_width, half_height, radius)));
  static const std::vector<cv::Vec3f> grounds = {srgb(206, 205, 200), srgb(60, 62, 66), srgb(120, 122, 124),
                                                 srgb(24, 25, 27), srgb(158, 170, 176)};
  Surface surface = ground_under(object, vary(rng.pick(grounds), 0.1, rng), unit * 0.035, rng);
  surface.product = object;
  surface.sharpness = rng.chance(0.5) ? 5 : 3;
  const auto gloss =
      static_cast<float>(surface.sharpness == 5 ? rng.uniform(0.1, 0.3) : rng.uniform(0.03, 0.1));
  surface.material = {.fresh = mix(resin, {0.8f, 0.8f, 0.8f}, 0.35f),
                      .inside = resin * 0.08f,
                      .fresh_gloss = 0.05f,
                      .depth = 0.9f};

  surface.height.setTo(-0.7 * edge);  // no step where the rounded edge meets the ground
  const auto reliefs = random_reliefs(unit, half_width, half_height, rng);
  const cv::Mat grain = fractal_noise(frame, {2.2, 2.2}, 2, rng);  // spark-eroded mould
  const cv::Mat flow = fractal_noise(frame, {unit * 0.5, unit * 0.2}, 3, rng);
  const auto roughness = static_cast<float>(rng.uniform(0.02, 0.18));
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const float in = object.at<std::uint8_t>(y, x) / 255.0f;
      if (in == 0) continue;
      const double px = x - centre.x, py = y - centre.y;
      const double d = rounded_box(px, py, half_width, half_height, radius);
      const double t = std::min(1.0, std::max(0.0, -d / edge));
      double height = edge * 0.7 * (std::sqrt(1 - (1 - t) * (1 - t)) - 1), shade = 1;
      for (const auto& relief : reliefs) {
        const double rd = rounded_box(px - relief.at.x, py - relief.at.y, relief.half_width,
                                      relief.half_height, relief.radius);
        const double slope = std::max(1.2, std::abs(relief.height) * 0.8);
        const float up =
            1 - smooth_step(static_cast<float>(-slope), static_cast<float>(slope), static_cast<float>(rd));
        height += relief.height * up;
        if (relief.height < -0.02 * unit) shade *= 1 - 0.75 * up;  // deep slots are dark
      }
      surface.albedo.at<cv::Vec3f>(y, x) =
          mix(surface.albedo.at<cv::Vec3f>(y, x),
              resin * static_cast<float>(shade * (1 + 0.04 * flow.at<float>(y, x))), in);
      surface.height.at<float>(y, x) = static_cast<float>(height) + roughness * grain.at<float>(y, x);
      surface.gloss.at<float>(y, x) = in * gloss;
    }
  }
  return view(surface, frame, rng.uniform(-0.08, 0.08), 0.05, rng.uniform(1.0, 1.15), rng);
}

}  // namespace unidg::procedural
