#include "unidg/editing/square.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>

namespace unidg::editing {
namespace {

/// The source samples [first, last) that result sample `i` touches.
std::pair<int, int> touched(int i, int from, int to) {
  const auto first = std::int64_t{i} * from / to;
  const auto last = (std::int64_t{i + 1} * from + to - 1) / to;
  return {static_cast<int>(first), static_cast<int>(last)};
}

cv::Mat area_max(const cv::Mat& square, int size) {
  cv::Mat rows(size, square.cols, CV_8UC1), out(size, size, CV_8UC1);
  for (int y = 0; y < size; ++y) {
    const auto [first, last] = touched(y, square.rows, size);
    cv::Mat row = rows.row(y);
    cv::reduce(square.rowRange(first, last), row, 0, cv::REDUCE_MAX);
  }
  for (int x = 0; x < size; ++x) {
    const auto [first, last] = touched(x, square.cols, size);
    cv::Mat column = out.col(x);
    cv::reduce(rows.colRange(first, last), column, 1, cv::REDUCE_MAX);
  }
  return out;
}

}  // namespace

cv::Rect padded_to_square(const cv::Rect& box) {
  const int side = std::max(box.width, box.height);
  return {box.x - (side - box.width) / 2, box.y - (side - box.height) / 2, side, side};
}

cv::Mat cut(const cv::Mat& image, const cv::Rect& visible, const cv::Rect& frame, const cv::Scalar& fill) {
  cv::Mat out(frame.size(), image.type(), fill);
  const cv::Rect inside = frame & visible & cv::Rect(0, 0, image.cols, image.rows);
  if (!inside.empty()) image(inside).copyTo(out(inside - frame.tl()));
  return out;
}

cv::Mat resize_image(const cv::Mat& square, int size) {
  cv::Mat out;
  cv::resize(square, out, {size, size}, 0, 0, cv::INTER_LINEAR);
  return out;
}

cv::Mat resize_mask(const cv::Mat& square, int size, const std::string& how) {
  cv::Mat ones, linear;
  cv::threshold(square, ones, 127, 1, cv::THRESH_BINARY);
  cv::resize(ones, linear, {size, size}, 0, 0, cv::INTER_LINEAR);
  const cv::Mat set = linear == 1;
  return how == "linear" ? set : set | area_max(square, size);
}

}  // namespace unidg::editing
