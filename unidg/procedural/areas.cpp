// Defects that change the relief of an area: hole, breakage, dent, bubble.
#include <cmath>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/defects.h"

namespace unidg::procedural {
namespace {

using dataset::blob_field;
using dataset::blob_window;
using dataset::BlobShape;
using dataset::smooth_step;

/// Loose thread ends around a hole, drawn as light raised strokes.
cv::Rect fray(Surface& surface, cv::Point2d centre, double radius, const cv::Vec3f& colour, Rng& rng) {
  std::vector<std::vector<dataset::StrokePoint>> threads;
  const double unit = unit_of(surface);
  const int count = static_cast<int>(3 + rng.integer(6));
  for (int i = 0; i < count; ++i) {
    const double angle = rng.uniform(0, 2 * M_PI);
    const cv::Point2d from =
        centre + radius * rng.uniform(0.75, 1.05) * cv::Point2d(std::cos(angle), std::sin(angle));
    threads.push_back(dataset::random_stroke(from, angle + M_PI + rng.uniform(-0.9, 0.9),
                                             {.length = radius * rng.uniform(0.25, 0.75),
                                              .width = std::max(1.6, unit * rng.uniform(0.008, 0.014)),
                                              .bend = 0.9,
                                              .jitter = 0.15,
                                              .step = std::max(1.5, radius * 0.12)},
                                             rng));
  }
  const cv::Rect window = dataset::stroke_window(threads, 1.5, surface.size());
  if (window.area() == 0) return window;
  const cv::Mat distance = dataset::stroke_distance(threads, window, 1.5f);
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const float on = 1 - smooth_step(0.5f, 1.3f, distance.at<float>(y, x));
      if (on <= 0) continue;
      cover(surface, x + window.x, y + window.y, colour, 0.02f, 0.9f * on);
      surface.height.at<float>(y + window.y, x + window.x) += static_cast<float>(0.006 * unit) * on;
    }
  }
  return window;
}

}  // namespace

cv::Rect paint_hole(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), radius = unit * rng.uniform(0.02, 0.085) * std::sqrt(strength);
  const auto centre = place_on(surface, radius * 1.2, rng);
  if (!centre) return {};
  const cv::Vec3f dye = surface.albedo.at<cv::Vec3f>(cv::Point(*centre)) * 1.15f;  // before it is gone
  const bool is_textile = surface.material.depth == 0.8f;
  const BlobShape shape{*centre,
                        radius * rng.uniform(0.8, 1.25),
                        radius,
                        rng.uniform(0, M_PI),
                        is_textile ? 0.45 : rng.uniform(0.02, 0.35),
                        0.6};
  cv::Rect window = blob_window(shape, surface.size());
  const cv::Mat field = blob_field(shape, window, rng);
  const auto soft = static_cast<float>(0.8 / radius);
  const auto rim = static_cast<float>(rng.uniform(0.05, 0.18));
  const double lip = radius * rng.uniform(-0.12, 0.15) * surface.material.depth,
               depth = std::min(6.0, 0.4 * radius);
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x), here = on_product(surface, px, py),
                  open = here * smooth_step(-soft, soft, f);
      const float edge = here * std::exp(-f * f / (rim * rim));
      cover(surface, px, py, surface.material.fresh, surface.material.fresh_gloss, 0.55f * edge);
      // Light reaches a little way down the wall.
      cover(surface, px, py, surface.material.inside * (1 + 2.2f * std::exp(-6 * std::max(f, 0.0f))), 0,
            open);
      surface.height.at<float>(py, px) += static_cast<float>(lip * edge - depth * open);
    }
  }
  if (is_textile && radius > 3) window |= fray(surface, *centre, radius, dye, rng);
  return window;
}

