#pragma once
#include <string>
#include <vector>

#include "unidg/dataset/shapes.h"
#include "unidg/procedural/surface.h"

namespace unidg::procedural {

// Each hurts the surface at a random place on the product and returns the window it touched (empty: no place
// found). `strength` is 1; it grows when a first try was hardly visible.
cv::Rect paint_scratch(Surface& surface, double strength, Rng& rng);  ///< grooves with bright flanks
cv::Rect paint_crack(Surface& surface, double strength, Rng& rng);    ///< jagged dark line with branches
cv::Rect paint_cut(Surface& surface, double strength, Rng& rng);      ///< a knife's slit, gaping, lips raised
cv::Rect paint_fold(Surface& surface, double strength,
                    Rng& rng);  ///< a ridge or crease without loss of material
cv::Rect paint_hole(Surface& surface, double strength,
                    Rng& rng);  ///< dark opening with a rim; frayed in fabric
cv::Rect paint_breakage(Surface& surface, double strength,
                        Rng& rng);  ///< a piece broken out, raw ground showing
cv::Rect paint_dent(Surface& surface, double strength,
                    Rng& rng);  ///< the surface pressed in, colour unchanged
cv::Rect paint_bubble(Surface& surface, double strength, Rng& rng);  ///< blisters raised from below
cv::Rect paint_stain(Surface& surface, double strength, Rng& rng);   ///< colour changed, relief kept
cv::Rect paint_rust(Surface& surface, double strength, Rng& rng);    ///< brown, rough, spotted
cv::Rect paint_glue(Surface& surface, double strength, Rng& rng);    ///< a glossy film or drops lying on top
cv::Rect paint_contamination(Surface& surface, double strength, Rng& rng);  ///< fibres, crumbs or dust
cv::Rect paint_missing(Surface& surface, double strength, Rng& rng);  ///< print, engraving or a part left out

using DefectPainter = cv::Rect (*)(Surface&, double, Rng&);
/// @throws UsageError naming the known ones
DefectPainter defect_painter(const std::string& name);

// Shared by the painters.

/// A point whose surroundings out to `margin` pixels lie on the product; nothing when 300 tries find none.
std::optional<cv::Point2d> place_on(const Surface& surface, double margin, Rng& rng);

/// Shortest side of the frame: sizes are fractions of it.
inline double unit_of(const Surface& surface) {
  return std::min(surface.size().width, surface.size().height);
}

/// How much of a pixel is product, [0, 1].
inline float on_product(const Surface& surface, int x, int y) {
  return surface.product.at<std::uint8_t>(y, x) / 255.0f;
}

/// Moves colour and gloss of a pixel towards another material.
inline void cover(Surface& surface, int x, int y, const cv::Vec3f& colour, float gloss, float amount) {
  auto& albedo = surface.albedo.at<cv::Vec3f>(y, x);
  albedo = mix(albedo, colour, amount);
  auto& shine = surface.gloss.at<float>(y, x);
  shine += amount * (gloss - shine);
}

}  // namespace unidg::procedural
