#include "unidg/segmentation/automatic.h"

#include <algorithm>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "unidg/core/progress.h"
#include "unidg/segmentation/sizes.h"

namespace unidg::segmentation {
namespace {

/// A mask that passed, still at the decoder's size: a picture of 20 megapixels has thousands of candidates.
struct Candidate {
  torch::Tensor logits;  ///< [h, w]
  cv::Rect box;
  double predicted_iou, stability;
  cv::Point2d point;
};

std::int64_t pixels_above(const torch::Tensor& logits, double bound) {
  return (logits > bound).sum().item<std::int64_t>();
}

void collect(const models::sam::Predictions& predicted, const std::vector<cv::Point2d>& points, cv::Size size,
             const AutomaticConfig& config, std::vector<Candidate>& out) {
  const auto iou = predicted.iou.to(torch::kCPU, torch::kFloat32);
  for (std::int64_t p = 0; p < iou.size(0); ++p)
    for (std::int64_t m = 0; m < iou.size(1); ++m) {
      const double guess = iou[p][m].item<float>();
      if (guess <= config.pred_iou_thresh) continue;
      const auto small = predicted.masks[p][m];
      const auto logits = at_picture_size(small.unsqueeze(0), size)[0];
      const auto possible = pixels_above(logits, -config.stability_score_offset);
      if (possible == 0) continue;
      const double stability = static_cast<double>(pixels_above(logits, config.stability_score_offset)) /
                               static_cast<double>(possible);
      if (stability < config.stability_score_thresh) continue;
      const auto mask = inside(logits);
      if (mask.is_empty()) continue;
      out.push_back({small.clone(), mask.box(), guess, stability, points[static_cast<std::size_t>(p)]});
    }
}

Segment segment_of(const Candidate& candidate, cv::Size size) {
  Segment out;
  out.mask = inside(at_picture_size(candidate.logits.unsqueeze(0), size)[0]);
  out.box = candidate.box;
  out.area = out.mask.area();
  out.predicted_iou = candidate.predicted_iou;
  out.stability_score = candidate.stability;
  out.point = candidate.point;
  return out;
}

template <typename T>
std::vector<T> chosen(std::vector<T>& all, const std::vector<std::size_t>& which) {
  std::vector<T> out;
  for (const auto i : which) out.push_back(std::move(all[i]));
  return out;
}

/// Small regions go, then masks that have become alike: those that needed no change are preferred.
std::vector<Segment> cleaned(std::vector<Segment> segments, const AutomaticConfig& config) {
  std::vector<cv::Rect> boxes;
  std::vector<double> unchanged;
  for (auto& segment : segments) {
    const bool changed = remove_small_regions(segment.mask, config.min_mask_region_area);
    if (changed) {
      segment.area = segment.mask.area();
      segment.box = segment.mask.box();
    }
    boxes.push_back(segment.box);
    unchanged.push_back(changed ? 0 : 1);
  }
  return chosen(segments, suppress_overlaps(boxes, unchanged, config.box_nms_thresh));
}

/// Components (8 neighbours) of what is set, those below the area in `small`. @returns how many there are
struct Regions {
  cv::Mat small;  ///< CV_8UC1
  cv::Mat largest;
  int count = 0, small_count = 0;
};
Regions regions_below(const cv::Mat& set, std::int64_t area) {
  cv::Mat labels, stats, centroids;
  Regions out;
  out.count = cv::connectedComponentsWithStats(set, labels, stats, centroids, 8) - 1;
  out.small = cv::Mat::zeros(set.size(), CV_8UC1);
  int largest = 1;
  for (int i = 1; i <= out.count; ++i) {
    if (stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(largest, cv::CC_STAT_AREA)) largest = i;
    if (stats.at<int>(i, cv::CC_STAT_AREA) >= area) continue;
    out.small.setTo(255, labels == i);
    ++out.small_count;
  }
  out.largest = labels == largest;
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, AutomaticConfig& c) {
  visit("points_per_side", c.points_per_side, in(1, 512), "points of the grid along each side");
  visit("points_per_batch", c.points_per_batch, in(1, 4096), "points asked at once; fewer need less memory");
  visit("pred_iou_thresh", c.pred_iou_thresh, in(0, 1), "masks must be predicted better");
  visit("stability_score_thresh", c.stability_score_thresh, in(0, 1), "masks must be so stable");
  visit("stability_score_offset", c.stability_score_offset, in(0, 32),
        "logits by which stability moves the bound");
  visit("box_nms_thresh", c.box_nms_thresh, in(0, 1), "of two boxes that overlap more the better stays");
  visit("min_mask_region_area", c.min_mask_region_area, in(0, 1e9), "smaller holes and islands go, pixels");
}

std::vector<cv::Point2d> point_grid(std::int64_t per_side, cv::Size size) {
  std::vector<cv::Point2d> out;
  const auto n = static_cast<double>(per_side);
  for (std::int64_t row = 0; row < per_side; ++row)
    for (std::int64_t column = 0; column < per_side; ++column)
      out.emplace_back((static_cast<double>(column) + 0.5) / n * size.width,
                       (static_cast<double>(row) + 0.5) / n * size.height);
  return out;
}

std::vector<std::size_t> suppress_overlaps(const std::vector<cv::Rect>& boxes,
                                           const std::vector<double>& scores, double threshold) {
  std::vector<std::size_t> order(boxes.size()), kept;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
  const auto between_corners = [](const cv::Rect& box) {
    return cv::Rect2d(box.x, box.y, std::max(box.width - 1, 0), std::max(box.height - 1, 0));
  };
  for (const auto i : order) {
    const auto box = between_corners(boxes[i]);
    const bool is_new = std::none_of(kept.begin(), kept.end(), [&](auto k) {
      const auto other = between_corners(boxes[k]);
      const double shared = (box & other).area(), all = box.area() + other.area() - shared;
      return shared > threshold * all && all > 0;
    });
    if (is_new) kept.push_back(i);
  }
  return kept;
}

bool remove_small_regions(Mask& mask, std::int64_t least_area) {
  cv::Mat pixels = mask.pixels().clone();
  const auto holes = regions_below(~pixels, least_area);
  pixels.setTo(255, holes.small);
  const auto islands = regions_below(pixels, least_area);
  if (islands.count > 0 && islands.small_count == islands.count)
    pixels = islands.largest;
  else
    pixels.setTo(0, islands.small);
  if (cv::countNonZero(pixels != mask.pixels()) == 0) return false;
  mask = Mask(pixels);
  return true;
}

std::vector<Segment> automatic_masks(const PointPredictor& predict, cv::Size size,
                                     const AutomaticConfig& config) {
  const auto grid = point_grid(config.points_per_side, size);
  const auto batch = static_cast<std::size_t>(config.points_per_batch);
  std::vector<Candidate> candidates;
  for (std::size_t first = 0; first < grid.size(); first += batch) {
    if (interrupted()) throw Interrupted("automatic masks: stopped; nothing of this picture was written");
    const std::vector<cv::Point2d> points(
        grid.begin() + static_cast<std::ptrdiff_t>(first),
        grid.begin() + static_cast<std::ptrdiff_t>(std::min(first + batch, grid.size())));
    collect(predict(points), points, size, config, candidates);
  }
  std::vector<cv::Rect> boxes;
  std::vector<double> scores;
  for (const auto& candidate : candidates) {
    boxes.push_back(candidate.box);
    scores.push_back(candidate.predicted_iou);
  }
  std::vector<Segment> out;
  for (const auto i : suppress_overlaps(boxes, scores, config.box_nms_thresh))
    out.push_back(segment_of(candidates[i], size));
  return config.min_mask_region_area > 0 ? cleaned(std::move(out), config) : out;
}

}  // namespace unidg::segmentation
