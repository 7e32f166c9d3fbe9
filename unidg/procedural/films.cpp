// Defects that lie on the surface or discolour it: stain, rust, glue, contamination, missing print or parts.
#include <cmath>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/defects.h"

namespace unidg::procedural {
namespace {

using dataset::blob_field;
using dataset::blob_window;
using dataset::BlobShape;
using dataset::fractal_noise;
using dataset::smooth_step;

cv::Rect join(const cv::Rect& a, const cv::Rect& b) { return a.area() == 0 ? b : b.area() == 0 ? a : a | b; }

/// A crumb with its own shape and shadow.
cv::Rect crumb(Surface& surface, cv::Point2d at, double radius, const cv::Vec3f& colour, float gloss,
               Rng& rng) {
  const BlobShape shape{
      at, radius * rng.uniform(0.9, 1.8), radius, rng.uniform(0, M_PI), rng.uniform(0.2, 0.7), 0.8};
  const cv::Rect window = blob_window(shape, surface.size());
  if (window.area() == 0) return window;
  const cv::Mat field = blob_field(shape, window, rng);
  const cv::Mat grain =
      fractal_noise(window.size(), {std::max(1.5, radius * 0.3), std::max(1.5, radius * 0.3)}, 2, rng);
  const auto edge = static_cast<float>(0.7 / radius);
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x), on = smooth_step(-edge, edge, f);
      surface.albedo.at<cv::Vec3f>(py, px) *= 1 - 0.4f * std::exp(-18 * f * f) * (1 - on);  // contact shadow
      cover(surface, px, py, colour * (1 + 0.16f * grain.at<float>(y, x)), gloss, on);
      surface.height.at<float>(py, px) +=
          on * static_cast<float>(radius * (0.55 * std::sqrt(std::max(0.0f, std::min(f, 1.0f))) +
                                            0.06 * grain.at<float>(y, x)));
    }
  }
  return window;
}

cv::Rect fibre(Surface& surface, cv::Point2d at, const cv::Vec3f& colour, Rng& rng) {
  const double unit = unit_of(surface), width = std::max(1.5, unit * rng.uniform(0.005, 0.011));
  const std::vector<std::vector<dataset::StrokePoint>> strokes = {
      dataset::random_stroke(at, rng.uniform(0, 2 * M_PI),
                             {.length = unit * rng.uniform(0.15, 0.5),
                              .width = width,
                              .bend = rng.uniform(1, 4),
                              .jitter = 0.05,
                              .step = std::max(1.5, unit * 0.01),
                              .taper = 0.3},
                             rng)};
  const cv::Rect window = dataset::stroke_window(strokes, 4, surface.size());
  if (window.area() == 0) return window;
  const cv::Mat distance = dataset::stroke_distance(strokes, window, 4.0f);
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float q = distance.at<float>(y, x), on = 1 - smooth_step(0.55f, 1.25f, q);
      surface.albedo.at<cv::Vec3f>(py, px) *= 1 - 0.3f * std::exp(-0.5f * q * q) * (1 - on);
      cover(surface, px, py, colour, 0.08f, 0.95f * on);
      surface.height.at<float>(py, px) +=
          on * static_cast<float>(0.45 * width * std::sqrt(std::max(0.0f, 1 - q * q * 0.6f)));
    }
  }
  return window;
}

}  // namespace

