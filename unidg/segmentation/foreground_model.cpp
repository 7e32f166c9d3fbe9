#include "unidg/segmentation/foreground_model.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <span>

#include "unidg/image/foreground.h"
#include "unidg/segmentation/sizes.h"

namespace unidg::segmentation {

namespace sam = models::sam;

namespace {

constexpr std::size_t kAskedAtOnce = 16;  // components; bounds the decoder's memory

cv::Point innermost(const cv::Mat& pixels) {
  cv::Mat framed, distance;
  cv::copyMakeBorder(pixels, framed, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);
  cv::distanceTransform(framed, distance, cv::DIST_L2, cv::DIST_MASK_5);
  cv::Point at;
  cv::minMaxLoc(distance, nullptr, nullptr, nullptr, &at);
  return at - cv::Point(1, 1);
}

struct Answer {
  cv::Mat pixels;
  std::int64_t index = 0;
  double overlap = -1;
};

/// Of several answers the one most like the component. @param masks [M, H, W] logits
Answer most_alike(const torch::Tensor& masks, const cv::Mat& component) {
  Answer best;
  for (std::int64_t m = 0; m < masks.size(0); ++m) {
    const auto pixels = inside(masks[m]).pixels();
    const double alike = overlap(pixels, component);
    if (alike > best.overlap) best = {pixels, m, alike};
  }
  return best;
}

sam::Prompts prompts_of(std::span<const Component> parts) {
  const auto count = static_cast<std::int64_t>(parts.size());
  sam::Prompts out;
  out.points = torch::empty({count, 1, 2});
  out.boxes = torch::empty({count, 4});
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& part = parts[static_cast<std::size_t>(i)];
    out.points[i][0][0] = part.inner.x;
    out.points[i][0][1] = part.inner.y;
    const auto box = out.boxes[i];
    box[0] = part.box.x;
    box[1] = part.box.y;
    box[2] = part.box.x + part.box.width - 1;
    box[3] = part.box.y + part.box.height - 1;
  }
  return out;
}

}  // namespace

Foreground ColourForeground::find(const Image& image) const {
  const auto mask = foreground(image);
  const bool is_everything = mask.area() == image.width() * image.height();
  return {mask, is_everything ? "whole picture" : name()};
}

Foreground Sam2Foreground::find(const Image& image) const {
  const auto colours = ColourForeground().find(image);
  if (colours.source == "whole picture") return colours;
  const auto parts = components(colours.mask);
  const auto picture = segmenter_->encode(image);
  Foreground out{Mask(image.width(), image.height()), "", 1, 1};
  std::size_t by_sam = 0;
  for (std::size_t first = 0; first < parts.size(); first += kAskedAtOnce) {
    const std::span batch(parts.begin() + static_cast<std::ptrdiff_t>(first),
                          std::min(kAskedAtOnce, parts.size() - first));
    const auto answers = segmenter_->ask(picture, prompts_of(batch), sam::MaskChoice::Several);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const auto answer = most_alike(at_picture_size(answers.masks[row], picture.size), batch[i].pixels);
      const bool is_sam = answer.overlap >= least_agreement_;
      out.mask.pixels() |= is_sam ? answer.pixels : batch[i].pixels;
      by_sam += is_sam ? 1 : 0;
      const double guess = answers.iou[row][answer.index].item<float>();
      out.agreement = std::min(out.agreement, answer.overlap);
      out.predicted_iou = std::min(out.predicted_iou, guess);
    }
  }
  out.source = by_sam == parts.size() ? "sam2" : by_sam > 0 ? "sam2 and border colours" : "border colours";
  return out;
}

std::vector<Component> components(const Mask& mask) {
  cv::Mat labels, stats, centroids;
  const int found = cv::connectedComponentsWithStats(mask.pixels(), labels, stats, centroids, 8);
  std::vector<int> order;
  for (int i = 1; i < found; ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return stats.at<int>(a, cv::CC_STAT_AREA) > stats.at<int>(b, cv::CC_STAT_AREA);
  });
  std::vector<Component> out;
  for (const int i : order) {
    const auto* row = stats.ptr<int>(i);
    const cv::Mat pixels = labels == i;
    out.push_back(
        {pixels,
         {row[cv::CC_STAT_LEFT], row[cv::CC_STAT_TOP], row[cv::CC_STAT_WIDTH], row[cv::CC_STAT_HEIGHT]},
         innermost(pixels)});
  }
  return out;
}

double overlap(const cv::Mat& a, const cv::Mat& b) {
  const int either = cv::countNonZero(a | b);
  return either == 0 ? 0 : static_cast<double>(cv::countNonZero(a & b)) / either;
}

}  // namespace unidg::segmentation
