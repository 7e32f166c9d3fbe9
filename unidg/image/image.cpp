#include "unidg/image/image.h"

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"

namespace unidg {
namespace {

int matrix_type(PixelFormat format) {
  switch (format) {
    case PixelFormat::Gray8:
      return CV_8UC1;
    case PixelFormat::Gray16:
      return CV_16UC1;
    case PixelFormat::Rgb8:
      return CV_8UC3;
    case PixelFormat::Rgba8:
      return CV_8UC4;
    case PixelFormat::Rgb16:
      return CV_16UC3;
  }
  return -1;
}

/// 65535 -> 255 with rounding: value / 257.
cv::Mat to_8_bit(const cv::Mat& pixels16) {
  cv::Mat out(pixels16.size(), CV_MAKETYPE(CV_8U, pixels16.channels()));
  const int samples = pixels16.cols * pixels16.channels();
  for (int y = 0; y < pixels16.rows; ++y) {
    const auto* in = pixels16.ptr<std::uint16_t>(y);
    auto* row = out.ptr<std::uint8_t>(y);
    for (int x = 0; x < samples; ++x) row[x] = static_cast<std::uint8_t>((in[x] + 128) / 257);
  }
  return out;
}

bool are_equal(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return false;
  for (int y = 0; y < a.rows; ++y)
    if (!std::equal(a.ptr(y), a.ptr(y) + static_cast<std::size_t>(a.cols) * a.elemSize(), b.ptr(y)))
      return false;
  return true;
}

template <typename Sample>
bool agree(const cv::Mat& pixels) {
  const int step = pixels.channels();
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* row = pixels.ptr<Sample>(y);
    for (int x = 0; x < pixels.cols; ++x, row += step)
      if (row[0] != row[1] || row[1] != row[2]) return false;
  }
  return true;
}

}  // namespace

int channels(PixelFormat format) { return CV_MAT_CN(matrix_type(format)); }
int bit_depth(PixelFormat format) { return CV_MAT_DEPTH(matrix_type(format)) == CV_16U ? 16 : 8; }

const char* name(PixelFormat format) {
  switch (format) {
    case PixelFormat::Gray8:
      return "gray8";
    case PixelFormat::Gray16:
      return "gray16";
    case PixelFormat::Rgb8:
      return "RGB8";
    case PixelFormat::Rgba8:
      return "RGBA8";
    case PixelFormat::Rgb16:
      return "RGB16";
  }
  return "?";
}

Image::Image(cv::Mat pixels) : pixels_(std::move(pixels)) {
  if (!pixels_.empty()) format();  // refuses other types here, where they are made
}

Image::Image(int width, int height, PixelFormat format)
    : pixels_(cv::Mat::zeros(height, width, matrix_type(format))) {}

PixelFormat Image::format() const {
  for (const auto format :
       {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16})
    if (pixels_.type() == matrix_type(format)) return format;
  throw InputError("an image of ", pixels_.channels(), " channels and ", 8 * pixels_.elemSize1(),
                   "-bit samples (expected gray8, gray16, RGB8, RGBA8 or RGB16)");
}

cv::Mat Image::rgb8() const {
  const cv::Mat pixels = pixels_.depth() == CV_16U ? to_8_bit(pixels_) : pixels_;
  cv::Mat out;
  switch (pixels.channels()) {
    case 1:
      cv::cvtColor(pixels, out, cv::COLOR_GRAY2RGB);
      break;
    case 4:
      cv::cvtColor(pixels, out, cv::COLOR_RGBA2RGB);
      break;
    default:
      out = pixels.clone();
  }
  return out;
}

bool Image::is_grey() const {
  if (pixels_.channels() == 1) return true;
  return pixels_.depth() == CV_16U ? agree<std::uint16_t>(pixels_) : agree<std::uint8_t>(pixels_);
}

bool operator==(const Image& a, const Image& b) { return are_equal(a.pixels(), b.pixels()); }

Mask::Mask(const cv::Mat& pixels) {
  if (pixels.type() != CV_8UC1)
    throw InputError("a mask must have one 8-bit channel; this has ", pixels.channels());
  cv::threshold(pixels, pixels_, 127, 255, cv::THRESH_BINARY);
}

int Mask::area() const { return pixels_.empty() ? 0 : cv::countNonZero(pixels_); }

double Mask::area_ratio() const {
  return pixels_.empty() ? 0.0 : static_cast<double>(area()) / static_cast<double>(pixels_.total());
}

cv::Rect Mask::box() const { return pixels_.empty() ? cv::Rect() : cv::boundingRect(pixels_); }

Mask Mask::clone() const {
  Mask copy;
  copy.pixels_ = pixels_.clone();
  return copy;
}

bool operator==(const Mask& a, const Mask& b) { return are_equal(a.pixels(), b.pixels()); }

}  // namespace unidg
