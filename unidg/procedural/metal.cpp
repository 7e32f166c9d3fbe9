#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

using dataset::fractal_noise;
using dataset::smooth_step;

cv::Vec3f metal_colour(Rng& rng) {
  static const std::vector<cv::Vec3f> colours = {
      srgb(168, 170, 172), srgb(190, 191, 190), srgb(140, 143, 148), srgb(178, 176, 170),
      srgb(196, 164, 104), srgb(188, 128, 96),  srgb(120, 122, 126)};
  return vary(rng.pick(colours), 0.12, rng);
}

Material metal_material(const cv::Vec3f& colour) {
  return {.fresh = mix(colour, {0.85f, 0.85f, 0.86f}, 0.6f),
          .inside = srgb(14, 14, 16),
          .fresh_gloss = 0.6f,
          .depth = 1};
}

struct Hole {
  cv::Point2d at;
  double radius;
};

/// Drills holes: dark inside, a chamfered rim.
void drill(Surface& surface, const std::vector<Hole>& holes, double chamfer) {
  for (const auto& hole : holes) {
    const double reach = hole.radius + chamfer + 2;
    const cv::Rect box = cv::Rect(static_cast<int>(hole.at.x - reach), static_cast<int>(hole.at.y - reach),
                                  static_cast<int>(2 * reach) + 2, static_cast<int>(2 * reach) + 2) &
                         cv::Rect({0, 0}, surface.size());
    for (int y = box.y; y < box.br().y; ++y) {
      for (int x = box.x; x < box.br().x; ++x) {
        const double d = std::hypot(x - hole.at.x, y - hole.at.y) - hole.radius;
        const float in = coverage(d);
        auto& albedo = surface.albedo.at<cv::Vec3f>(y, x);
        const float wall = smooth_step(-0.5f * static_cast<float>(hole.radius), 0, static_cast<float>(d));
        albedo = mix(albedo, surface.material.inside * (1 + 2.5f * wall), in);
        surface.gloss.at<float>(y, x) *= 1 - in;
        if (d < chamfer)
          surface.height.at<float>(y, x) += static_cast<float>(0.8 * (std::max(d, -1.0) - chamfer));
        if (in > 0.5f) surface.product.at<std::uint8_t>(y, x) = 0;
      }
    }
  }
}

/// Turned surface: rings of tool marks, the bow-tie of light that they throw, an outer and an inner edge.
void turn(Surface& surface, cv::Point2d centre, const std::vector<float>& rings, double bow,
          double strength) {
  for (int y = 0; y < surface.size().height; ++y) {
    for (int x = 0; x < surface.size().width; ++x) {
      const double dx = x - centre.x, dy = y - centre.y, radius = std::hypot(dx, dy);
      const auto ring = std::min(rings.size() - 2, static_cast<std::size_t>(radius * 2));
      const double cosine = radius > 1 ? (dx * std::cos(bow) + dy * std::sin(bow)) / radius : 0.7;
      const double fan = std::pow(cosine * cosine, 6) + 0.35 * std::pow(1 - cosine * cosine, 4);
      const auto light = static_cast<float>(0.82 + strength * fan + rings[ring] * (0.5 + fan));
      surface.albedo.at<cv::Vec3f>(y, x) *= light;
    }
  }
}

}  // namespace

Surface draw_metal_plate(cv::Size frame, Rng& rng) {
  const cv::Size canvas = with_margin(frame);
  const double unit = std::min(frame.width, frame.height);
  const cv::Vec3f colour = metal_colour(rng);
  Surface surface = flat_surface(canvas, colour, static_cast<float>(rng.uniform(0.05, 0.22)));
  surface.material = metal_material(colour);
  surface.sharpness = 4;

  // Brush marks: long streaks at two scales; worn areas differ slowly.
  const bool is_ground = rng.chance(0.25);  // ground sheets show short marks in all directions
  const double length = is_ground ? unit * 0.03 : unit * rng.uniform(0.3, 1.2);
  const cv::Mat fine = fractal_noise(canvas, {length, 1.2}, 1, rng);
  const cv::Mat broad = fractal_noise(canvas, {2 * length, std::max(2.0, unit * 0.012)}, 3, rng);
  const cv::Mat cloud = fractal_noise(canvas, {unit * 0.5, unit * 0.4}, 3, rng);
  const double fine_amount = rng.uniform(0.05, 0.16), broad_amount = rng.uniform(0.04, 0.12),
               band = rng.uniform(0.0, 0.35);
  const double band_at = rng.uniform(0.1, 0.9) * canvas.height,
               band_width = rng.uniform(0.12, 0.4) * canvas.height;
  for (int y = 0; y < canvas.height; ++y) {
    const double v = (y - band_at) / band_width;
    const double sheen = 1 + band * (std::exp(-v * v) - 0.4);  // the brushed sheet's stripe of light
    for (int x = 0; x < canvas.width; ++x) {
      const double marks = fine_amount * fine.at<float>(y, x) + broad_amount * broad.at<float>(y, x);
      surface.albedo.at<cv::Vec3f>(y, x) *=
          static_cast<float>(sheen * (1 + marks + 0.06 * cloud.at<float>(y, x)));
      surface.height.at<float>(y, x) = static_cast<float>(0.25 * fine_amount * fine.at<float>(y, x));
    }
  }
  if (rng.chance(0.35)) {
    std::vector<Hole> holes;
    const double radius = unit * rng.uniform(0.025, 0.07), step = unit * rng.uniform(0.28, 0.5);
    const int count = static_cast<int>(1 + rng.integer(4));
    const cv::Point2d first(canvas.width * rng.uniform(0.2, 0.5), canvas.height * rng.uniform(0.2, 0.8));
    for (int i = 0; i < count; ++i)
      holes.push_back({first + cv::Point2d(step * (i % 2), step * (i / 2)), radius});
    drill(surface, holes, std::max(1.0, radius * 0.15));
  }
  return view(surface, frame, rng.uniform(-0.12, 0.12) + (rng.chance(0.5) ? M_PI / 2 : 0), 0.06, 1, rng);
}

