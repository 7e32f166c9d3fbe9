#include "unidg/editing/own_size.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "unidg/editing/collage.h"
#include "unidg/editing/fit.h"
#include "unidg/editing/likeness.h"

namespace unidg::editing {
namespace {

constexpr int kTurnStep = 6;         // degrees between the turns tried at first; up to this none is made
constexpr double kMostlyMask = 100;  // of 255: the share of a pixel that makes it defect
constexpr float kFullTo = 1, kEndsAt = 4;  // pixels around the shape: all of the region, nothing of it
constexpr float kRingFrom = 3;             // pixels: the surroundings whose light is compared begin here
constexpr double kRingWidth = 0.35;        // of the square root of the shape's area
constexpr int kFewestRingPixels = 40;      // pixels that give a median
constexpr double kWidestLightShift = 12;   // levels; more is another surface, not another light

constexpr float kBesideFrom = 1, kBesideTo = 8;  // pixels: the surroundings that should agree
constexpr std::size_t kSamples = 2000;           // pixels of them, at most
constexpr int kLeastReach = 3;                   // pixels of the farthest move, at least
constexpr double kReachShare = 0.025;            // of the scene's longer side, otherwise
constexpr double kClearlyBetter = 0.85;          // of the disagreement, that a move has to come below

/// Scene pixel -> reference pixel of a fit without its scale.
cv::Matx23d unscaled(const Fit& fit, const Mask& reference, const Mask& asked) {
  cv::Matx22d turn(fit.to_target(0, 0) / fit.scale, fit.to_target(0, 1) / fit.scale,
                   fit.to_target(1, 0) / fit.scale, fit.to_target(1, 1) / fit.scale);
  const double degrees = std::atan2(-turn(0, 1), turn(1, 1)) * 180 / std::numbers::pi;
  const bool turns = std::abs(degrees) > kTurnStep;
  if (!turns) turn = {turn(0, 0) < 0 ? -1.0 : 1.0, 0, 0, 1};

  const auto from = cv::moments(reference.pixels(), true), to = cv::moments(asked.pixels(), true);
  const cv::Vec2d there(to.m10 / to.m00, to.m01 / to.m00);
  const cv::Vec2d moved = turn * cv::Vec2d(from.m10 / from.m00, from.m01 / from.m00);
  cv::Vec2d by = there - moved;
  if (!turns) by = {std::round(by[0]), std::round(by[1])};
  const cv::Matx23d forth(turn(0, 0), turn(0, 1), by[0], turn(1, 0), turn(1, 1), by[1]);
  cv::Matx23d back;
  cv::invertAffineTransform(forth, back);
  return back;
}

/// Distance of every pixel to the shape, CV_32FC1; 0 on it.
cv::Mat distance_to(const Mask& shape) {
  cv::Mat outside, distance;
  cv::bitwise_not(shape.pixels(), outside);
  cv::distanceTransform(outside, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return distance;
}

/// How the region's levels become the scene's: times `gain`, plus `shift`.
struct Light {
  double gain = 1;
  std::array<double, 3> shift{};
};

Light light_of(const OwnSize& laid, const cv::Mat& scene, const cv::Mat& distance, double gain) {
  const auto width = std::max(4.0, kRingWidth * std::sqrt(static_cast<double>(laid.shape.area())));
  const cv::Mat ring = (distance > kRingFrom) & (distance < kRingFrom + width) & laid.inside;
  Light out;
  out.gain = gain;
  if (cv::countNonZero(ring) < kFewestRingPixels) return out;
  double ours = 0, theirs = 0;
  for (int c = 0; c < 3; ++c) {
    const double a = median_level(laid.pixels, c, ring), b = median_level(scene, c, ring);
    ours += a, theirs += b;
    if (gain == 1 && std::abs(b - a) <= kWidestLightShift) out.shift[static_cast<std::size_t>(c)] = b - a;
  }
  if (gain != 1) out.gain = theirs / std::max(ours, 1.0);
  return out;
}

/// Pixels beside the shape, at most kSamples of them, drawn evenly.
std::vector<cv::Point> beside(const OwnSize& laid) {
  const auto distance = distance_to(laid.shape);
  std::vector<cv::Point> all, out;
  cv::findNonZero((distance > kBesideFrom) & (distance <= kBesideTo) & laid.inside, all);
  const std::size_t step = 1 + all.size() / kSamples;
  for (std::size_t i = 0; i < all.size(); i += step) out.push_back(all[i]);
  return out;
}

/// Mean absolute difference of the photo and the scene beside the shape when both move by `by`, each channel
/// brought to one mean; infinite where most would leave the frame.
double disagreement(const OwnSize& laid, const cv::Mat& scene, const std::vector<cv::Point>& where,
                    cv::Point by) {
  const cv::Rect frame({0, 0}, scene.size());
  std::vector<cv::Vec3f> differences;
  cv::Vec3d mean;
  for (const auto& p : where) {
    if (!frame.contains(p + by)) continue;
    const auto d = cv::Vec3f(scene.at<cv::Vec3b>(p + by)) - cv::Vec3f(laid.pixels.at<cv::Vec3b>(p));
    differences.push_back(d);
    mean += cv::Vec3d(d);
  }
  if (differences.size() * 10 < where.size() * 9) return std::numeric_limits<double>::infinity();
  mean /= static_cast<double>(differences.size());
  double sum = 0;
  for (const auto& d : differences) sum += cv::norm(cv::Vec3d(d) - mean, cv::NORM_L1);
  return sum / static_cast<double>(differences.size());
}

/// The small move after which the surroundings agree best, none where that is hardly better.
cv::Point move_to_agree(const OwnSize& laid, const cv::Mat& scene) {
  const auto where = beside(laid);
  if (where.size() < kFewestRingPixels) return {};
  const int reach = std::max(kLeastReach, cvRound(kReachShare * std::max(scene.cols, scene.rows)));
  const double there = disagreement(laid, scene, where, {});
  double best = kClearlyBetter * there;
  cv::Point out;
  for (int y = -reach; y <= reach; ++y)
    for (int x = -reach; x <= reach; ++x) {
      const double here = disagreement(laid, scene, where, {x, y});
      if (here < best) best = here, out = {x, y};
    }
  return out;
}

OwnSize sampled(const MaskedImage& reference, const cv::Matx23d& back, cv::Size size) {
  const cv::Mat photo = reference.image.rgb8();
  OwnSize out{cv::Mat::zeros(size, CV_8UC3), cv::Mat::zeros(size, CV_8UC1), Mask(size.width, size.height)};
  const cv::Rect frame({0, 0}, photo.size());
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const cv::Vec2d at = back * cv::Vec3d(x, y, 1);
      const cv::Point p(cvRound(at[0]), cvRound(at[1]));
      if (!frame.contains(p)) continue;
      out.pixels.at<cv::Vec3b>(y, x) = photo.at<cv::Vec3b>(p);
      out.inside.at<std::uint8_t>(y, x) = 255;
      out.shape.pixels().at<std::uint8_t>(y, x) = reference.mask.pixels().at<std::uint8_t>(p);
    }
  return out;
}

MaskedImage framed(const MaskedImage& reference, cv::Size size) {
  cv::Mat photo, share;
  const bool shrinks = reference.image.width() > size.width;
  cv::resize(reference.image.rgb8(), photo, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_CUBIC);
  cv::resize(reference.mask.pixels(), share, size, 0, 0, cv::INTER_AREA);
  return {Image(photo), Mask(share > kMostlyMask)};
}

}  // namespace

OwnSize lay_own_size(const MaskedImage& given, const cv::Mat& scene, const Mask& asked) {
  check_reference(given);
  const auto reference = given.mask.pixels().size() == scene.size() ? given : framed(given, scene.size());
  if (reference.mask.is_empty()) return {{}, {}, reference.mask};
  auto back = unscaled(best_fit(reference.mask, asked, kTurnStep), reference.mask, asked);
  const auto laid = sampled(reference, back, scene.size());
  const auto by = move_to_agree(laid, scene);
  if (by == cv::Point()) return laid;
  back(0, 2) -= back(0, 0) * by.x + back(0, 1) * by.y;
  back(1, 2) -= back(1, 0) * by.x + back(1, 1) * by.y;
  return sampled(reference, back, scene.size());
}

cv::Mat blend_own_size(const OwnSize& laid, const cv::Mat& scene, const Mask& used, double gain) {
  cv::Mat out = scene.clone();
  const auto distance = distance_to(laid.shape);
  const auto light = light_of(laid, scene, distance, gain);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      if (!used.pixels().at<std::uint8_t>(y, x) || !laid.inside.at<std::uint8_t>(y, x)) continue;
      const float share = std::clamp((kEndsAt - distance.at<float>(y, x)) / (kEndsAt - kFullTo), 0.0f, 1.0f);
      auto& pixel = out.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) {
        const double own = std::clamp(
            laid.pixels.at<cv::Vec3b>(y, x)[c] * light.gain + light.shift[static_cast<std::size_t>(c)], 0.0,
            255.0);
        pixel[c] = cv::saturate_cast<std::uint8_t>(pixel[c] + share * (own - pixel[c]));
      }
    }
  return out;
}

}  // namespace unidg::editing
