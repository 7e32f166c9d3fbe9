#include "unidg/editing/fit.h"

#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

namespace unidg::editing {
namespace {

constexpr int kCanvas = 96;      // side of the canvas on which fits are compared
constexpr double kReach = 44.0;  // farthest mask pixel from the centre of that canvas
constexpr double kFitMirrorCost = 0.05,
                 kFitTurnCost = 0.05;  // overlap that mirroring, a half turn has to win

cv::Point2d centroid(const cv::Mat& mask) {
  const auto m = cv::moments(mask, true);
  return {m.m10 / m.m00, m.m01 / m.m00};
}

/// Turn by `angle` and scale about the origin, mirrored in x first.
cv::Matx22d turn(double angle, double scale, bool mirror) {
  const double c = scale * std::cos(angle), s = scale * std::sin(angle), m = mirror ? -1 : 1;
  return {c * m, -s, s * m, c};
}

cv::Matx23d about(const cv::Matx22d& linear, const cv::Point2d& from, const cv::Point2d& to) {
  const cv::Vec2d moved = linear * cv::Vec2d(from.x, from.y);
  return {linear(0, 0), linear(0, 1), to.x - moved[0], linear(1, 0), linear(1, 1), to.y - moved[1]};
}

double farthest(const cv::Mat& mask, const cv::Point2d& centre) {
  const auto box = cv::boundingRect(mask);
  const double dx = std::max(centre.x - box.x, box.br().x - centre.x);
  const double dy = std::max(centre.y - box.y, box.br().y - centre.y);
  return std::hypot(dx, dy);
}

/// The mask's soft silhouette on the canvas, its centroid in the middle. Thin parts stay visible as grey.
cv::Mat silhouette(const cv::Mat& mask, const cv::Point2d& centre, double scale) {
  const auto box = cv::boundingRect(mask);
  cv::Mat small = mask(box);
  double fx = 1, fy = 1;
  if (scale < 1) {
    const cv::Size size(std::max(1, cvRound(box.width * scale)), std::max(1, cvRound(box.height * scale)));
    cv::resize(mask(box), small, size, 0, 0, cv::INTER_AREA);
    fx = static_cast<double>(size.width) / box.width, fy = static_cast<double>(size.height) / box.height;
  }
  const double rest_x = scale / fx, rest_y = scale / fy;
  // Pixel centres: x of the box lies at (x + 0.5) * f - 0.5 of the small picture.
  const double cx = (centre.x - box.x + 0.5) * fx - 0.5, cy = (centre.y - box.y + 0.5) * fy - 0.5;
  const cv::Matx23d place(rest_x, 0, kCanvas / 2.0 - rest_x * cx, 0, rest_y, kCanvas / 2.0 - rest_y * cy);
  cv::Mat out, values;
  small.convertTo(values, CV_32FC1, 1.0 / 255);
  cv::warpAffine(values, out, place, {kCanvas, kCanvas}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return out;
}

double overlap_of(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat both, either;
  cv::min(a, b, both), cv::max(a, b, either);
  return cv::sum(both)[0] / std::max(cv::sum(either)[0], 1e-9);
}

}  // namespace

Fit best_fit(const Mask& reference, const Mask& asked, int angle_step) {
  const auto from = centroid(reference.pixels()), to = centroid(asked.pixels());
  const double scale = std::sqrt(static_cast<double>(asked.area()) / reference.area());
  const double reach = std::max(farthest(asked.pixels(), to), scale * farthest(reference.pixels(), from));
  const double shrink = std::min(1.0, kReach / reach);
  const cv::Mat goal = silhouette(asked.pixels(), to, shrink),
                shape = silhouette(reference.pixels(), from, shrink * scale);
  const cv::Point2d middle(kCanvas / 2.0, kCanvas / 2.0);

  struct Best {
    int degrees = 0;
    bool mirror = false;
    double overlap = 0, score = -1;
  } best;
  const auto attempt = [&](int degrees, bool mirror) {
    cv::Mat turned;
    cv::warpAffine(shape, turned, about(turn(degrees * std::numbers::pi / 180, 1, mirror), middle, middle),
                   shape.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT);
    const double overlap = overlap_of(turned, goal);
    const int turned_by = std::min((degrees + 360) % 360, 360 - (degrees + 360) % 360);
    const double score = overlap - (mirror ? kFitMirrorCost : 0) - kFitTurnCost * turned_by / 180;
    if (score > best.score) best = {degrees, mirror, overlap, score};
  };
  for (const bool mirror : {false, true})
    for (int degrees = 0; degrees < 360; degrees += angle_step) attempt(degrees, mirror);
  const auto coarse = best;
  for (int degrees = coarse.degrees - angle_step + 1; degrees < coarse.degrees + angle_step; ++degrees)
    if (angle_step <= 30) attempt(degrees, coarse.mirror);

  return {about(turn(best.degrees * std::numbers::pi / 180, scale, best.mirror), from, to), scale,
          best.overlap};
}

cv::Mat lay(const cv::Mat& picture, const Fit& fit, const cv::Rect& frame, int border) {
  cv::Mat small = picture;
  cv::Matx23d map = fit.to_target;
  if (fit.scale < 1) {
    const cv::Size size(std::max(1, cvRound(picture.cols * fit.scale)),
                        std::max(1, cvRound(picture.rows * fit.scale)));
    cv::resize(picture, small, size, 0, 0, cv::INTER_AREA);
    const double fx = static_cast<double>(picture.cols) / size.width,
                 fy = static_cast<double>(picture.rows) / size.height;
    // The shrunk pixel (x, y) shows the picture at ((x + 0.5) fx - 0.5, (y + 0.5) fy - 0.5).
    const double ox = 0.5 * fx - 0.5, oy = 0.5 * fy - 0.5;
    map(0, 2) += map(0, 0) * ox + map(0, 1) * oy, map(1, 2) += map(1, 0) * ox + map(1, 1) * oy;
    map(0, 0) *= fx, map(1, 0) *= fx, map(0, 1) *= fy, map(1, 1) *= fy;
  }
  map(0, 2) -= frame.x, map(1, 2) -= frame.y;
  cv::Mat out;
  cv::warpAffine(small, out, map, frame.size(), cv::INTER_LINEAR, border);
  return out;
}

}  // namespace unidg::editing
