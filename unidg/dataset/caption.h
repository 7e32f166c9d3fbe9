#pragma once
#include <string>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::dataset {

/// What a mask says about a defect, in words and numbers.
struct MaskMeasures {
  double area_ratio = 0;  ///< mask pixels / image pixels
  cv::Rect box;
  int components = 0;     ///< 8-connected
  double width_px = 0;    ///< thickest place: twice the largest inscribed radius
  std::string size;       ///< small (< 0.5 %), medium (< 5 %), large
  std::string width;      ///< thin, medium, thick: width_px against the image's shorter side (1.5 %, 6 %)
  std::string shape;      ///< elongated, compact, scattered
  std::string direction;  ///< horizontal, vertical, diagonal; "" when compact
  std::string location;   ///< top-left ... center ... bottom-right: thirds of the image at the centroid
};
MaskMeasures measure(const Mask& mask);

/// The caption of Fig. 7 and 9 with what is known without looking at the picture: every string
/// field is there, the unknown ones are "". `measured` holds the numbers.
/// @param normal, abnormal when both are given, the contrast inside the mask is told as well; else empty
/// images
Json make_caption(const std::string& object, const std::string& type, const Mask& mask,
                  const Image& normal = {}, const Image& abnormal = {});

}  // namespace unidg::dataset