cv::Rect paint_stain(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), radius = unit * rng.uniform(0.04, 0.15);
  const auto centre = place_on(surface, radius * 0.7, rng);
  if (!centre) return {};
  static const std::vector<cv::Vec3f> tints = {srgb(150, 104, 60),  srgb(60, 52, 46),  srgb(190, 150, 60),
                                               srgb(64, 70, 120),   srgb(132, 40, 40), srgb(40, 36, 32),
                                               srgb(220, 214, 200), srgb(90, 130, 90)};
  const cv::Vec3f tint = rng.pick(tints);
  const BlobShape shape{
      *centre, radius * rng.uniform(0.9, 1.5), radius, rng.uniform(0, M_PI), rng.uniform(0.5, 1.0), 0.8};
  const cv::Rect window = blob_window(shape, surface.size());
  const cv::Mat field = blob_field(shape, window, rng);
  const cv::Mat uneven = fractal_noise(window.size(), {radius * 0.6, radius * 0.6}, 3, rng);
  const auto soft = static_cast<float>(rng.uniform(0.04, 0.5)),
             opacity = static_cast<float>(std::min(0.9, rng.uniform(0.35, 0.75) * strength));
  const auto ring = static_cast<float>(rng.chance(0.4) ? rng.uniform(0.2, 0.6) : 0.0);  // a dried edge
  const bool soaks = rng.chance(0.65);  // multiplies the colour beneath instead of covering it
  const auto wet = static_cast<float>(rng.uniform(-0.7, 0.6));
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x), here = on_product(surface, px, py);
      const float body = smooth_step(0, soft, f) * (1 + 0.4f * uneven.at<float>(y, x)),
                  edge = std::exp(-120 * (f - 0.06f) * (f - 0.06f));
      const float amount = std::min(1.0f, here * opacity * std::max(0.0f, body + ring * edge));
      auto& albedo = surface.albedo.at<cv::Vec3f>(py, px);
      albedo = mix(albedo, soaks ? albedo.mul(mix(tint * 1.3f, {0.5f, 0.5f, 0.5f}, 0.15f)) : tint, amount);
      surface.gloss.at<float>(py, px) *= 1 + wet * amount;
    }
  }
  return window;
}

cv::Rect paint_rust(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), radius = unit * rng.uniform(0.03, 0.13) * std::sqrt(strength);
  const auto centre = place_on(surface, radius * 0.7, rng);
  if (!centre) return {};
  const BlobShape shape{
      *centre, radius * rng.uniform(0.9, 1.8), radius, rng.uniform(0, M_PI), rng.uniform(0.7, 1.1), 0.7};
  const cv::Rect window = blob_window(shape, surface.size());
  const cv::Mat field = blob_field(shape, window, rng);
  const cv::Mat patch = fractal_noise(window.size(), {radius * 0.4, radius * 0.4}, 4, rng);
  const cv::Mat grain =
      fractal_noise(window.size(), {std::max(1.5, unit * 0.014), std::max(1.5, unit * 0.014)}, 3, rng);
  const cv::Vec3f bright = srgb(158, 92, 48), brown = srgb(112, 62, 36), dark = srgb(66, 40, 30);
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x), here = on_product(surface, px, py);
      // Solid within; towards the edge it breaks up into spots, under a thin yellow bloom.
      const float spots =
          smooth_step(0.05f, 0.35f, f + 0.55f * grain.at<float>(y, x) + 0.2f * patch.at<float>(y, x));
      const float bloom = 0.4f * smooth_step(-0.25f, 0.3f, f);
      const float tone = 0.5f + 0.7f * patch.at<float>(y, x) + 0.12f * grain.at<float>(y, x);
      const cv::Vec3f colour = tone < 0.5f ? mix(dark, brown, std::max(0.0f, 2 * tone))
                                           : mix(brown, bright, std::min(1.0f, 2 * tone - 1));
      cover(surface, px, py, surface.albedo.at<cv::Vec3f>(py, px).mul({1.0f, 0.72f, 0.42f}), 0.02f,
            here * bloom);
      cover(surface, px, py, colour, 0.01f, here * 0.95f * spots);
      surface.height.at<float>(py, px) += here * spots * static_cast<float>(unit * 0.003) *
                                          (0.4f + grain.at<float>(y, x) + 0.6f * patch.at<float>(y, x));
    }
  }
  return window;
}

