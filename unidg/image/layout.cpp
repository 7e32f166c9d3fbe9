#include "unidg/image/layout.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace unidg {
namespace {

constexpr int kSide = 32;
constexpr double kShared = 0.6, kSymmetric = 0.9;

cv::Mat coarse(const Image& image) {
  cv::Mat out;
  cv::resize(image.pixels(), out, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  if (out.channels() == 4) cv::cvtColor(out, out, cv::COLOR_BGRA2GRAY);
  if (out.channels() == 3) cv::cvtColor(out, out, cv::COLOR_BGR2GRAY);
  out.convertTo(out, CV_64F);
  return out;
}

double correlation(cv::Mat a, cv::Mat b, const cv::Mat& where = cv::Mat()) {
  a = a - cv::mean(a, where), b = b - cv::mean(b, where);
  if (!where.empty()) a.setTo(0, ~where), b.setTo(0, ~where);
  const double size = std::sqrt(a.dot(a) * b.dot(b));
  constexpr double kFlat = 1e-6;
  return size < kFlat ? 0 : a.dot(b) / size;
}

bool looks_the_same_turned(const cv::Mat& grey) {
  cv::Mat disc = cv::Mat::zeros(grey.size(), CV_8U);
  cv::circle(disc, {kSide / 2, kSide / 2}, kSide / 2 - 2, 255, cv::FILLED);
  constexpr double kMiddle = (kSide - 1) / 2.0;
  for (const double angle : {30.0, 45.0, 70.0, 90.0, 130.0}) {
    cv::Mat turned;
    const cv::Point2f middle(kMiddle, kMiddle);
    cv::warpAffine(grey, turned, cv::getRotationMatrix2D(middle, angle, 1), grey.size(), cv::INTER_LINEAR,
                   cv::BORDER_REPLICATE);
    if (correlation(grey, turned, disc) < kSymmetric) return false;
  }
  return true;
}

}  // namespace

double layout_likeness(const Image& a, const Image& b) { return correlation(coarse(a), coarse(b)); }

SceneLayout layout_of(const Image& scene) {
  const cv::Mat grey = coarse(scene);
  cv::Mat x, y;
  cv::flip(grey, x, 1);
  cv::flip(grey, y, 0);
  SceneLayout out;
  out.mirrors_x = correlation(grey, x) >= kSymmetric;
  out.mirrors_y = correlation(grey, y) >= kSymmetric;
  out.turns = looks_the_same_turned(grey);
  return out;
}

SceneLayout layout_of(const Image& scene, const Image& other) {
  auto out = layout_of(scene);
  out.is_shared = layout_likeness(scene, other) >= kShared;
  return out;
}

}  // namespace unidg
