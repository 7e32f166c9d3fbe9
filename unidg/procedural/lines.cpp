// Defects along a line: scratch, crack, cut, fold.
#include <cmath>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/defects.h"

namespace unidg::procedural {
namespace {

using dataset::random_stroke;
using dataset::smooth_step;
using dataset::StrokePoint;
using dataset::StrokeShape;
using Strokes = std::vector<std::vector<StrokePoint>>;

/// A stroke whose middle lies at `centre`.
std::vector<StrokePoint> centred_stroke(cv::Point2d centre, double angle, const StrokeShape& shape,
                                        Rng& rng) {
  auto stroke = random_stroke({0, 0}, angle, shape, rng);
  const cv::Point2d shift = centre - stroke[stroke.size() / 2].at;
  for (auto& point : stroke) point.at += shift;
  return stroke;
}

/// Calls `change(x, y, q)` for every pixel within `reach` half widths; q is the distance in half widths.
template <typename Change>
cv::Rect along(const Strokes& strokes, double reach, const Surface& surface, Change change) {
  const cv::Rect window = dataset::stroke_window(strokes, reach, surface.size());
  if (window.area() == 0) return window;
  const cv::Mat distance = dataset::stroke_distance(strokes, window, static_cast<float>(reach));
  for (int y = 0; y < window.height; ++y)
    for (int x = 0; x < window.width; ++x)
      if (distance.at<float>(y, x) < reach) change(x + window.x, y + window.y, distance.at<float>(y, x));
  return window;
}

}  // namespace

cv::Rect paint_scratch(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface);
  const auto centre = place_on(surface, unit * 0.1, rng);
  if (!centre) return {};
  const double width = std::max(1.5, unit * rng.uniform(0.005, 0.014)) * std::sqrt(strength);
  const double angle = rng.uniform(0, M_PI);
  const int count = rng.chance(0.6) ? 1 : static_cast<int>(2 + rng.integer(4));
  Strokes strokes;
  for (int i = 0; i < count; ++i) {
    const StrokeShape shape{.length = unit * rng.uniform(0.1, 0.55),
                            .width = width * (i == 0 ? 1 : rng.uniform(0.4, 0.9)),
                            .bend = rng.uniform(0, 0.5),
                            .jitter = rng.uniform(0, 0.08),
                            .step = std::max(2.0, unit * 0.012)};
    const cv::Point2d shift =
        i == 0 ? cv::Point2d(0, 0) : unit * 0.04 * cv::Point2d(rng.normal(), rng.normal());
    strokes.push_back(centred_stroke(*centre + shift, angle + 0.12 * i * rng.normal(), shape, rng));
  }
  // The tool skips: the groove fades out and returns along its way.
  const cv::Mat skip = dataset::fractal_noise(surface.size(), {unit * 0.05, unit * 0.05}, 2, rng);
  const double depth = 0.55 * width * surface.material.depth * rng.uniform(0.5, 1.2) * strength;
  const auto raw = static_cast<float>(std::min(0.95, rng.uniform(0.5, 0.95) * strength));
  const bool is_dirty = rng.chance(0.3);  // an old scratch holds dirt
  const cv::Vec3f colour = is_dirty ? surface.material.fresh * 0.18f : surface.material.fresh;
  return along(strokes, 3.2, surface, [&](int x, int y, float q) {
    const float pressed = on_product(surface, x, y) * smooth_step(-0.75f, -0.1f, skip.at<float>(y, x));
    const double groove = std::exp(-1.4 * q * q), lip = std::exp(-4 * (q - 1.5) * (q - 1.5));
    surface.height.at<float>(y, x) -= static_cast<float>(depth * pressed * (groove - 0.4 * lip));
    cover(surface, x, y, colour, surface.material.fresh_gloss,
          raw * pressed * static_cast<float>(std::exp(-1.1 * q * q * q * q)));
  });
}

