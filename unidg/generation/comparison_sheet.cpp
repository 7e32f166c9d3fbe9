#include "unidg/generation/comparison_sheet.h"

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/dataset/gallery.h"

namespace unidg::generation {
namespace {

cv::Mat cell_of(const cv::Mat& picture, int side) {
  cv::Mat out(side, side, CV_8UC3, cv::Scalar::all(255)), small;
  const double scale = static_cast<double>(side) / std::max(picture.cols, picture.rows);
  const cv::Size size(std::max(1, cvRound(picture.cols * scale)), std::max(1, cvRound(picture.rows * scale)));
  cv::resize(picture, small, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  small.copyTo(out(cv::Rect((side - size.width) / 2, (side - size.height) / 2, size.width, size.height)));
  return out;
}

cv::Mat outlined(const MaskedImage& reference) {
  cv::Mat out = reference.image.rgb8().clone();
  std::vector<std::vector<cv::Point>> lines;
  cv::findContours(reference.mask.pixels(), lines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  cv::drawContours(out, lines, -1, cv::Scalar(255, 40, 40), std::max(1, out.cols / 200));
  return out;
}

}  // namespace

Image comparison_sheet(const std::vector<Request>& requests, const std::vector<const Generator*>& generators,
                       int cell) {
  if (requests.empty()) throw InputError("a sheet needs at least one picture to make");
  const int columns = 2 + static_cast<int>(generators.size());
  cv::Mat sheet(cell * static_cast<int>(requests.size()), cell * columns, CV_8UC3, cv::Scalar::all(255));
  const auto put = [&](std::size_t row, int column, const cv::Mat& picture) {
    cell_of(picture, cell).copyTo(sheet(cv::Rect(column * cell, static_cast<int>(row) * cell, cell, cell)));
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    put(i, 0, outlined(*requests[i].reference));
    put(i, 1, requests[i].source.rgb8()(dataset::zoom_window(requests[i].mask)));
  }
  for (std::size_t g = 0; g < generators.size(); ++g) {
    const auto results = generators[g]->generate(requests);
    for (std::size_t i = 0; i < requests.size(); ++i)
      if (results[i].status != "failed")
        put(i, 2 + static_cast<int>(g), results[i].image.rgb8()(dataset::zoom_window(requests[i].mask)));
  }
  return Image(sheet);
}

}  // namespace unidg::generation
