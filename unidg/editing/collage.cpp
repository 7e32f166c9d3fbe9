#include "unidg/editing/collage.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

namespace unidg::editing {
namespace {

// Centroid, principal axis and spread of a mask's pixels.
struct Shape {
  cv::Point2d centre;
  double angle = 0;              // of the long axis, radians
  double along = 1, across = 1;  // standard deviations, pixels
};

Shape shape_of(const cv::Mat& mask) {
  const cv::Moments m = cv::moments(mask, /*binaryImage=*/true);
  Shape s;
  s.centre = {m.m10 / m.m00, m.m01 / m.m00};
  const double a = m.mu20 / m.m00 + 1.0 / 12, b = m.mu11 / m.m00, c = m.mu02 / m.m00 + 1.0 / 12;
  const double mean = (a + c) / 2, spread = std::sqrt((a - c) * (a - c) / 4 + b * b);
  s.along = std::sqrt(mean + spread);
  s.across = std::sqrt(std::max(mean - spread, 1.0 / 12));
  s.angle = 0.5 * std::atan2(2 * b, a - c);
  return s;
}

// Maps `from` onto `to`: centre to centre, axis to axis. `flip` turns by 180 degrees, `mirror` reflects the
// short axis.
cv::Matx23d alignment(const Shape& from, const Shape& to, bool flip, bool mirror) {
  constexpr double kAnisotropy = 1.8;  // a defect is stretched at most this much more one way than the other
  const double along = to.along / from.along;
  const double across = std::clamp(to.across / from.across, along / kAnisotropy, along * kAnisotropy);
  const double sign = flip ? -1 : 1;
  const cv::Matx22d turn_back(std::cos(from.angle), std::sin(from.angle), -std::sin(from.angle),
                              std::cos(from.angle));
  const cv::Matx22d stretch(sign * along, 0, 0, sign * across * (mirror ? -1 : 1));
  const cv::Matx22d turn(std::cos(to.angle), -std::sin(to.angle), std::sin(to.angle), std::cos(to.angle));
  const cv::Matx22d a = turn * stretch * turn_back;
  return {a(0, 0), a(0, 1), to.centre.x - a(0, 0) * from.centre.x - a(0, 1) * from.centre.y,
          a(1, 0), a(1, 1), to.centre.y - a(1, 0) * from.centre.x - a(1, 1) * from.centre.y};
}

double overlap(const cv::Mat& a, const cv::Mat& b) {
  const double common = cv::countNonZero(a & b), all = cv::countNonZero(a | b);
  return all > 0 ? common / all : 0;
}

cv::Matx23d best_alignment(const Shape& from, const Shape& to, const cv::Mat& from_mask,
                           const cv::Mat& to_mask) {
  cv::Matx23d best;
  double best_overlap = -1;
  for (const bool flip : {false, true})
    for (const bool mirror : {false, true}) {
      const auto candidate = alignment(from, to, flip, mirror);
      cv::Mat warped;
      cv::warpAffine(from_mask, warped, candidate, to_mask.size(), cv::INTER_LINEAR);
      const double score = overlap(warped > 127, to_mask);
      if (score > best_overlap) best_overlap = score, best = candidate;
    }
  return best;
}

// Per-channel median of a picture where `mask` is set; nothing where the mask is empty.
cv::Vec3f median_under(const cv::Mat& picture, const cv::Mat& mask, const cv::Vec3f& otherwise) {
  std::array<std::array<int, 256>, 3> counts{};
  int total = 0;
  for (int y = 0; y < picture.rows; ++y) {
    const auto* row = picture.ptr<cv::Vec3b>(y);
    const auto* set = mask.ptr<uchar>(y);
    for (int x = 0; x < picture.cols; ++x)
      if (set[x]) {
        ++total;
        for (int c = 0; c < 3; ++c) ++counts[static_cast<std::size_t>(c)][row[x][c]];
      }
  }
  if (total == 0) return otherwise;
  cv::Vec3f out;
  for (int c = 0; c < 3; ++c) {
    int seen = 0, level = 0;
    while (seen + counts[static_cast<std::size_t>(c)][static_cast<std::size_t>(level)] <= total / 2)
      seen += counts[static_cast<std::size_t>(c)][static_cast<std::size_t>(level++)];
    out[c] = static_cast<float>(level);
  }
  return out;
}

// What surrounds a mask: a ring two pixels away and as wide as a fifth of the mask.
cv::Mat ring_around(const cv::Mat& mask) {
  const cv::Rect box = cv::boundingRect(mask);
  const int width = std::clamp(std::max(box.width, box.height) / 5, 3, 15);
  cv::Mat near, far;
  cv::dilate(mask, near, cv::Mat::ones(5, 5, CV_8UC1));
  cv::dilate(near, far, cv::Mat::ones(2 * width + 1, 2 * width + 1, CV_8UC1));
  return far & ~near;
}

// The defect's colour beside its own surroundings, carried over to other surroundings: darker stays darker in
// the same proportion, brighter brighter; partly its own colour shifted by a bounded offset.
cv::Vec3f carry_over(const cv::Vec3f& defect, const cv::Vec3f& from, const cv::Vec3f& to) {
  constexpr float kContrastShare = 0.6f, kLargestOffset = 60.0f;
  cv::Vec3f out;
  for (int c = 0; c < 3; ++c) {
    const float d = defect[c], a = std::clamp(from[c], 8.0f, 247.0f), b = to[c];
    const float contrast = d < a ? b * d / a : 255 - (255 - b) * (255 - d) / (255 - a);
    const float shifted = d + std::clamp(b - from[c], -kLargestOffset, kLargestOffset);
    out[c] = std::clamp(kContrastShare * contrast + (1 - kContrastShare) * shifted, 0.0f, 255.0f);
  }
  return out;
}

}  // namespace

cv::Mat fill_hole(const cv::Mat& image, const cv::Mat& mask) {
  constexpr int kLargestSide = 160;  // a smooth fill needs no more
  const double scale = std::min(1.0, kLargestSide / static_cast<double>(std::max(image.cols, image.rows)));
  if (scale == 1.0) {
    cv::Mat out;
    cv::inpaint(image, mask, out, 3, cv::INPAINT_TELEA);
    return out;
  }
  cv::Mat small, small_mask, filled, large, out = image.clone();
  cv::resize(image, small, {}, scale, scale, cv::INTER_AREA);
  cv::resize(mask, small_mask, small.size(), 0, 0, cv::INTER_AREA);
  cv::inpaint(small, small_mask > 0, filled, 3, cv::INPAINT_TELEA);
  cv::resize(filled, large, image.size(), 0, 0, cv::INTER_CUBIC);
  large.copyTo(out, mask);
  return out;
}

Collage make_collage(const MaskedImage& reference, const cv::Mat& target, const cv::Mat& asked,
                     const cv::Mat& used, const std::string& underlay) {
  // The part of the reference that matters: its defect with some surroundings.
  const cv::Rect box = reference.mask.box();
  const int margin = std::max(box.width, box.height) / 3 + 20;
  const cv::Rect region =
      cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) &
      cv::Rect(0, 0, reference.image.width(), reference.image.height());
  cv::Mat photo = reference.image.rgb8()(region).clone(), mask = reference.mask.pixels()(region).clone();
  const Shape to = shape_of(asked);
  Shape from = shape_of(mask);

