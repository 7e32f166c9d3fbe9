#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/editing/diptych.h"

namespace unidg::editing {
namespace {

constexpr int kCropMargin = 2;  // Insert-Anything leaves the crop's outermost pixels alone

float smooth(float t) { return t * t * (3 - 2 * t); }

/// Distance of every set pixel to the nearest unset one (1 beside it); a mask without unset pixels is far
/// from any.
cv::Mat depth_in(const cv::Mat& mask) {
  cv::Mat depth;
  cv::distanceTransform(mask, depth, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return depth;
}

void check_same_size(const Mask& asked, const Mask& used) {
  if (asked.pixels().size() != used.pixels().size())
    throw InputError("the mask asked for is ", asked.width(), " x ", asked.height(), " but the mask used is ",
                     used.width(), " x ", used.height(), " pixels (expected the same size)");
}

/// 1 on `asked`, falling across `used` minus `asked`.
cv::Mat feather_outwards(const Mask& asked, const Mask& used) {
  const cv::Mat inner = asked.pixels() & used.pixels();
  cv::Mat outside;
  cv::bitwise_not(inner, outside);
  const auto to_asked = depth_in(outside), to_edge = depth_in(used.pixels());
  cv::Mat alpha = cv::Mat::zeros(inner.size(), CV_32FC1);
  for (int y = 0; y < alpha.rows; ++y)
    for (int x = 0; x < alpha.cols; ++x) {
      if (inner.at<std::uint8_t>(y, x)) {
        alpha.at<float>(y, x) = 1;
      } else if (used.pixels().at<std::uint8_t>(y, x)) {
        const float edge = to_edge.at<float>(y, x);
        alpha.at<float>(y, x) = smooth(edge / (edge + to_asked.at<float>(y, x)));
      }
    }
  return alpha;
}

/// Rises from the edge of `asked` inwards; a thin part reaches 1 at its own middle.
cv::Mat feather_inwards(const Mask& asked, int reach) {
  const auto depth = depth_in(asked.pixels());
  cv::Mat labels;
  const int count = cv::connectedComponents(asked.pixels(), labels, 8);
  std::vector<float> deepest(static_cast<std::size_t>(count), 0.0f);
  for (int y = 0; y < depth.rows; ++y)
    for (int x = 0; x < depth.cols; ++x) {
      auto& value = deepest[static_cast<std::size_t>(labels.at<int>(y, x))];
      value = std::max(value, depth.at<float>(y, x));
    }
  cv::Mat alpha = cv::Mat::zeros(depth.size(), CV_32FC1);
  for (int y = 0; y < depth.rows; ++y)
    for (int x = 0; x < depth.cols; ++x) {
      const int label = labels.at<int>(y, x);
      if (label == 0) continue;
      const float full = std::min(static_cast<float>(reach + 1), deepest[static_cast<std::size_t>(label)]);
      alpha.at<float>(y, x) = smooth(std::min(1.0f, depth.at<float>(y, x) / full));
    }
  return alpha;
}

}  // namespace

cv::Mat feather(const Mask& asked, const Mask& used, const EditingConfig& c) {
  check_same_size(asked, used);
  if (c.paste_limit == "asked")
    return feather_inwards(asked, (c.dilate_kernel - 1) / 2 * c.dilate_iterations);
  return feather_outwards(asked, used);
}

cv::Mat paste_alpha(const Mask& asked, const Mask& used, const cv::Rect& window, const EditingConfig& c) {
  if (c.paste == "masked") return feather(asked, used, c);
  check_same_size(asked, used);
  cv::Mat alpha = cv::Mat::zeros(used.pixels().size(), CV_32FC1);
  const int margin = c.paste == "crop" ? kCropMargin : 0;
  const cv::Rect pasted(window.x + margin, window.y + margin, window.width - 2 * margin,
                        window.height - 2 * margin);
  if (pasted.width > 0 && pasted.height > 0) alpha(pasted).setTo(1);
  return alpha;
}

}  // namespace unidg::editing
