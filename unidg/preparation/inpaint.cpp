#include "unidg/preparation/inpaint.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/editing/collage.h"
#include "unidg/editing/square.h"
#include "unidg/image/foreground.h"
#include "unidg/preparation/scaling.h"

namespace unidg::preparation {
namespace {

constexpr int kSmallestWindow = 48;     // source pixels
constexpr double kClosest = 0.35;       // a zoomed window's side / the photo's shorter side, at least
constexpr double kLeastAllowed = 0.04;  // of the window, that masks need
constexpr double kLargestHole = 0.6;    // of the window, all masks together
constexpr int kFewestPixels = 10;       // of a hole, at the model's size

cv::Mat grown(const cv::Mat& mask, int radius) {
  cv::Mat out;
  cv::dilate(mask, out, cv::Mat::ones(2 * radius + 1, 2 * radius + 1, CV_8UC1));
  return out;
}

/// Pixels of the model's size that hold any of the mask.
cv::Mat touched(const cv::Mat& mask, int size) {
  cv::Mat share;
  mask.convertTo(share, CV_32FC1);
  cv::resize(share, share, {size, size}, 0, 0, mask.cols > size ? cv::INTER_AREA : cv::INTER_LINEAR);
  return share > 0;
}

/// All of the photo, or a square around a place of its foreground.
cv::Rect choose_window(const cv::Mat& product, const InpaintConfig& config, Rng& rng) {
  if (config.window == "photo") return editing::padded_to_square({0, 0, product.cols, product.rows});
  const int limit = std::min(product.cols, product.rows);
  const int side = std::clamp(static_cast<int>(limit * rng.uniform(kClosest, 1.0)),
                              std::min(limit, kSmallestWindow), limit);
  std::vector<cv::Point> places;
  cv::findNonZero(product, places);
  const auto at = rng.pick(places);
  return {std::clamp(at.x - side / 2, 0, product.cols - side),
          std::clamp(at.y - side / 2, 0, product.rows - side), side, side};
}

Mask draw_hole(const Mask& allowed, const dataset::templates::TemplateLibrary* library,
               const InpaintConfig& config, Rng& rng) {
  if (!library) return dataset::random_mask(allowed, config.masks, rng);
  return dataset::templates::place(*library, rng.pick(library->categories()), allowed, config.place, rng)
      .mask;
}

}  // namespace

void fields(FieldVisitor& visit, InpaintConfig& c) {
  visit("size", c.size, in(32, 1024), "side of the picture, pixels; a multiple of 16");
  visit("pairs", c.pairs, in(1, 1e8), "training samples");
  visit("least_masks", c.least_masks, in(1, 16), "masks a sample, at least");
  visit("most_masks", c.most_masks, in(1, 16), "and at most (App. A.1)");
  visit("window", c.window, one_of({"zoom", "photo"}),
        "a square part of the photo, or all of it padded to a square");
  visit("gap_px", c.gap_px, in(0, 256), "source pixels between a mask and the annotated defect");
  visit("abnormal", c.abnormal, in(0, 1), "share of defective photos, where there are both");
  visit("procedural", c.procedural, in(0, 1), "share of drawn products");
  visit("shard_pairs", c.shard_pairs, in(1, 1e6), "samples a shard");
  visit("held_out", c.held_out, in(0, 0.5), "share of photos kept for val/");
  visit("seed", c.seed, any(), "of every random choice");
  visit.group("place", c.place);
  visit.group("masks", c.masks);
}

std::optional<InpaintPair> make_inpaint_pair(const InpaintPhoto& photo,
                                             const dataset::templates::TemplateLibrary* library,
                                             const InpaintConfig& config, Rng& rng) {
  const cv::Rect frame(0, 0, photo.image.width(), photo.image.height());
  const cv::Mat product = foreground(photo.image).pixels();
  const bool is_abnormal = photo.defect.width() > 0 && !photo.defect.is_empty();
  const cv::Mat defect = is_abnormal ? photo.defect.pixels() : cv::Mat(cv::Mat::zeros(frame.size(), CV_8UC1));

  // Where masks may lie: on the foreground, away from the annotated defect.
  InpaintPair pair;
  pair.window = choose_window(product, config, rng);
  const auto seen = [&](const cv::Mat& mask) { return editing::cut(mask, frame, pair.window, 0); };
  cv::Mat allowed = seen(product & ~grown(defect, static_cast<int>(config.gap_px)));
  const auto least = kLeastAllowed * static_cast<double>(allowed.total());
  if (cv::countNonZero(allowed) < least) return std::nullopt;

  // One to three masks, each beside the others.
  const auto count = config.least_masks + rng.integer(config.most_masks - config.least_masks + 1);
  cv::Mat asked = cv::Mat::zeros(allowed.size(), CV_8UC1);
  for (std::int64_t i = 0; i < count; ++i) {
    if (cv::countNonZero(allowed) < least) break;
    const cv::Mat hole = draw_hole(Mask(allowed), library, config, rng).pixels() & allowed;
    if (cv::countNonZero(hole) == 0) continue;
    pair.holes.push_back(hole);
    asked |= hole;
    allowed.setTo(0, grown(hole, 1));
  }
  if (static_cast<std::int64_t>(pair.holes.size()) < config.least_masks) return std::nullopt;

  // To the model's size; the dilation stops at the defect.
  const int size = static_cast<int>(config.size);
  const cv::Mat fill = editing::cut(photo.image.rgb8(), frame, pair.window, cv::Scalar::all(255));
  pair.target = scaled(fill, size);
  const cv::Mat small = scaled_mask(asked, size);
  cv::dilate(small, pair.mask, cv::Mat::ones(3, 3, CV_8UC1), {-1, -1}, 1 + static_cast<int>(rng.integer(4)));
  pair.mask.setTo(0, touched(seen(defect), size));
  const int area = cv::countNonZero(pair.mask);
  if (area < kFewestPixels || area > kLargestHole * size * size) return std::nullopt;

  pair.collage = editing::fill_hole(pair.target, pair.mask);
  return pair;
}

}  // namespace unidg::preparation
