#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/image/image.h"

namespace unidg {
namespace {

constexpr int kColourTolerance = 24;       // of 255; chroma noise of a grey JPEG stays below
constexpr double kColouredPixels = 0.01;   // share of pixels that may exceed it (ringing at edges)
constexpr double kUndecidedPixels = 0.05;  // share of pixels that may lie between black and white
constexpr int kLabelValues = 15;           // a largest value up to this looks like class labels

/// The colour channels as one, refusing real colours.
cv::Mat one_channel(const cv::Mat& rgb, const std::string& where) {
  cv::Mat planes[3], low, high, spread;
  cv::split(rgb, planes);
  cv::min(planes[0], planes[1], low);
  cv::min(low, planes[2], low);
  cv::max(planes[0], planes[1], high);
  cv::max(high, planes[2], high);
  cv::subtract(high, low, spread);
  const int coloured = cv::countNonZero(spread > kColourTolerance);
  if (coloured > kColouredPixels * static_cast<double>(rgb.total()))
    throw InputError(where, ": the mask has colours in ", coloured,
                     " pixels (expected black and white). Save the region to paint as white on black.");
  return planes[1];
}

/// A transparent mask picture is only unambiguous when its visible part says the same as its alpha.
void check_alpha(const cv::Mat& rgba, const cv::Mat& grey, const std::string& where) {
  cv::Mat alpha;
  cv::extractChannel(rgba, alpha, 3);
  if (cv::countNonZero(alpha != 255) == 0) return;
  const cv::Mat painted = grey > 127, opaque = alpha > 127;
  const int set = cv::countNonZero(painted);
  if (set == 0 || set == static_cast<int>(painted.total()))
    throw InputError(where,
                     ": the mask lives only in the alpha channel (expected white = paint in the colour "
                     "channels). Save it as white on black without transparency.");
  if (cv::countNonZero(painted != opaque) != 0)
    throw InputError(where,
                     ": the mask's alpha channel contradicts its colours (expected white = paint, no "
                     "transparency). Save it as white on black without transparency.");
}

void check_binary(const cv::Mat& grey, const std::string& where) {
  double highest = 0;
  cv::minMaxLoc(grey, nullptr, &highest);
  if (highest >= 1 && highest <= kLabelValues)
    throw InputError(where, ": the mask's largest value is ", highest,
                     " of 255, as in a map of class labels or of 0 and "
                     "1 (expected 0 and 255). Multiply it so that the region to paint is 255.");
  cv::Mat between;
  cv::inRange(grey, 16, 239, between);
  const double share = static_cast<double>(cv::countNonZero(between)) / static_cast<double>(grey.total());
  if (share > kUndecidedPixels)
    throw InputError(
        where, ": not binary: ", 100.0 * share,
        " % of the mask's pixels lie between 16 and 239 of 255 "
        "(expected at most 5 %). Is it a photo? Save the region to paint as 255, the rest as 0.");
}

}  // namespace

Mask load_mask(const std::filesystem::path& path, const ImageLimits& limits) {
  return mask_from_image(load_image(path, limits), path.string());
}

Mask mask_from_image(const Image& image, const std::string& where) {
  const auto grey = one_channel(image.rgb8(), where);
  if (image.format() == PixelFormat::Rgba8) check_alpha(image.pixels(), grey, where);
  check_binary(grey, where);
  return Mask(grey);
}

}  // namespace unidg