  // Shrink first, so that warping does not alias.
  const double shrink = std::min(1.0, 1.5 * std::max(to.along / from.along, to.across / from.across));
  if (shrink < 0.75) {
    cv::resize(photo, photo, {}, shrink, shrink, cv::INTER_AREA);
    cv::resize(mask, mask, photo.size(), 0, 0, cv::INTER_AREA);
    mask = mask > 40;
    from = shape_of(mask);
  }
  const cv::Matx23d map = best_alignment(from, to, mask, asked);

  // Pixels just outside the defect take its nearest colours, so that soft edges do not drag the old
  // surroundings in.
  const cv::Vec3f here = median_under(photo, ring_around(mask), {128, 128, 128});
  const cv::Vec3f there = median_under(target, ring_around(used), median_under(target, ~used, here));
  cv::Mat warped, warped_mask;
  cv::warpAffine(photo, warped, map, target.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::warpAffine(mask, warped_mask, map, target.size(), cv::INTER_LINEAR);

  // A compact defect takes the asked shape: its colours are continued into what the warp left bare. A thin or
  // branched one keeps its own shape and spans the mask.
  const double solidity = cv::countNonZero(mask) / (4 * M_PI * from.along * from.across);
  const cv::Mat core = warped_mask > 127;
  cv::Mat alpha;
  if (solidity > 0.6) {
    const cv::Mat bare = asked & ~core;
    if (cv::countNonZero(core & asked) > 0 && cv::countNonZero(bare) > 0) {
      cv::Mat unknown = ~core, near;
      cv::dilate(asked, near, cv::Mat::ones(5, 5, CV_8UC1));
      unknown &= near;
      warped = fill_hole(warped, unknown);
    }
    asked.convertTo(alpha, CV_32F, 1.0 / 255);
  } else {
    warped_mask.convertTo(alpha, CV_32F, 1.0 / 255);
  }
  const double soft = std::clamp(to.across * 0.12, 0.6, 1.6);
  cv::GaussianBlur(alpha, alpha, {0, 0}, soft);
  alpha.setTo(0, used == 0);

  Collage out;
  out.image = underlay == "smooth" ? fill_hole(target, used) : target.clone();
  out.alpha = alpha;
  for (int y = 0; y < target.rows; ++y)
    for (int x = 0; x < target.cols; ++x) {
      const float a = alpha.at<float>(y, x);
      if (a <= 0) continue;
      auto& pixel = out.image.at<cv::Vec3b>(y, x);
      const cv::Vec3f painted = carry_over(cv::Vec3f(warped.at<cv::Vec3b>(y, x)), here, there);
      for (int c = 0; c < 3; ++c)
        pixel[c] = cv::saturate_cast<uchar>(static_cast<float>(pixel[c]) * (1 - a) + painted[c] * a);
    }
  return out;
}

}  // namespace unidg::editing