cv::Rect paint_glue(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface), radius = unit * rng.uniform(0.03, 0.11);
  const auto centre = place_on(surface, radius * 0.7, rng);
  if (!centre) return {};
  const BlobShape shape{
      *centre, radius * rng.uniform(1.0, 2.4), radius, rng.uniform(0, M_PI), rng.uniform(0.15, 0.5), 0.9};
  const cv::Rect window = blob_window(shape, surface.size());
  const cv::Mat field = blob_field(shape, window, rng);
  const cv::Vec3f tint = mix(srgb(226, 220, 204), srgb(206, 176, 104), static_cast<float>(rng.uniform()));
  const auto milky = static_cast<float>(std::min(0.85, rng.uniform(0.12, 0.6) * strength)),
             shine = static_cast<float>(rng.uniform(0.25, 0.6));
  const double thickness = radius * rng.uniform(0.12, 0.3) * strength;
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float f = field.at<float>(y, x), on = on_product(surface, px, py) * smooth_step(-0.02f, 0.06f, f);
      if (on <= 0) continue;
      cover(surface, px, py, tint, shine, on * milky);
      // Glue fills the texture: the relief beneath fades, the drop's own shape takes over.
      auto& height = surface.height.at<float>(py, px);
      height += on * (static_cast<float>(thickness * std::sqrt(std::min(1.0f, std::max(0.0f, f) * 2.5f))) -
                      0.5f * height * (std::abs(height) < 4 ? 1.0f : 0.0f));
      surface.gloss.at<float>(py, px) = std::max(surface.gloss.at<float>(py, px), on * shine);
    }
  }
  return window;
}

cv::Rect paint_contamination(Surface& surface, double strength, Rng& rng) {
  const double unit = unit_of(surface);
  const auto centre = place_on(surface, unit * 0.03, rng);
  if (!centre) return {};
  static const std::vector<cv::Vec3f> dirts = {srgb(38, 34, 30),  srgb(226, 224, 218), srgb(120, 84, 52),
                                               srgb(176, 58, 48), srgb(70, 96, 150),   srgb(188, 168, 128),
                                               srgb(96, 112, 72)};
  const cv::Vec3f colour = rng.pick(dirts);
  const double kind = rng.uniform();
  if (kind < 0.3) return fibre(surface, *centre, colour, rng);
  cv::Rect touched;
  const bool is_dust = kind > 0.75;
  const int count = is_dust ? static_cast<int>(8 + rng.integer(18)) : static_cast<int>(1 + rng.integer(3));
  for (int i = 0; i < count; ++i) {
    const double radius = std::max(
        1.3, unit * (is_dust ? rng.uniform(0.004, 0.012) : rng.uniform(0.012, 0.045)) * std::sqrt(strength));
    const cv::Point2d at =
        *centre + (i == 0 ? 0.0 : unit * (is_dust ? 0.06 : 0.035)) * cv::Point2d(rng.normal(), rng.normal());
    touched = join(touched, crumb(surface, at, radius, colour, 0.06f, rng));
  }
  return touched;
}

cv::Rect paint_missing(Surface& surface, double strength, Rng& rng) {
  if (!surface.bare) return {};
  std::vector<cv::Rect> inside;
  for (const auto& part : surface.parts)
    if (part.area() > 0) inside.push_back(part);
  if (inside.empty()) return {};
  const cv::Rect part = rng.pick(inside);
  const Layer& bare = *surface.bare;
  if (surface.parts.size() > 1) {  // a part was never mounted
    bare.albedo(part).copyTo(surface.albedo(part));
    bare.height(part).copyTo(surface.height(part));
    bare.gloss(part).copyTo(surface.gloss(part));
    return part;
  }
  // Print or engraving is worn off in some of its place.
  const double radius =
      0.5 * std::sqrt(static_cast<double>(part.area())) * rng.uniform(0.35, 0.9) * std::sqrt(strength);
  const BlobShape shape{
      {part.x + part.width * rng.uniform(0.2, 0.8), part.y + part.height * rng.uniform(0.2, 0.8)},
      radius,
      radius,
      0,
      0.5,
      0.7};
  const cv::Rect window = blob_window(shape, surface.size());
  if (window.area() == 0) return window;
  const cv::Mat field = blob_field(shape, window, rng);
  for (int y = 0; y < window.height; ++y) {
    for (int x = 0; x < window.width; ++x) {
      const int px = x + window.x, py = y + window.y;
      const float off = smooth_step(0, 0.12f, field.at<float>(y, x));
      cover(surface, px, py, bare.albedo.at<cv::Vec3f>(py, px), bare.gloss.at<float>(py, px), off);
      auto& height = surface.height.at<float>(py, px);
      height += off * (bare.height.at<float>(py, px) - height);
    }
  }
  return window;
}

}  // namespace unidg::procedural
