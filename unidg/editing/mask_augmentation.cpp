#include "unidg/editing/mask_augmentation.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "unidg/core/error.h"

namespace unidg::editing {
namespace {

constexpr double kGrown = 1.1, kBlob = 0.5, kStep = 0.05;
constexpr int kPoints = 18, kJitter = 40;

/// `at` moved by `offset`, if that lands outside [low, high].
int moved(int at, int offset, int low, int high) {
  return at + offset < low || at + offset > high ? at + offset : at;
}

}  // namespace

Mask randomised_mask(const Mask& mask, Rng& rng) {
  if (mask.is_empty()) throw InputError("the target's mask is empty, so no mask can be drawn around it");
  const auto box = mask.box();
  const int right = box.x + box.width - 1, bottom = box.y + box.height - 1;  // inclusive
  const double cx = (box.x + right) / 2.0, cy = (box.y + bottom) / 2.0;
  const double half_x = kGrown * (right - box.x) / 2.0, half_y = kGrown * (bottom - box.y) / 2.0;
  const std::array<cv::Point2d, 4> corners = {cv::Point2d(cx - half_x, cy - half_y),
                                              {cx + half_x, cy - half_y},
                                              {cx + half_x, cy + half_y},
                                              {cx - half_x, cy + half_y}};
  std::vector<cv::Point> outline;
  if (rng.chance(kBlob)) {
    for (std::size_t side = 0; side < corners.size(); ++side) {
      const auto from = corners[side], to = corners[(side + 1) % corners.size()];
      for (int i = 1; i <= kPoints; ++i) {
        const auto at = from + kStep * i * (to - from);
        const int dx = static_cast<int>(rng.integer(2 * kJitter + 1)) - kJitter,
                  dy = static_cast<int>(rng.integer(2 * kJitter + 1)) - kJitter;
        outline.emplace_back(moved(cvRound(at.x), dx, box.x, right), moved(cvRound(at.y), dy, box.y, bottom));
      }
    }
  } else {
    for (const auto& corner : corners) outline.emplace_back(cvRound(corner.x), cvRound(corner.y));
  }
  Mask out(mask.width(), mask.height());
  cv::fillPoly(out.pixels(), std::vector<std::vector<cv::Point>>{outline}, 255);
  cv::Mat with_corners = out.pixels();
  cv::bitwise_or(with_corners, mask.pixels(),
                 with_corners);  // a cut corner of a blob never uncovers the defect
  return Mask(with_corners);
}

}  // namespace unidg::editing