cv::Rect paint_breakage(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), radius = unit * rng.uniform(0.03, 0.11) * std::sqrt(strength);
  auto centre = place_on(surface, 2, rng);
  if (!centre) return {};
  // Walk to the product's edge where there is one: pieces break off there.
  const double angle = rng.uniform(0, 2 * M_PI);
  const cv::Rect frame({0, 0}, surface.size());
  for (cv::Point2d at = *centre; frame.contains(cv::Point(at));
       at += cv::Point2d(std::cos(angle), std::sin(angle))) {
    if (surface.product.at<std::uint8_t>(cv::Point(at)) > 127) continue;
    centre = at;
    break;
  }
  const BlobShape shape{
      *centre, radius * rng.uniform(0.9, 1.7), radius, rng.uniform(0, M_PI), rng.uniform(0.35, 0.7), 0.7};
  const cv::Rect window = blob_window(shape, surface.size());
  const cv::Mat field = blob_field(shape, window, rng);
  // Broken faces are facets: a coarse noise with creases, and grain on it.
  const cv::Mat facet = dataset::fractal_noise(window.size(), {radius * 0.7, radius * 0.7}, 4, rng);
  const cv::Mat grain = dataset::fractal_noise(window.size(), {1.6, 1.6}, 1, rng);
  const double depth = radius * rng.uniform(0.25, 0.5) * strength;
  const auto dim = static_cast<float>(rng.uniform(0.75, 1.05));
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x),
                  out = on_product(surface, px, py) * smooth_step(-0.02f, 0.05f, f);
      if (out <= 0) continue;
      const float crease = std::abs(facet.at<float>(y, x));
      cover(surface, px, py,
            surface.material.fresh * (dim * (0.85f + 0.5f * crease + 0.08f * grain.at<float>(y, x))), 0.01f,
            out);
      const double bowl = depth * std::min(1.0, 0.35 + 1.4 * f);
      surface.height.at<float>(py, px) -=
          static_cast<float>(out * (bowl - 0.8 * depth * crease - 0.25 * grain.at<float>(y, x)));
    }
  }
  return window;
}

cv::Rect paint_dent(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), radius = unit * rng.uniform(0.03, 0.1);
  const auto centre = place_on(surface, radius, rng);
  if (!centre) return {};
  const bool is_nick = rng.chance(0.35);  // struck by an edge: long and narrow
  const BlobShape shape{*centre,
                        radius * (is_nick ? 1.3 : rng.uniform(0.9, 1.3)),
                        radius * (is_nick ? 0.28 : 0.9),
                        rng.uniform(0, M_PI),
                        rng.uniform(0.05, 0.25),
                        0.9};
  const cv::Rect window = blob_window(shape, surface.size());
  const cv::Mat field = blob_field(shape, window, rng);
  const double depth =
      radius * rng.uniform(0.22, 0.5) * strength * (is_nick ? 0.5 : 1) * surface.material.depth;
  const auto scuffed = static_cast<float>(rng.uniform(0.0, 0.25));
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x), here = on_product(surface, px, py),
                  in = smooth_step(-0.05f, 0.9f, f);
      const float rim = std::exp(-50 * (f + 0.02f) * (f + 0.02f));
      surface.height.at<float>(py, px) += here * static_cast<float>(depth * (0.12 * rim - in));
      cover(surface, px, py, surface.material.fresh, surface.material.fresh_gloss, here * scuffed * in);
    }
  }
  return window;
}

cv::Rect paint_bubble(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), spread = unit * rng.uniform(0.02, 0.1);
  const auto centre = place_on(surface, spread, rng);
  if (!centre) return {};
  const int count = static_cast<int>(1 + rng.integer(6));
  cv::Rect touched;
  const double rise = rng.uniform(0.35, 0.7) * strength;
  for (int i = 0; i < count; ++i) {
    const double radius = std::max(2.5, unit * rng.uniform(0.012, i == 0 ? 0.055 : 0.028));
    const cv::Point2d at =
        *centre + (i == 0 ? cv::Point2d(0, 0) : 1.3 * spread * cv::Point2d(rng.normal(), rng.normal()));
    const BlobShape shape{at, radius * rng.uniform(0.9, 1.2), radius, rng.uniform(0, M_PI), 0.06, 1};
    const cv::Rect window = blob_window(shape, surface.size());
    if (window.area() == 0) continue;
    const cv::Mat field = blob_field(shape, window, rng);
    for (int y = 0; y < window.height; ++y) {
      for (int x = 0; x < window.width; ++x) {
        const int px = x + window.x, py = y + window.y;
        const float f = std::max(0.0f, field.at<float>(y, x)), here = on_product(surface, px, py);
        surface.height.at<float>(py, px) +=
            here * static_cast<float>(rise * radius * std::sqrt(std::max(0.0f, 1 - (1 - f) * (1 - f))));
        auto& gloss = surface.gloss.at<float>(py, px);
        gloss = std::min(0.8f, gloss * (1 + here * 1.2f * std::min(1.0f, 4 * f)));
      }
    }
    touched = touched.area() == 0 ? window : touched | window;
  }
  return touched;
}

}  // namespace unidg::procedural
