#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/editing/diptych.h"
#include "unidg/editing/square.h"

namespace unidg::editing {
namespace {

const cv::Scalar kWhite = cv::Scalar::all(255);

cv::Mat largest_component(const cv::Mat& mask) {
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8);
  int largest = 1;
  for (int i = 2; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(largest, cv::CC_STAT_AREA)) largest = i;
  return labels == largest;
}

/// Expand(., r): the box about its centre, int() of the sides and of the smaller half first (docs/choices.md
/// 4).
cv::Rect expanded(const cv::Rect& box, double side_ratio) {
  const int width = static_cast<int>(box.width * side_ratio),
            height = static_cast<int>(box.height * side_ratio);
  return {box.x - (width - box.width) / 2, box.y - (height - box.height) / 2, width, height};
}

double side_ratio(const cv::Rect& box, int mask_area, double image_area, const EditingConfig& c) {
  if (const auto fixed = fixed_expansion(c.reference_expand)) return *fixed;
  const double area = c.reference_area == "bbox" ? box.area() : mask_area;
  return std::sqrt(1.0 / crop_ratio(area / image_area, c));
}

}  // namespace

double crop_ratio(double area, const EditingConfig& c) {
  return area < c.small_area ? c.min_ratio + (1.0 - c.min_ratio) / c.small_area * area : 1.0;
}

Mask dilate(const Mask& mask, const EditingConfig& c) {
  const auto element = cv::Mat::ones(c.dilate_kernel, c.dilate_kernel, CV_8UC1);
  cv::Mat out;
  cv::dilate(mask.pixels(), out, element, {-1, -1}, c.dilate_iterations);
  return Mask(out);
}

Reference crop_reference(const MaskedImage& reference, const EditingConfig& c) {
  const auto& [image, mask] = reference;
  if (image.width() != mask.width() || image.height() != mask.height())
    throw InputError("the reference mask is ", mask.width(), " x ", mask.height(),
                     " pixels but its image is ", image.width(), " x ", image.height(),
                     ". Export the mask at the image's size.");
  if (mask.is_empty())
    throw InputError(
        "the reference mask is empty (expected white where the defect is). Paint the defect, or choose "
        "another reference.");
  const cv::Mat kept = c.reference_components == "largest" ? largest_component(mask.pixels()) : mask.pixels();
  const int area = cv::countNonZero(kept);
  if (area < 10) log_warning("the reference mask has only ", area, " pixels; the defect can hardly be seen");

  // Lines 2-4: box and background.
  const cv::Rect box = cv::boundingRect(kept);
  cv::Mat shown = image.rgb8();
  if (c.reference_context == "white") shown.setTo(kWhite, kept == 0);

  // Lines 5-11: expansion by Eq. 8. Line 12: square and resize. With white context the canvas shows the box
  // alone; with scene context the square shows the picture as far as it reaches.
  const cv::Rect canvas = expanded(box, side_ratio(box, area, static_cast<double>(kept.total()), c));
  const cv::Rect square = padded_to_square(canvas);
  const cv::Rect visible = c.reference_context == "white" ? box : square;
  return {resize_image(cut(shown, visible, square, kWhite), c.size),
          resize_mask(cut(kept, visible, square, cv::Scalar(0)), c.size, c.mask_resize)};
}

}  // namespace unidg::editing
