#pragma once
#include <zlib.h>

#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::testing {

using namespace std::string_literals;

/// Seeded noise over the format's whole range.
inline Image noise(int width, int height, PixelFormat format, std::uint64_t seed = 1) {
  Image image(width, height, format);
  cv::RNG rng(seed);
  rng.fill(image.pixels(), cv::RNG::UNIFORM, 0, bit_depth(format) == 16 ? 65536 : 256);
  return image;
}

/// The picture as another program (OpenCV) writes it.
inline std::string encoded(const Image& image, const std::string& extension,
                           const std::vector<int>& settings = {}) {
  cv::Mat ordered = image.pixels().clone();
  if (ordered.channels() == 3) cv::cvtColor(image.pixels(), ordered, cv::COLOR_RGB2BGR);
  if (ordered.channels() == 4) cv::cvtColor(image.pixels(), ordered, cv::COLOR_RGBA2BGRA);
  std::vector<unsigned char> bytes;
  cv::imencode(extension, ordered, bytes, settings);
  return {bytes.begin(), bytes.end()};
}

inline std::string number(std::uint32_t value, int bytes, bool big_endian) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * (big_endian ? bytes - 1 - i : i));
  return out;
}

inline std::string png_chunk(const std::string& type, const std::string& data) {
  const auto body = type + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return number(static_cast<std::uint32_t>(data.size()), 4, true) + body +
         number(static_cast<std::uint32_t>(crc), 4, true);
}

inline std::string zlib_packed(const std::string& content) {
  std::string out(compressBound(content.size()), '\0');
  auto size = static_cast<uLongf>(out.size());
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(content.data()),
           content.size());
  out.resize(size);
  return out;
}

/// A PNG by hand. @param chunks stand between IHDR and IDAT @param rows filter byte and samples of every row
inline std::string png_file(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                            const std::string& chunks, const std::string& rows) {
  const auto header = number(width, 4, true) + number(height, 4, true) + static_cast<char>(depth) +
                      static_cast<char>(colour_type) + "\0\0\0"s;
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + chunks + png_chunk("IDAT", zlib_packed(rows)) +
         png_chunk("IEND", "");
}

/// A TIFF-structured EXIF block with nothing but the orientation.
inline std::string exif_block(int orientation, bool big_endian) {
  const auto n = [&](std::uint32_t value, int bytes) { return number(value, bytes, big_endian); };
  return (big_endian ? "MM"s : "II"s) + n(42, 2) + n(8, 4) + n(1, 2) + n(274, 2) + n(3, 2) + n(1, 4) +
         n(static_cast<std::uint32_t>(orientation), 2) + n(0, 2) + n(0, 4);
}

/// Inserts an APP1 segment behind a JPEG's start marker.
inline std::string with_exif(const std::string& jpeg, int orientation, bool big_endian) {
  const auto data = "Exif\0\0"s + exif_block(orientation, big_endian);
  return jpeg.substr(0, 2) + "\xff\xe1" + number(static_cast<std::uint32_t>(data.size() + 2), 2, true) +
         data + jpeg.substr(2);
}

/// Wraps a simple lossless WebP into the extended form with an EXIF chunk.
inline std::string webp_with_exif(const std::string& webp, int orientation) {
  const auto picture = webp.substr(12);
  const auto bits = static_cast<std::uint32_t>(
      static_cast<unsigned char>(picture[9]) | static_cast<unsigned char>(picture[10]) << 8 |
      static_cast<unsigned char>(picture[11]) << 16 |
      static_cast<std::uint32_t>(static_cast<unsigned char>(picture[12])) << 24);
  const auto exif = exif_block(orientation, false);
  const auto body = "WEBPVP8X"s + number(10, 4, false) + "\x08\0\0\0"s + number(bits & 0x3fff, 3, false) +
                    number(bits >> 14 & 0x3fff, 3, false) + picture + "EXIF" +
                    number(static_cast<std::uint32_t>(exif.size()), 4, false) + exif;
  return "RIFF" + number(static_cast<std::uint32_t>(body.size()), 4, false) + body;
}

/// Moves a little-endian TIFF's directory to the end, with the orientation tag added.
inline std::string tiff_with_orientation(std::string tiff, int orientation) {
  const auto read = [&](std::size_t at, int bytes) {
    std::uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; --i)
      value = value << 8 | static_cast<unsigned char>(tiff[at + static_cast<std::size_t>(i)]);
    return value;
  };
  const std::size_t directory = read(4, 4);
  const std::uint32_t count = read(directory, 2);
  std::string entries;
  bool is_added = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto entry = directory + 2 + 12 * i;
    if (read(entry, 2) == 274) continue;
    if (!is_added && read(entry, 2) > 274) {
      entries += number(274, 2, false) + number(3, 2, false) + number(1, 4, false) +
                 number(static_cast<std::uint32_t>(orientation), 4, false);
      is_added = true;
    }
    entries += tiff.substr(entry, 12);
  }
  if (tiff.size() % 2) tiff += '\0';
  tiff.replace(4, 4, number(static_cast<std::uint32_t>(tiff.size()), 4, false));
  return tiff + number(static_cast<std::uint32_t>(entries.size() / 12), 2, false) + entries +
         number(0, 4, false);
}

}  // namespace unidg::testing
