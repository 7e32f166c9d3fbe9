#include "unidg/image/formats/header.h"

namespace unidg::formats {
namespace {

constexpr const char* kReadable = "PNG, JPEG, BMP, TIFF or WebP";

/// Names a file that we do not read, so that the message can say what it is.
const char* foreign_format(const Bytes& file) {
  if (file.has(0, "GIF87a") || file.has(0, "GIF89a")) return "a GIF (possibly an animation)";
  if (file.has(4, "ftypheic") || file.has(4, "ftypheix") || file.has(4, "ftypmif1"))
    return "a HEIC/HEIF picture";
  if (file.has(4, "ftypavif") || file.has(4, "ftypavis")) return "an AVIF picture";
  if (file.has(0, std::string_view("\0\0\0\x0cjP  ", 8))) return "a JPEG 2000 picture";
  if (file.has(0, "8BPS")) return "a Photoshop document";
  if (file.has(0, "%PDF")) return "a PDF document";
  if (file.has(0, "v/1\x01")) return "an OpenEXR picture";
  if (file.has(0, "<svg") || file.has(0, "<?xml")) return "an SVG or XML text";
  if (file.has(0, std::string_view("II+\0", 4)) || file.has(0, std::string_view("MM\0+", 4)))
    return "a BigTIFF";
  if (file.has(0, "PK\x03\x04")) return "a zip archive";
  return nullptr;
}

}  // namespace

const char* name(FileFormat format) {
  switch (format) {
    case FileFormat::Png:
      return "PNG";
    case FileFormat::Jpeg:
      return "JPEG";
    case FileFormat::Bmp:
      return "BMP";
    case FileFormat::Tiff:
      return "TIFF";
    case FileFormat::WebP:
      return "WebP";
  }
  return "?";
}

Header read_header(const Bytes& file) {
  if (file.size() == 0) throw InputError(file.where(), ": the file is empty (expected ", kReadable, ").");
  if (file.has(0, "\x89PNG\r\n\x1a\n")) return read_png_header(file);
  if (file.has(0, "\xff\xd8\xff")) return read_jpeg_header(file);
  if (file.has(0, std::string_view("II*\0", 4)) || file.has(0, std::string_view("MM\0*", 4)))
    return read_tiff_header(file);
  if (file.has(0, "RIFF") && file.has(8, "WEBP")) return read_webp_header(file);
  if (file.has(0, "BM")) return read_bmp_header(file);
  if (const char* found = foreign_format(file))
    throw InputError(file.where(), ": this is ", found, " (expected ", kReadable, "). Convert it to PNG.");
  throw InputError(file.where(), ": not a picture we can read (expected ", kReadable,
                   "; the content decides, not the file name).");
}

void check_whole(const Bytes& file, const Header& header) {
  switch (header.format) {
    case FileFormat::Png:
      return check_whole_png(file);
    case FileFormat::Jpeg:
      return check_whole_jpeg(file);
    case FileFormat::Bmp:
      return check_whole_bmp(file);
    case FileFormat::Tiff:
      return check_whole_tiff(file);
    case FileFormat::WebP:
      return check_whole_webp(file);
  }
}

int exif_orientation(std::string_view exif) {
  try {
    const Bytes block(exif, "EXIF");
    const bool big = block.has(0, "MM");
    if (!big && !block.has(0, "II")) return 1;
    const std::size_t directory = block.number(4, 4, big);
    const std::uint32_t entries = block.number(directory, 2, big);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const std::size_t entry = directory + 2 + std::size_t{12} * i;
      if (block.number(entry, 2, big) != 274) continue;
      const auto value = block.number(entry + 8, 2, big);
      return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
  } catch (const InputError&) {
    // A damaged EXIF block says nothing about the picture.
  }
  return 1;
}

}  // namespace unidg::formats
