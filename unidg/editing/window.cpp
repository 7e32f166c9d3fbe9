#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/editing/diptych.h"
#include "unidg/editing/square.h"

namespace unidg::editing {
namespace {

constexpr double kJoinCost = 1.5;  // windows join while the joint side is at most this times the larger one
constexpr std::size_t kMaxParts = 64;  // more parts than this are grouped by nearness first

Placement place(const cv::Rect& window, int size) {
  const cv::Rect square = padded_to_square(window);
  return {window, square.width, window.tl() - square.tl(), size};
}

int window_side(const cv::Rect& box, const cv::Size& image, const EditingConfig& c) {
  const int longest = std::max(box.width, box.height);
  const int wanted = std::max(static_cast<int>(std::ceil(c.zoom_context * longest)), c.zoom_min_side);
  return std::min(wanted, std::max(image.width, image.height));
}

/// `length` samples about the middle of [first, first + count), shifted inside [0, limit) where they fit.
cv::Range centred(int first, int count, int length, int limit) {
  length = std::min(length, limit);
  const int start = std::clamp(first + count / 2 - length / 2, 0, limit - length);
  return {start, start + length};
}

cv::Rect window_about(const cv::Rect& box, const cv::Size& image, const EditingConfig& c) {
  const int side = window_side(box, image, c);
  const auto x = centred(box.x, box.width, side, image.width),
             y = centred(box.y, box.height, side, image.height);
  return {x.start, y.start, x.size(), y.size()};
}

/// Boxes of the mask's parts; of groups of near parts where there are very many.
std::vector<cv::Rect> part_boxes(const cv::Mat& mask) {
  cv::Mat grown = mask.clone();  // what is dilated below must not be the mask itself
  for (int reach = 0;; reach = std::max(2, 2 * reach)) {
    if (reach > 0) cv::dilate(mask, grown, cv::Mat::ones(2 * reach + 1, 2 * reach + 1, CV_8UC1));
    cv::Mat labels, stats, centroids;
    const int count = cv::connectedComponentsWithStats(grown, labels, stats, centroids, 8);
    if (static_cast<std::size_t>(count) > kMaxParts + 1) continue;
    std::vector<cv::Rect> boxes;
    for (int i = 1; i < count; ++i) boxes.push_back(cv::boundingRect((labels == i) & mask));
    return boxes;
  }
}

/// Joins the cheapest pair of parts until every further window would shrink its parts too much.
std::vector<cv::Rect> join_parts(std::vector<cv::Rect> boxes, const cv::Size& image, const EditingConfig& c) {
  for (;;) {
    double cheapest = kJoinCost;
    std::size_t a = 0, b = 0;
    for (std::size_t i = 0; i < boxes.size(); ++i)
      for (std::size_t j = i + 1; j < boxes.size(); ++j) {
        const double larger = std::max(window_side(boxes[i], image, c), window_side(boxes[j], image, c));
        const double cost = window_side(boxes[i] | boxes[j], image, c) / larger;
        if (cost <= cheapest && (b == 0 || cost < cheapest)) {
          cheapest = cost;
          a = i;
          b = j;
        }
      }
    if (b == 0) return boxes;
    boxes[a] |= boxes[b];
    boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(b));
  }
}

// Insert-Anything's zoom; boxes are y1, y2, x1, x2 with its own conventions.

struct Ends {
  int y1, y2, x1, x2;
};

Ends expanded_by_area(const Ends& box, const cv::Size& image) {
  const double height = box.y2 - box.y1 + 1, width = box.x2 - box.x1 + 1;
  const double r1 = height * width / (static_cast<double>(image.height) * image.width);
  const double r2 = r1 < 0.6 ? 0.1 + 1.5 * r1 : 1.0;
  const double ratio = std::sqrt(r2 / r1);
  const double yc = 0.5 * (box.y1 + box.y2), xc = 0.5 * (box.x1 + box.x2);
  return {std::max(0, static_cast<int>(yc - 0.5 * ratio * height)),
          std::min(image.height, static_cast<int>(yc + 0.5 * ratio * height)),
          std::max(0, static_cast<int>(xc - 0.5 * ratio * width)),
          std::min(image.width, static_cast<int>(xc + 0.5 * ratio * width))};
}

cv::Rect insert_anything_window(const cv::Rect& box, const cv::Size& image) {
  Ends e{box.y, box.y + box.height - 1, box.x, box.x + box.width - 1};
  e = expanded_by_area(expanded_by_area(e, image), image);
  const int height = e.y2 - e.y1, width = e.x2 - e.x1;
  const int cy = (e.y1 + e.y2) / 2, cx = (e.x1 + e.x2) / 2;
  if (height >= width) {
    e.x1 = std::max(0, cx - height / 2);
    e.x2 = std::min(image.width, cx + height / 2);
  } else {
    e.y1 = std::max(0, cy - width / 2);
    e.y2 = std::min(image.height, cy + width / 2);
  }
  return {e.x1, e.y1, e.x2 - e.x1, e.y2 - e.y1};
}

}  // namespace

