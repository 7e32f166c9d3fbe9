#include "unidg/dataset/mmad/pictures.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/sets/html.h"

namespace unidg::dataset::mmad {
namespace {

constexpr int kGap = 8;

cv::Size fitted_size(cv::Size size, int side) {
  const double scale =
      side <= 0 ? 1 : std::min(1.0, static_cast<double>(side) / std::max(size.width, size.height));
  return {std::max(1, static_cast<int>(std::lround(size.width * scale))),
          std::max(1, static_cast<int>(std::lround(size.height * scale)))};
}

cv::Mat fitted_region(const Mask& mask, int side) {
  cv::Mat out;
  cv::resize(mask.pixels(), out, fitted_size(mask.pixels().size(), side), 0, 0, cv::INTER_AREA);
  return out > 0;
}

}  // namespace

Image fitted(const Image& image, int side) {
  const auto size = fitted_size({image.width(), image.height()}, side);
  cv::Mat out;
  cv::resize(image.rgb8(), out, size, 0, 0, cv::INTER_AREA);
  return Image(out);
}

Image mask_picture(const Mask& mask, int side) { return Image(fitted_region(mask, side)); }

Image outlined(const Image& image, const Mask& mask, int side) {
  cv::Mat out = fitted(image, side).pixels().clone();
  const cv::Mat region = fitted_region(mask, side);
  const int thick = std::max(1, std::max(out.cols, out.rows) / 200);
  const auto grown = [&](int by) {
    cv::Mat wide;
    cv::dilate(region, wide, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * by + 1, 2 * by + 1}));
    return wide;
  };
  out.setTo(cv::Scalar(255, 0, 0), grown(2 * thick) & ~grown(thick));
  return Image(out);
}

Image side_by_side(const std::vector<Image>& images) {
  int width = -kGap;
  const int height = images.front().height();
  std::vector<cv::Mat> scaled;
  for (const auto& image : images) {
    cv::Mat one = image.rgb8();
    if (one.rows != height)
      cv::resize(one, one, {std::max(1, one.cols * height / one.rows), height}, 0, 0, cv::INTER_AREA);
    width += one.cols + kGap;
    scaled.push_back(one);
  }
  cv::Mat out(height, width, CV_8UC3, cv::Scalar::all(255));
  int x = 0;
  for (const auto& one : scaled) {
    one.copyTo(out(cv::Rect(x, 0, one.cols, one.rows)));
    x += one.cols + kGap;
  }
  return Image(out);
}

std::string data_url(std::string_view png) { return "data:image/png;base64," + sets::base64(png); }

}  // namespace unidg::dataset::mmad
