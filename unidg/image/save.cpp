#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "unidg/core/files.h"
#include "unidg/image/formats/png.h"
#include "unidg/image/image.h"

namespace unidg {
namespace {

std::string encode(const cv::Mat& pixels, const PngTexts& metadata) {
  cv::Mat ordered;  // never the caller's own buffer
  if (pixels.channels() == 3)
    cv::cvtColor(pixels, ordered, cv::COLOR_RGB2BGR);
  else if (pixels.channels() == 4)
    cv::cvtColor(pixels, ordered, cv::COLOR_RGBA2BGRA);
  else
    ordered = pixels;
  std::vector<unsigned char> bytes;
  if (pixels.empty() || !cv::imencode(".png", ordered, bytes, {cv::IMWRITE_PNG_COMPRESSION, 5}))
    throw Error("an image of ", pixels.cols, " x ", pixels.rows, " pixels could not be encoded as PNG");
  return formats::with_texts({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, metadata);
}

}  // namespace

std::string encode_png(const Image& image, const PngTexts& metadata) {
  return encode(image.pixels(), metadata);
}
std::string encode_png(const Mask& mask, const PngTexts& metadata) { return encode(mask.pixels(), metadata); }

void save_png(const std::filesystem::path& path, const Image& image, const PngTexts& metadata) {
  write_file_atomic(path, encode_png(image, metadata));
}

void save_png(const std::filesystem::path& path, const Mask& mask, const PngTexts& metadata) {
  write_file_atomic(path, encode_png(mask, metadata));
}

PngTexts read_png_texts(const std::filesystem::path& path) {
  const auto content = read_file(path, static_cast<std::size_t>(ImageLimits{}.max_bytes));
  return formats::png_texts(formats::Bytes(content, path.string()));
}

}  // namespace unidg
