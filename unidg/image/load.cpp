#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/image/formats/decode.h"
#include "unidg/image/formats/header.h"
#include "unidg/image/formats/png.h"
#include "unidg/image/image.h"

namespace unidg {
namespace {

using formats::Bytes;
using formats::FileFormat;
using formats::Header;

void check_limits(const Header& header, const ImageLimits& limits, const std::string& where) {
  if (header.width <= limits.max_side && header.height <= limits.max_side &&
      header.width * header.height <= limits.max_pixels)
    return;
  throw InputError(where, ": ", header.width, " x ", header.height, " pixels, more than the limit of ",
                   limits.max_pixels, " pixels and ", limits.max_side,
                   " a side. Scale it down or cut it into tiles.");
}

cv::Mat to_rgb_order(const cv::Mat& decoded) {
  cv::Mat out;
  switch (decoded.channels()) {
    case 3:
      cv::cvtColor(decoded, out, cv::COLOR_BGR2RGB);
      break;
    case 4:
      cv::cvtColor(decoded, out, cv::COLOR_BGRA2RGBA);
      break;
    default:
      out = decoded;
  }
  return out;
}

/// BMP, TIFF and WebP. Empty when the decoder gives up.
cv::Mat decode_with_opencv(std::string_view content) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // libraries do not print
  const cv::Mat bytes(1, static_cast<int>(content.size()), CV_8UC1, const_cast<char*>(content.data()));
  try {
    const auto decoded = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
    return decoded.empty() ? decoded : to_rgb_order(decoded);
  } catch (const cv::Exception&) {
    return {};
  }
}

/// Pixels in RGB(A) order.
cv::Mat decode_pixels(const Bytes& file, const Header& header) {
  if (header.format == FileFormat::Jpeg) return formats::decode_jpeg(file);
  if (header.format == FileFormat::Png) {
    const auto essential = formats::essential_png(file);
    return formats::decode_png(Bytes(essential, file.where()));
  }
  return decode_with_opencv(file.slice(0, file.size()));
}

/// BMP knows a fourth byte that is mostly padding: it counts as alpha only where it varies.
cv::Mat without_padding_byte(const cv::Mat& pixels) {
  cv::Mat alpha;
  cv::extractChannel(pixels, alpha, 3);
  double low = 0, high = 0;
  cv::minMaxLoc(alpha, &low, &high);
  if (low != high) return pixels;
  cv::Mat out;
  cv::cvtColor(pixels, out, cv::COLOR_RGBA2RGB);
  return out;
}

/// EXIF orientations 2 ... 8 as the transposition and flips that undo them.
cv::Mat upright(const cv::Mat& pixels, int orientation) {
  if (orientation <= 1) return pixels;
  cv::Mat out = pixels;
  if (orientation >= 5) cv::transpose(pixels, out);
  constexpr int kKeep = 2;  // cv::flip: 1 left-right, 0 up-down, -1 both
  constexpr int kFlips[] = {1, -1, 0, kKeep, 1, -1, 0};
  const int flip = kFlips[orientation - 2];
  cv::Mat flipped;
  if (flip == kKeep) return out;
  cv::flip(out, flipped, flip);
  return flipped;
}

std::string read_picture_file(const std::filesystem::path& path, const ImageLimits& limits) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path, ignored);
  if (!ignored && size > static_cast<std::uintmax_t>(limits.max_bytes))
    throw InputError(path.string(), ": ", size, " bytes, more than the limit of ", limits.max_bytes,
                     ". Save it compressed or scale it down.");
  return read_file(path, static_cast<std::size_t>(limits.max_bytes));
}

}  // namespace

Image decode_image(std::string_view content, const std::string& where, const ImageLimits& limits) {
  const Bytes file(content, where);
  const auto header = formats::read_header(file);
  check_limits(header, limits, where);
  formats::check_whole(file, header);

  auto pixels = decode_pixels(file, header);
  if (pixels.empty())
    throw InputError(where, ": the ", formats::name(header.format),
                     " data cannot be decoded. The file is damaged; export it again.");
  if (pixels.cols != header.width || pixels.rows != header.height)
    if (pixels.rows != header.width || pixels.cols != header.height)  // a TIFF turned upright by its decoder
      throw InputError(where, ": header says ", header.width, " x ", header.height, " but ", pixels.cols,
                       " x ", pixels.rows, " were decoded. The file is damaged; export it again.");
  if (header.format == FileFormat::Bmp && pixels.channels() == 4) pixels = without_padding_byte(pixels);
  try {
    return Image(upright(pixels, header.orientation));
  } catch (const InputError& error) {
    throw InputError(where, ": ", error.what(), ". Convert it to one of these.");
  }
}

Image load_image(const std::filesystem::path& path, const ImageLimits& limits) {
  return decode_image(read_picture_file(path, limits), path.string(), limits);
}

}  // namespace unidg
