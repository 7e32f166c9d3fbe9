#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

using dataset::fractal_noise;
using dataset::smooth_step;

/// A tablet's outline in its own axes: a stadium, which is a circle when `half_straight` is 0, or an ellipse.
struct Outline {
  double radius, half_straight;
  bool is_ellipse;
  double distance(double u, double v) const {
    if (is_ellipse) {
      const double a = radius + half_straight, k = std::hypot(u / a, v / radius);
      const double slope = std::hypot(u / (a * a), v / (radius * radius));
      return slope < 1e-9 ? -radius : k * (k - 1) / slope;
    }
    return std::hypot(std::max(std::abs(u) - half_straight, 0.0), v) - radius;
  }
};

std::string code(Rng& rng) {
  static const std::string letters = "ABDEFGHKLMNPRSTUVXZ";
  std::string out;
  const int letter_count = static_cast<int>(rng.integer(3)),
            digit_count = static_cast<int>((letter_count == 0 ? 2 : 0) + rng.integer(3));
  for (int i = 0; i < letter_count; ++i)
    out += letters[static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(letters.size())))];
  for (int i = 0; i < digit_count; ++i) out += static_cast<char>('0' + rng.integer(10));
  return out;
}

/// The code as coverage in the frame, turned by `angle` around `centre`.
cv::Mat lettering(cv::Size frame, const std::string& text, cv::Point2d centre, double angle, double height_px,
                  double width_px) {
  const int thickness = std::max(1, static_cast<int>(std::lround(height_px / 8)));
  int baseline = 0;
  double scale = height_px / 22.0;
  auto extent = cv::getTextSize(text, cv::FONT_HERSHEY_DUPLEX, scale, thickness, &baseline);
  if (extent.width > width_px)
    scale *= width_px / extent.width,
        extent = cv::getTextSize(text, cv::FONT_HERSHEY_DUPLEX, scale, thickness, &baseline);
  cv::Mat flat = cv::Mat::zeros(extent.height + 2 * thickness + 8, extent.width + 2 * thickness + 8, CV_8UC1),
          out;
  cv::putText(flat, text, {thickness + 4, flat.rows - thickness - 4}, cv::FONT_HERSHEY_DUPLEX, scale, 255,
              thickness, cv::LINE_AA);
  const double c = std::cos(angle), s = std::sin(angle);
  const cv::Matx23d place(c, -s, centre.x - c * flat.cols / 2 + s * flat.rows / 2, s, c,
                          centre.y - s * flat.cols / 2 - c * flat.rows / 2);
  cv::warpAffine(flat, out, place, frame, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return out;
}

}  // namespace

