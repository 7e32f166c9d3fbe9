#pragma once
#include <opencv2/imgproc.hpp>

#include "unidg/image/image.h"

namespace unidg::testing {

/// Mask shapes that geometry has to survive.
inline std::vector<std::pair<std::string, Mask>> mask_shapes(int width, int height) {
  const auto drawn = [&](auto draw) {
    cv::Mat pixels = cv::Mat::zeros(height, width, CV_8UC1);
    draw(pixels);
    return Mask(pixels);
  };
  return {
      {"disc", drawn([&](cv::Mat& m) {
         cv::circle(m, {width / 2, height / 2}, std::min(width, height) / 6, 255, cv::FILLED);
       })},
      {"touching the border",
       drawn([&](cv::Mat& m) { m(cv::Rect(width - 5, 0, 5, height / 2)).setTo(255); })},
      {"one pixel in the corner", drawn([&](cv::Mat& m) { m.at<std::uint8_t>(height - 1, 0) = 255; })},
      {"one pixel", drawn([&](cv::Mat& m) { m.at<std::uint8_t>(height / 3, width / 3) = 255; })},
      {"whole frame", drawn([&](cv::Mat& m) { m.setTo(255); })},
      {"ring with a hole", drawn([&](cv::Mat& m) {
         cv::circle(m, {width / 2, height / 2}, std::min(width, height) / 3, 255, 3);
       })},
      {"scratch", drawn([&](cv::Mat& m) {
         cv::line(m, {2, 3}, {width - 4, height / 2}, 255, 1);
       })},
      {"two far parts", drawn([&](cv::Mat& m) {
         m(cv::Rect(1, 1, 4, 3)).setTo(255);
         m(cv::Rect(width - 6, height - 7, 4, 5)).setTo(255);
       })},
  };
}

}  // namespace unidg::testing
