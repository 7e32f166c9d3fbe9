#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::dataset::sets {

using Ring = std::vector<cv::Point2d>;

/// Pixels inside a ring by the rule of pycocotools: outline traced at five times the resolution, parity down
/// each column. Coordinates in pixels, the corner of the first pixel is (0, 0); points outside are allowed.
Mask fill_polygon(const Ring& ring, cv::Size size);

/// The outline of a 4-connected region along pixel borders.
struct Outline {
  Ring outer;               ///< clockwise as seen (y down)
  std::vector<Ring> holes;  ///< counterclockwise
};
/// Exact outlines: filling `outer` and taking away the fills of `holes` gives the mask again.
std::vector<Outline> outlines(const Mask& mask);

/// The outline as one ring: each hole is joined by a vertical bridge of no width, so that `fill_polygon`
/// gives the region with its holes.
Ring bridged(const Outline& outline);

}  // namespace unidg::dataset::sets
