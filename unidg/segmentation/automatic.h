#pragma once
#include <functional>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/image/image.h"
#include "unidg/models/sam/mask_decoder.h"

namespace unidg::segmentation {

/// Everything in a picture, by asking at every point of a grid. The defaults and names are those published
/// with Segment Anything; its layers of crops are not offered (their default is none).
struct AutomaticConfig {
  std::int64_t points_per_side = 32;
  std::int64_t points_per_batch = 64;
  double pred_iou_thresh = 0.88;          ///< masks must be predicted better than this
  double stability_score_thresh = 0.95;   ///< and be at least so stable
  double stability_score_offset = 1.0;    ///< logits by which stability moves the bound
  double box_nms_thresh = 0.7;            ///< of two boxes that overlap more the better mask stays
  std::int64_t min_mask_region_area = 0;  ///< pixels; smaller holes are filled and smaller islands removed
};
void fields(FieldVisitor& visit, AutomaticConfig& c);

/// One thing in a picture.
struct Segment {
  Mask mask;     ///< at the picture's size
  cv::Rect box;  ///< tight, last row and column included
  int area = 0;  ///< pixels
  double predicted_iou = 0;
  double stability_score = 0;
  cv::Point2d point;  ///< that asked for it, in the picture's pixels
};

/// Several masks for each of these points of the picture.
using PointPredictor = std::function<models::sam::Predictions(const std::vector<cv::Point2d>& points)>;

/// Centres of n x n cells, row by row.
std::vector<cv::Point2d> point_grid(std::int64_t per_side, cv::Size size);

/// Which boxes stay: best score first, without those that overlap a better one by more than the threshold.
/// Overlap is intersection over union between the corner pixels, as the published generator counts: a box of
/// one pixel has no area. Equal scores keep their order.
std::vector<std::size_t> suppress_overlaps(const std::vector<cv::Rect>& boxes,
                                           const std::vector<double>& scores, double threshold);

/// Holes below the area filled, then islands below it removed (the largest stays when all are).
/// @returns true when the mask changed
bool remove_small_regions(Mask& mask, std::int64_t least_area);

/// Segments by predicted IoU, best first. A mask that touches the picture's border stays: only the borders of
/// crops cut things off. Interrupted between batches. @throws Interrupted
std::vector<Segment> automatic_masks(const PointPredictor& predict, cv::Size size,
                                     const AutomaticConfig& config);

}  // namespace unidg::segmentation
