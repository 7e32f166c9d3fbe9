#pragma once
#include <string>
#include <vector>

#include "unidg/procedural/surface.h"

namespace unidg::procedural {

// Each draws one random specimen, as the camera frames it. Sizes of features are fractions of the frame, so
// that a specimen looks alike at 128 and at 1024 pixels.
Surface draw_metal_plate(cv::Size frame, Rng& rng);  ///< brushed or ground sheet, perhaps with drilled holes
Surface draw_metal_disc(cv::Size frame, Rng& rng);  ///< turned disc, ring or nut with bores on a plain ground
Surface draw_fabric(cv::Size frame, Rng& rng);   ///< plain, twill or satin weave; plain, striped or chequered
Surface draw_wood(cv::Size frame, Rng& rng);     ///< planed board with growth rings, fibres, pores and knots
Surface draw_leather(cv::Size frame, Rng& rng);  ///< pebbled grain with wrinkles
Surface draw_tile(cv::Size frame, Rng& rng);     ///< granite, marble or glazed ceramic
Surface draw_plastic(cv::Size frame, Rng& rng);  ///< moulded part with ribs, bosses or vents
Surface draw_pcb(cv::Size frame, Rng& rng);      ///< board with traces, pads, vias, print and parts
Surface draw_pill(cv::Size frame, Rng& rng);  ///< tablet or capsule, engraved or printed, on a plain ground

/// One entry of the catalogue: what can be drawn and which defects suit it.
struct Product {
  std::string name;
  Surface (*draw)(cv::Size frame, Rng& rng);
  std::vector<std::string> defects;
};
const std::vector<Product>& catalogue();

/// A colour near `colour`, with brightness and tint varied.
cv::Vec3f vary(const cv::Vec3f& colour, double amount, Rng& rng);

/// The canvas a flat texture needs so that turning it a little leaves no corner empty.
cv::Size with_margin(cv::Size frame);

/// A plain ground under a single object: paper, cloth or conveyor, with the object's soft shadow.
/// @param object CV_8UC1, 255 where the object lies
Surface ground_under(const cv::Mat& object, const cv::Vec3f& albedo, double object_height, Rng& rng);

/// Signed distance (pixels, negative inside) turned into coverage of a pixel, [0, 1].
inline float coverage(double distance) {
  return static_cast<float>(std::min(std::max(0.5 - distance, 0.0), 1.0));
}

}  // namespace unidg::procedural