std::vector<Placement> plan_windows(const Mask& used, const EditingConfig& c) {
  if (used.is_empty())
    throw InputError("the target mask is empty (expected white where to paint). Paint the region first.");
  const cv::Size image = used.pixels().size();
  if (c.target_zoom == "none") return {place({{0, 0}, image}, c.size)};
  if (c.target_zoom == "insert-anything") return {place(insert_anything_window(used.box(), image), c.size)};
  std::vector<Placement> windows;
  for (const auto& box : join_parts(part_boxes(used.pixels()), image, c))
    windows.push_back(place(window_about(box, image, c), c.size));
  return windows;
}

Mask window_part(const Mask& used, const std::vector<Placement>& windows, std::size_t index) {
  if (windows.size() == 1) return used.clone();
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(used.pixels(), labels, stats, centroids, 8);
  cv::Mat part = cv::Mat::zeros(used.pixels().size(), CV_8UC1);
  for (int i = 1; i < count; ++i) {
    const cv::Rect box(stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                       stats.at<int>(i, cv::CC_STAT_WIDTH), stats.at<int>(i, cv::CC_STAT_HEIGHT));
    const auto owner = std::find_if(windows.begin(), windows.end(),
                                    [&](const Placement& p) { return (p.window & box) == box; });
    if (owner - windows.begin() == static_cast<std::ptrdiff_t>(index)) part(box).setTo(255, labels(box) == i);
  }
  return Mask(part);
}

Target view_target(const Image& source, const Mask& used, const Placement& placement,
                   const EditingConfig& c) {
  if (source.width() != used.width() || source.height() != used.height())
    throw InputError("the target mask is ", used.width(), " x ", used.height(), " pixels but its image is ",
                     source.width(), " x ", source.height(), ". Export the mask at the image's size.");
  const cv::Rect square(placement.window.tl() - placement.offset,
                        cv::Size(placement.square, placement.square));
  const Image shown(source.pixels()(placement.window));
  const cv::Rect local = square - placement.window.tl(), visible({0, 0}, placement.window.size());
  return {resize_image(cut(shown.rgb8(), visible, local, cv::Scalar::all(255)), placement.size),
          resize_mask(cut(used.pixels()(placement.window), visible, local, cv::Scalar(0)), placement.size,
                      c.mask_resize),
          placement};
}

cv::Mat unplace(const cv::Mat& painted, const Placement& placement) {
  cv::Mat values, square;
  painted.convertTo(values, CV_32FC3);
  const int filter = placement.square < painted.cols ? cv::INTER_AREA : cv::INTER_CUBIC;
  if (placement.square == painted.cols)
    square = values;
  else
    cv::resize(values, square, {placement.square, placement.square}, 0, 0, filter);
  cv::Mat out = square(cv::Rect(placement.offset, placement.window.size())).clone();
  cv::max(out, cv::Scalar::all(0), out);  // cubic interpolation overshoots
  cv::min(out, cv::Scalar::all(255), out);
  return out;
}

}  // namespace unidg::editing
