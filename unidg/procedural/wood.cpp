#include <cmath>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {

using dataset::fractal_noise;
using dataset::smooth_step;

Surface draw_wood(cv::Size frame, Rng& rng) {
  const cv::Size canvas = with_margin(frame);
  const double unit = std::min(frame.width, frame.height);
  struct Species {
    cv::Vec3f early, late;
    double pores;
  };
  static const std::vector<Species> species = {
      {srgb(206, 164, 112), srgb(158, 104, 58), 0.3},   // pine
      {srgb(188, 148, 104), srgb(146, 106, 68), 1.0},   // oak
      {srgb(132, 90, 58), srgb(88, 56, 36), 0.8},       // walnut
      {srgb(168, 104, 72), srgb(124, 66, 44), 0.6},     // cherry
      {srgb(214, 190, 154), srgb(186, 152, 112), 0.4},  // maple, birch
      {srgb(158, 126, 92), srgb(112, 82, 56), 0.8},     // stained board
  };
  const Species& kind = rng.pick(species);
  const cv::Vec3f early = vary(kind.early, 0.12, rng), late = vary(kind.late, 0.12, rng);
  Surface surface = flat_surface(canvas, early, static_cast<float>(rng.uniform(0.02, 0.09)));
  surface.sharpness = 3;
  surface.grain = 0.0;
  surface.material = {
      .fresh = mix(early, srgb(232, 206, 164), 0.6f), .inside = srgb(26, 16, 10), .depth = 0.9f};

  struct Knot {
    cv::Point2d at;
    double radius;
  };
  std::vector<Knot> knots;
  const int count = rng.chance(0.35) ? static_cast<int>(1 + rng.integer(2)) : 0;
  for (int i = 0; i < count; ++i)
    knots.push_back({{canvas.width * rng.uniform(0.1, 0.9), canvas.height * rng.uniform(0.1, 0.9)},
                     unit * rng.uniform(0.015, 0.05)});

  // The board cuts the growth rings at some distance from the pith: few wide arches or many straight lines.
  const double ring = unit * rng.uniform(0.02, 0.09), pith = canvas.height * rng.uniform(-0.6, 1.6),
               depth = unit * rng.uniform(0.0, 0.8);
  const double taper = rng.uniform(-0.25, 0.25);
  const cv::Mat bend = fractal_noise(canvas, {unit * 1.4, unit * 0.35}, 3, rng);
  const cv::Mat fibre = fractal_noise(canvas, {unit * 0.22, 1.4}, 2, rng);
  const cv::Mat streak = fractal_noise(canvas, {unit * 0.8, unit * 0.03}, 3, rng);
  const cv::Mat pore = fractal_noise(canvas, {std::max(3.0, unit * 0.035), 1.0}, 1, rng);
  const cv::Mat cloud = fractal_noise(canvas, {unit * 0.5, unit * 0.3}, 3, rng);
  const double wander = ring * rng.uniform(0.8, 3.0), contrast = rng.uniform(0.35, 0.9);
  const auto pore_level = static_cast<float>(0.75 - 0.18 * kind.pores);
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const double across = y - pith + taper * (x - canvas.width / 2.0) + wander * bend.at<float>(y, x) * 1.6;
      double rings = std::hypot(across, depth + 0.25 * (x - canvas.width / 2.0) * taper) / ring;
      float dark = 0, core = 0;
      for (const auto& knot : knots) {
        const double dx = (x - knot.at.x) / 2.2, dy = y - knot.at.y, r = std::hypot(dx, dy) / knot.radius;
        if (r > 9) continue;
        rings += (dy > 0 ? 1 : -1) * 1.6 * knot.radius / ring * std::exp(-r * r / 8) *
                 std::min(1.0, std::abs(dy) / knot.radius);
        const float in =
            1 - smooth_step(0.8f, 1.25f,
                            static_cast<float>(std::hypot(x - knot.at.x, dy * 1.15) / knot.radius +
                                               0.25 * cloud.at<float>(y, x)));
        if (in > core) core = in, rings = in * (r * 7) + (1 - in) * rings;
        dark = std::max(dark, static_cast<float>(std::exp(-r * r * 0.45)));
      }
      // Early wood passes slowly into the dark late wood, which ends sharply.
      const double phase = rings - std::floor(rings);
      const double late_wood =
          std::pow(phase, 2.2) * (1 - smooth_step(0.93f, 1.0f, static_cast<float>(phase)));
      const double texture =
          1 + 0.11 * fibre.at<float>(y, x) + 0.13 * streak.at<float>(y, x) + 0.07 * cloud.at<float>(y, x);
      cv::Vec3f colour =
          mix(early, late,
              static_cast<float>(std::min(1.0, contrast * late_wood + 0.15 * (1 + streak.at<float>(y, x)))));
      colour = mix(colour, late * 0.42f, std::min(1.0f, 0.35f * dark + 0.6f * core));
      const float vessel =
          smooth_step(pore_level, pore_level + 0.25f, pore.at<float>(y, x)) * static_cast<float>(kind.pores);
      surface.albedo.at<cv::Vec3f>(y, x) = colour * static_cast<float>(texture * (1 - 0.4 * vessel));
      surface.height.at<float>(y, x) =
          static_cast<float>(0.35 * fibre.at<float>(y, x) - 0.5 * vessel + 0.25 * late_wood);
    }
  }
  return view(surface, frame, rng.uniform(-0.1, 0.1) + (rng.chance(0.5) ? M_PI / 2 : 0), 0.06, 1, rng);
}

}  // namespace unidg::procedural