Surface draw_pill(cv::Size frame, Rng& rng) {
  const double unit = std::min(frame.width, frame.height);
  enum Kind { Round, Oblong, Capsule };
  const auto kind = static_cast<Kind>(rng.integer(3));
  const double angle = rng.uniform(0, M_PI);
  const double c = std::cos(angle), s = std::sin(angle);
  const cv::Point2d centre(frame.width * rng.uniform(0.47, 0.53), frame.height * rng.uniform(0.47, 0.53));
  const double radius = unit * (kind == Round ? rng.uniform(0.28, 0.42) : rng.uniform(0.15, 0.22));
  const Outline outline{radius, kind == Round ? 0.0 : radius * rng.uniform(0.6, 1.15),
                        kind == Oblong && rng.chance(0.4)};
  const double half_length = radius + outline.half_straight;

  cv::Mat object(frame, CV_8UC1), depth(frame, CV_32FC1);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const double dx = x - centre.x, dy = y - centre.y,
                   d = outline.distance(c * dx + s * dy, c * dy - s * dx);
      depth.at<float>(y, x) = static_cast<float>(-d);
      object.at<std::uint8_t>(y, x) = cv::saturate_cast<std::uint8_t>(255 * coverage(d));
    }
  }
  static const std::vector<cv::Vec3f> grounds = {srgb(18, 19, 21),  srgb(210, 210, 206),
                                                 srgb(58, 84, 108), srgb(108, 112, 114),
                                                 srgb(34, 52, 44),  srgb(150, 152, 150)};
  Surface surface = ground_under(object, vary(rng.pick(grounds), 0.1, rng), radius * 0.22, rng);
  surface.product = object;
  surface.sharpness = kind == Capsule ? 6 : 4;

  static const std::vector<cv::Vec3f> coats = {srgb(226, 222, 212), srgb(222, 196, 120), srgb(206, 110, 96),
                                               srgb(150, 176, 204), srgb(216, 156, 160), srgb(176, 196, 160),
                                               srgb(196, 120, 60),  srgb(236, 232, 226), srgb(120, 66, 70)};
  const cv::Vec3f coat = vary(rng.pick(coats), 0.1, rng);
  const cv::Vec3f other = kind == Capsule ? vary(rng.pick(coats), 0.15, rng) : coat;
  const cv::Vec3f speckle = mix(coat, vary(rng.pick(coats), 0.4, rng) * 0.5f, 0.8f);
  surface.material = {.fresh = kind == Capsule ? other * 0.35f : mix(coat, srgb(238, 234, 224), 0.7f),
                      .inside = coat * 0.16f,
                      .depth = 1};

  // Body: a bevel at the edge and a dome over it; a capsule is a half round and has a step where the shells
  // meet.
  const cv::Mat grain =
      fractal_noise(frame, {std::max(1.5, unit * 0.006), std::max(1.5, unit * 0.006)}, 2, rng);
  const cv::Mat cloud = fractal_noise(frame, {unit * 0.12, unit * 0.12}, 3, rng);
  const cv::Mat specks =
      fractal_noise(frame, {std::max(2.0, unit * 0.012), std::max(2.0, unit * 0.012)}, 2, rng);
  const double bevel = radius * rng.uniform(0.12, 0.3), dome = radius * rng.uniform(0.05, 0.3),
               seam = half_length * rng.uniform(-0.1, 0.25);
  const bool has_specks = kind != Capsule && rng.chance(0.35);
  const float roughness = kind == Capsule ? 0.02f : static_cast<float>(rng.uniform(0.1, 0.4));
  const auto gloss = static_cast<float>(kind == Capsule ? rng.uniform(0.35, 0.7) : rng.uniform(0.02, 0.15));
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const float in = object.at<std::uint8_t>(y, x) / 255.0f;
      if (in == 0) continue;
      const double t =
          std::min(1.0, std::max(0.0, depth.at<float>(y, x) / (kind == Capsule ? radius : bevel)));
      const double k = std::min(1.0, std::max(0.0, static_cast<double>(depth.at<float>(y, x)) / radius));
      double height = (kind == Capsule ? radius * 0.55 : bevel * 0.7) * std::sqrt(1 - (1 - t) * (1 - t)) +
                      dome * (1 - (1 - k) * (1 - k));
      const double u = c * (x - centre.x) + s * (y - centre.y);
      const float shell = smooth_step(-0.7f, 0.7f, static_cast<float>(u - seam));
      if (kind == Capsule) height += unit * 0.008 * shell;
      cv::Vec3f colour = mix(coat, other, shell);
      if (has_specks) colour = mix(colour, speckle, smooth_step(0.55f, 0.75f, specks.at<float>(y, x)));
      colour *= 1 + 0.03f * cloud.at<float>(y, x) + 0.04f * roughness * grain.at<float>(y, x);
      surface.albedo.at<cv::Vec3f>(y, x) = mix(surface.albedo.at<cv::Vec3f>(y, x), colour, in);
      surface.height.at<float>(y, x) = static_cast<float>(height) + roughness * grain.at<float>(y, x);
      surface.gloss.at<float>(y, x) = in * gloss;
    }
  }

  // Engraving or print, and a score line.
  surface.bare = Layer{surface.albedo.clone(), surface.height.clone(), surface.gloss.clone()};
  const bool is_printed = kind == Capsule || rng.chance(0.35);
  const bool has_score = kind != Capsule && rng.chance(0.3);
  const cv::Vec3f ink = cv::norm(coat) > 0.7 ? srgb(48, 44, 52) : srgb(226, 224, 220);
  const double letter_height = radius * rng.uniform(0.42, 0.62);
  const cv::Point2d lift = has_score ? radius * 0.42 * cv::Point2d(-s, c) : cv::Point2d(0, 0);
  cv::Mat text = lettering(frame, code(rng), centre + lift, angle,
                           has_score ? letter_height * 0.7 : letter_height, 1.45 * half_length);
  if (!is_printed)
    cv::blur(text, text, {2 * static_cast<int>(unit / 320) + 1, 2 * static_cast<int>(unit / 320) + 1});
  const double engraved = radius * 0.055, score = radius * 0.045;
  cv::Mat mark = cv::Mat::zeros(frame, CV_8UC1);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const float letter = text.at<std::uint8_t>(y, x) / 255.0f;
      if (letter > 0) {
        if (is_printed)
          surface.albedo.at<cv::Vec3f>(y, x) = mix(surface.albedo.at<cv::Vec3f>(y, x), ink, 0.85f * letter);
        else {
          surface.height.at<float>(y, x) -= static_cast<float>(engraved) * letter;
          surface.albedo.at<cv::Vec3f>(y, x) *= 1 - 0.18f * letter;
        }
        mark.at<std::uint8_t>(y, x) = 255;
      }
      const double v = std::abs(c * (y - centre.y) - s * (x - centre.x));
      if (has_score && v < 2 * score && depth.at<float>(y, x) > 0) {
        surface.height.at<float>(y, x) -=
            static_cast<float>(1.6 * score * std::exp(-v * v / (score * score)));
        surface.albedo.at<cv::Vec3f>(y, x) *=
            static_cast<float>(1 - 0.15 * std::exp(-v * v / (score * score)));
      }
    }
  }
  const cv::Rect box = cv::boundingRect(mark);
  if (box.area() > 0) surface.parts = {box};
  return view(surface, frame, 0, 0.04, rng.uniform(1.0, 1.2), rng);
}

}  // namespace unidg::procedural
