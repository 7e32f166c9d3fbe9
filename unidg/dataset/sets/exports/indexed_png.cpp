#include "unidg/dataset/sets/exports/indexed_png.h"

#include <zlib.h>

#include "unidg/core/error.h"
#include "unidg/dataset/sets/readers/label_colours.h"

namespace unidg::dataset::sets {
namespace {

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::string chunk(const std::string& kind, const std::string& data) {
  const auto body = kind + data;
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(sum));
}

}  // namespace

std::string indexed_png(const cv::Mat& numbers) {
  std::string rows, palette;
  for (int y = 0; y < numbers.rows; ++y) {
    rows += '\0';  // no filter: runs of one value pack best as they are
    rows.append(reinterpret_cast<const char*>(numbers.ptr(y)), static_cast<std::size_t>(numbers.cols));
  }
  auto size = ::compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                  static_cast<uLong>(rows.size()), 6) != Z_OK)
    throw Error("a label picture of ", numbers.cols, " x ", numbers.rows, " could not be packed");
  packed.resize(size);
  for (int i = 0; i < 256; ++i) {
    const auto colour = voc_colour(i);
    for (const int shift : {16, 8, 0}) palette += static_cast<char>(colour >> shift & 255);
  }
  const std::string header = big_endian(static_cast<std::uint32_t>(numbers.cols)) +
                             big_endian(static_cast<std::uint32_t>(numbers.rows)) +
                             std::string("\x08\x03\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("PLTE", palette) + chunk("IDAT", packed) +
         chunk("IEND", "");
}

}  // namespace unidg::dataset::sets