Surface draw_metal_disc(cv::Size frame, Rng& rng) {
  const double unit = std::min(frame.width, frame.height);
  const cv::Point2d centre(frame.width * rng.uniform(0.47, 0.53), frame.height * rng.uniform(0.47, 0.53));
  const double outer = unit * rng.uniform(0.36, 0.46), edge = std::max(1.5, outer * rng.uniform(0.02, 0.07));
  const int corners = rng.chance(0.3) ? 6 : 0;  // a nut
  const double turned = rng.uniform(0, 2 * M_PI);
  const auto outline = [&](double x, double y) {  // signed distance of the outer edge
    const double dx = x - centre.x, dy = y - centre.y, radius = std::hypot(dx, dy);
    if (corners == 0) return radius - outer;
    const double sector = 2 * M_PI / corners;
    const double angle = std::remainder(std::atan2(dy, dx) - turned, sector);
    return std::max(radius * std::cos(angle) - outer * std::cos(sector / 2) * 1.06, radius - outer);
  };

  cv::Mat object = cv::Mat::zeros(frame, CV_8UC1);
  cv::Mat distance(frame, CV_32FC1);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const double d = outline(x, y);
      distance.at<float>(y, x) = static_cast<float>(d);
      object.at<std::uint8_t>(y, x) = cv::saturate_cast<std::uint8_t>(255 * coverage(d));
    }
  }
  static const std::vector<cv::Vec3f> grounds = {srgb(28, 29, 31), srgb(52, 56, 60), srgb(214, 213, 208),
                                                 srgb(90, 96, 104), srgb(38, 60, 84)};
  Surface surface = ground_under(object, vary(rng.pick(grounds), 0.1, rng), unit * 0.03, rng);

  const cv::Vec3f colour = metal_colour(rng);
  Surface metal = flat_surface(frame, colour, static_cast<float>(rng.uniform(0.1, 0.3)));
  const cv::Mat cloud = fractal_noise(frame, {unit * 0.3, unit * 0.3}, 4, rng);
  std::vector<float> rings(static_cast<std::size_t>(2 * unit * 1.5) + 4);
  const cv::Mat ring_noise =
      fractal_noise({static_cast<int>(rings.size()), 1}, {rng.uniform(3, 14), 1}, 3, rng);
  const double marks = rng.uniform(0.05, 0.2);
  for (std::size_t i = 0; i < rings.size(); ++i)
    rings[i] = static_cast<float>(marks * ring_noise.at<float>(0, static_cast<int>(i)));
  turn(metal, centre, rings, rng.uniform(0, 2 * M_PI), rng.uniform(0.15, 0.45));

  // Steps turned into the face: a rim, a groove, a hub.
  const double bore = outer * rng.uniform(0.18, 0.45), rim = outer * rng.uniform(0.78, 0.92);
  const double step = edge * rng.uniform(0.4, 1.0) * (rng.chance(0.5) ? 1 : -1);
  const bool has_rim = rng.chance(0.7);
  surface.height.setTo(-0.9 * edge);  // no step where the chamfer meets the ground
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const float d = distance.at<float>(y, x), in = coverage(d);
      if (in == 0) continue;
      const double radius = std::hypot(x - centre.x, y - centre.y);
      double height = std::min(0.0, -d - edge) * 0.9;  // outer chamfer
      if (has_rim)
        height += step * smooth_step(static_cast<float>(rim - edge), static_cast<float>(rim),
                                     static_cast<float>(radius));
      auto& albedo = surface.albedo.at<cv::Vec3f>(y, x);
      albedo = mix(albedo, metal.albedo.at<cv::Vec3f>(y, x) * (1 + 0.07f * cloud.at<float>(y, x)), in);
      surface.height.at<float>(y, x) = static_cast<float>(height);
      surface.gloss.at<float>(y, x) = in * metal.gloss.at<float>(y, x);
    }
  }
  surface.product = object;
  surface.material = metal_material(colour);
  surface.sharpness = 4;

  const cv::Vec3f ground = surface.albedo.at<cv::Vec3f>(1, 1);
  const cv::Vec3f steel_inside = surface.material.inside;
  surface.material.inside = ground * 0.35f;  // the ground in shade shows through a bore
  std::vector<Hole> holes = {{centre, bore}};
  if (rng.chance(0.7)) {
    const int count = static_cast<int>(3 + rng.integer(6));
    const double circle = (bore + outer * 0.86) / 2,
                 radius = std::min(outer * rng.uniform(0.05, 0.1), (outer * 0.86 - bore) * 0.3);
    for (int i = 0; i < count; ++i) {
      const double angle = turned + 2 * M_PI * i / count;
      holes.push_back({centre + circle * cv::Point2d(std::cos(angle), std::sin(angle)), radius});
    }
  }
  drill(surface, holes, std::max(1.0, edge * 0.6));
  surface.material.inside = steel_inside;
  return view(surface, frame, rng.uniform(-0.1, 0.1), 0.05, 1, rng);
}

}  // namespace unidg::procedural
