#include "unidg/dataset/caption.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace unidg::dataset {
namespace {

std::string third(double position, double length, const char* low, const char* high) {
  return position < length / 3 ? low : position >= 2 * length / 3 ? high : "";
}

std::string place_words(double x, double y, int width, int height) {
  const std::string row = third(y, height, "top", "bottom"), column = third(x, width, "left", "right");
  if (row.empty() && column.empty()) return "center";
  return (row.empty() ? "center" : row) + "-" + (column.empty() ? "center" : column);
}

std::string contrast_words(const Mask& mask, const Image& normal, const Image& abnormal) {
  if (normal.is_empty() || abnormal.is_empty() || mask.is_empty()) return "";
  cv::Mat change;
  cv::absdiff(normal.rgb8(), abnormal.rgb8(), change);
  const cv::Scalar mean = cv::mean(change, mask.pixels());
  const double step = (mean[0] + mean[1] + mean[2]) / 3;
  return step < 12 ? "low" : step < 40 ? "medium" : "high";
}

}  // namespace

MaskMeasures measure(const Mask& mask) {
  MaskMeasures out;
  out.area_ratio = mask.area_ratio();
  out.box = mask.box();
  if (mask.is_empty()) return out;
  cv::Mat labels, distance, padded;
  out.components = cv::connectedComponents(mask.pixels(), labels, 8) - 1;
  cv::copyMakeBorder(mask.pixels(), padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);  // the frame ends a defect
  cv::distanceTransform(padded, distance, cv::DIST_L2, cv::DIST_MASK_5);
  double radius = 0;
  cv::minMaxLoc(distance, nullptr, &radius);
  out.width_px = std::max(1.0, 2 * radius - 1);
  const double share = out.width_px / std::min(mask.width(), mask.height());
  out.size = out.area_ratio < 0.005 ? "small" : out.area_ratio < 0.05 ? "medium" : "large";
  out.width = share < 0.015 ? "thin" : share < 0.06 ? "medium" : "thick";

  // Spread along and across the principal axis.
  const cv::Moments m = cv::moments(mask.pixels(), true);
  const double xx = m.mu20 / m.m00 + 1.0 / 12, yy = m.mu02 / m.m00 + 1.0 / 12, xy = m.mu11 / m.m00;
  const double middle = (xx + yy) / 2, spread = std::hypot((xx - yy) / 2, xy);
  const double elongation = std::sqrt((middle + spread) / std::max(1e-9, middle - spread));
  out.shape = elongation >= 2.5 ? "elongated" : out.components > 2 ? "scattered" : "compact";
  if (elongation >= 2.5) {
    const double degrees = std::abs(0.5 * std::atan2(2 * xy, xx - yy)) * 180 / M_PI;  // 0 along x, 90 along y
    out.direction = degrees < 22.5 ? "horizontal" : degrees > 67.5 ? "vertical" : "diagonal";
  }
  out.location = place_words(m.m10 / m.m00, m.m01 / m.m00, mask.width(), mask.height());
  return out;
}

Json make_caption(const std::string& object, const std::string& type, const Mask& mask, const Image& normal,
                  const Image& abnormal) {
  const MaskMeasures m = measure(mask);
  const Json defect = {{"type", type},
                       {"shape", m.shape},
                       {"direction", m.direction},
                       {"contrast", contrast_words(mask, normal, abnormal)},
                       {"color", ""},
                       {"material", ""},
                       {"size", m.size},
                       {"width", m.width},
                       {"depth", ""},
                       {"edge", ""},
                       {"severity", ""},
                       {"location", m.location},
                       {"summary", ""}};
  const Json product = {{"viewpoint", ""}, {"material", ""}, {"texture", ""},    {"structure", ""},
                        {"color", ""},     {"shape", ""},    {"summary", object}};
  std::string summary = text("A ", m.size, " ", type.empty() ? "defect" : type,
                             object.empty() ? "" : " on " + object, " at ", m.location, ".");
  if (mask.is_empty()) summary = "No defect.";
  return {{"image-level", {{{"foreground-object", object}, {"background", ""}}}},
          {"foreground-object-level", {product}},
          {"defect-level", {defect}},
          {"summary", summary},
          {"measured",
           {{"area-ratio", m.area_ratio},
            {"box", {m.box.x, m.box.y, m.box.width, m.box.height}},
            {"components", m.components},
            {"width-px", m.width_px}}}};
}

}  // namespace unidg::dataset
