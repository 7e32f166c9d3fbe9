#include "unidg/agents/caption/colours.h"

#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

namespace unidg::agents {
namespace {

constexpr double kGreyChroma = 11;  // below it a colour is a grey

cv::Vec3f lab_of(const cv::Scalar& rgb) {
  cv::Mat one(1, 1, CV_32FC3, cv::Scalar(rgb[0], rgb[1], rgb[2]) / 255.0), lab;
  cv::cvtColor(one, lab, cv::COLOR_RGB2Lab);
  return lab.at<cv::Vec3f>(0);
}

/// Colours as one imagines them, with darker and lighter forms where the name stays the same.
const std::vector<std::pair<const char*, cv::Scalar>>& named() {
  static const std::vector<std::pair<const char*, cv::Scalar>> out = {
      {"red", {200, 30, 30}},     {"red", {130, 20, 25}},     {"orange", {240, 140, 30}},
      {"brown", {120, 75, 40}},   {"brown", {75, 48, 30}},    {"brown", {150, 105, 75}},
      {"beige", {222, 205, 170}}, {"beige", {190, 165, 130}}, {"yellow", {240, 220, 50}},
      {"yellow", {200, 180, 60}}, {"green", {50, 140, 50}},   {"green", {30, 75, 30}},
      {"green", {150, 190, 110}}, {"green", {110, 120, 50}},  {"cyan", {60, 190, 200}},
      {"blue", {40, 70, 190}},    {"blue", {25, 35, 90}},     {"blue", {130, 170, 220}},
      {"purple", {120, 50, 150}}, {"pink", {235, 150, 175}},  {"pink", {210, 130, 125}},
      {"red", {170, 70, 65}}};
  return out;
}

}  // namespace

std::string colour_name(const cv::Scalar& rgb) {
  const auto lab = lab_of(rgb);
  if (std::hypot(lab[1], lab[2]) < kGreyChroma)
    return lab[0] < 18   ? "black"
           : lab[0] < 40 ? "dark gray"
           : lab[0] < 66 ? "gray"
           : lab[0] < 89 ? "light gray"
                         : "white";
  std::string best;
  double nearest = std::numeric_limits<double>::max();
  for (const auto& [name, colour] : named()) {
    const auto other = lab_of(colour);
    const double hue = std::abs(std::atan2(lab[2], lab[1]) - std::atan2(other[2], other[1]));
    const double degrees = std::min(hue, 2 * CV_PI - hue) * 180 / CV_PI;
    const double chroma = std::hypot(lab[1], lab[2]) - std::hypot(other[1], other[2]);
    const double distance = std::hypot(0.5 * (lab[0] - other[0]), 0.4 * chroma, 0.5 * degrees);
    if (distance < nearest) nearest = distance, best = name;
  }
  return lab[0] < 12 ? "black" : best;
}

cv::Scalar median_colour(const cv::Mat& rgb, const cv::Mat& where) {
  std::array<std::array<int, 256>, 3> counts{};
  int total = 0;
  for (int y = 0; y < rgb.rows; ++y)
    for (int x = 0; x < rgb.cols; ++x)
      if (where.at<std::uint8_t>(y, x)) {
        for (std::size_t c = 0; c < 3; ++c) ++counts[c][rgb.at<cv::Vec3b>(y, x)[static_cast<int>(c)]];
        ++total;
      }
  cv::Scalar out;
  for (std::size_t c = 0; c < 3; ++c) {
    int level = 0;
    for (int below = counts[c][0]; level < 255 && 2 * below < total;
         below += counts[c][static_cast<std::size_t>(level)])
      ++level;
    out[static_cast<int>(c)] = level;
  }
  return out;
}

}  // namespace unidg::agents