cv::Rect paint_crack(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface);
  const auto centre = place_on(surface, unit * 0.05, rng);
  if (!centre) return {};
  const double width =
      std::max(1.4, unit * rng.uniform(0.004, 0.012)) * std::sqrt(strength) * (surface.grain ? 1.4 : 1.0);
  const bool splits = surface.grain.has_value();  // wood opens along its fibres, nearly straight
  const double angle = splits ? *surface.grain + 0.06 * rng.normal() : rng.uniform(0, 2 * M_PI);
  const StrokeShape trunk{.length = unit * rng.uniform(0.18, 0.65),
                          .width = width,
                          .bend = rng.uniform(0.1, 0.7) * (splits ? 0.3 : 1),
                          .jitter = rng.uniform(0.25, 0.6) * (splits ? 0.35 : 1),
                          .step = std::max(2.0, unit * 0.014)};
  Strokes strokes = {centred_stroke(*centre, angle, trunk, rng)};
  const int branches = rng.chance(0.3) ? 0 : static_cast<int>(1 + rng.integer(4));
  for (int i = 0; i < branches; ++i) {
    const auto& from = rng.pick(strokes[0]);
    StrokeShape twig = trunk;
    twig.length *= rng.uniform(0.12, 0.45), twig.width = from.width * rng.uniform(0.4, 0.8);
    strokes.push_back(random_stroke(
        from.at, angle + rng.uniform(0.4, 1.2) * (splits ? 0.2 : 1.0) * (rng.chance(0.5) ? 1 : -1), twig,
        rng));
    strokes.back().front().width = twig.width;
  }
  const double offset =
      unit * 0.006 * rng.uniform(-1, 1) * surface.material.depth;  // one side stands a little higher
  const auto dark = static_cast<float>(std::min(1.0, rng.uniform(0.7, 1.0) * strength));
  const cv::Point2d across(-std::sin(angle), std::cos(angle));
  return along(strokes, 5, surface, [&](int x, int y, float q) {
    const float here = on_product(surface, x, y);
    const float open = 1 - smooth_step(0.45f, 1.15f, q);
    cover(surface, x, y, surface.material.fresh, 0, 0.35f * here * std::exp(-3.0f * (q - 1.4f) * (q - 1.4f)));
    cover(surface, x, y, surface.material.inside, 0, here * dark * open);
    const double side = (cv::Point2d(x, y) - *centre).dot(across) > 0 ? 1 : -1;
    surface.height.at<float>(y, x) -=
        here * static_cast<float>(0.6 * width * open - side * offset * std::exp(-0.5 * q));
  });
}

cv::Rect paint_cut(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface);
  const auto centre = place_on(surface, unit * 0.08, rng);
  if (!centre) return {};
  const double length = unit * rng.uniform(0.1, 0.4),
               width = std::max(2.0, length * rng.uniform(0.035, 0.13)) * std::sqrt(strength);
  const double angle = rng.uniform(0, M_PI);
  const StrokeShape shape{.length = length,
                          .width = width,
                          .bend = rng.uniform(0, 0.25),
                          .jitter = 0.02,
                          .step = std::max(2.0, unit * 0.015)};
  const Strokes strokes = {centred_stroke(*centre, angle, shape, rng)};
  const cv::Mat fray = dataset::fractal_noise(
      surface.size(), {std::max(2.0, unit * 0.012), std::max(2.0, unit * 0.012)}, 2, rng);
  const double lip = 0.35 * width * rng.uniform(0.5, 1.2) * strength;
  return along(strokes, 3.5, surface, [&](int x, int y, float q) {
    const float here = on_product(surface, x, y), edge = q + 0.3f * fray.at<float>(y, x);
    const float open = 1 - smooth_step(0.7f, 1.0f, edge);
    const float lips = std::exp(-5 * (edge - 1.35f) * (edge - 1.35f));
    cover(surface, x, y, surface.material.fresh * (1 + 0.3f * fray.at<float>(y, x)), 0,
          0.6f * here * std::exp(-14 * (edge - 1.0f) * (edge - 1.0f)));
    cover(surface, x, y, surface.material.inside, 0, here * open);
    surface.height.at<float>(y, x) += here * static_cast<float>(lip * lips - 1.2 * lip * open);
  });
}

cv::Rect paint_fold(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface);
  const auto centre = place_on(surface, unit * 0.1, rng);
  if (!centre) return {};
  const double width = unit * rng.uniform(0.025, 0.06), angle = rng.uniform(0, M_PI);
  const int count = static_cast<int>(1 + rng.integer(2));
  Strokes strokes;
  for (int i = 0; i < count; ++i) {
    const StrokeShape shape{.length = unit * rng.uniform(0.3, 0.8),
                            .width = width * rng.uniform(0.7, 1.2),
                            .bend = rng.uniform(0.1, 0.7),
                            .jitter = 0.02,
                            .step = std::max(3.0, unit * 0.03)};
    const cv::Point2d beside = i * width * 2.2 * cv::Point2d(-std::sin(angle), std::cos(angle));
    strokes.push_back(centred_stroke(*centre + beside, angle, shape, rng));
  }
  const double rise = width * rng.uniform(0.5, 0.9) * strength * (rng.chance(0.7) ? 1 : -1);
  const auto worn = static_cast<float>(rng.uniform(0.0, 0.3));
  return along(strokes, 2.6, surface, [&](int x, int y, float q) {
    const float here = on_product(surface, x, y);
    surface.height.at<float>(y, x) += here * static_cast<float>(rise * std::exp(-1.6 * q * q));
    surface.albedo.at<cv::Vec3f>(y, x) *= 1 + here * (worn - 0.12f) * std::exp(-2 * q * q);
  });
}

}  // namespace unidg::procedural
