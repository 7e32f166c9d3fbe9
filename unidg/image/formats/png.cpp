#include "unidg/image/formats/png.h"

#include <zlib.h>

#include "unidg/image/formats/header.h"

namespace unidg::formats {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::uint32_t kLargest = 0x7fffffff;  // lengths and sides are 31-bit numbers

std::uint32_t crc_of(std::string_view type_and_data) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(type_and_data.data()), type_and_data.size()));
}

std::string be32_text(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string chunk(std::string_view type, std::string_view data) {
  std::string body(type);
  body.append(data);
  return be32_text(static_cast<std::uint32_t>(data.size())) + body + be32_text(crc_of(body));
}

bool has_png_depth(std::uint32_t colour, std::uint32_t depth) {
  const bool small = depth == 1 || depth == 2 || depth == 4;
  const bool wide = depth == 8 || depth == 16;
  switch (colour) {
    case 0:
      return small || wide;
    case 3:
      return small || depth == 8;
    case 2:
    case 4:
    case 6:
      return wide;
    default:
      return false;
  }
}

/// Orientation from the eXIf chunk, wherever it stands; the walk over the chunks that follows reports what is
/// damaged.
int orientation_of(const Bytes& file) {
  for (std::size_t at = kSignature; file.size() >= at + 12;) {
    const std::size_t length = file.be32(at);
    if (length > file.size() - at - 12) return 1;
    if (file.has(at + 4, "eXIf")) return exif_orientation(file.slice(at + 8, length));
    at += 12 + length;
  }
  return 1;
}

}  // namespace

void walk_png(const Bytes& file, const std::function<bool(std::string_view, std::string_view)>& visit) {
  for (std::size_t at = kSignature; at < file.size();) {
    const std::uint32_t length = file.be32(at);
    if (length > kLargest)
      throw InputError(file.where(), ": a PNG chunk claims ", length, " bytes. The file is damaged.");
    if (file.size() - at < 12 || file.size() - at - 12 < length) file.truncated("more PNG data and IEND");
    const auto type_and_data = file.slice(at + 4, 4 + std::size_t{length});
    const auto type = type_and_data.substr(0, 4);
    if (crc_of(type_and_data) != file.be32(at + 8 + length))
      throw InputError(file.where(), ": PNG chunk '", type, "' at byte ", at,
                       " fails its checksum. The file is damaged; export or copy it again.");
    if (!visit(type, type_and_data.substr(4)) || type == "IEND") return;
    at += 12 + std::size_t{length};
  }
  file.truncated("the PNG's IEND");
}

Header read_png_header(const Bytes& file) {
  if (file.be32(kSignature) != 13 || !file.has(kSignature + 4, "IHDR"))
    throw InputError(file.where(), ": a PNG must begin with IHDR. The file is damaged.");
  Header header{FileFormat::Png, file.be32(16), file.be32(20)};
  const std::uint32_t depth = file.u8(24), colour = file.u8(25);
  if (header.width < 1 || header.height < 1 || header.width > kLargest || header.height > kLargest)
    throw InputError(file.where(), ": PNG header says ", header.width, " x ", header.height,
                     " pixels (expected 1 to 2147483647 a side). The file is damaged or hostile.");
  if (!has_png_depth(colour, depth) || file.u8(26) != 0 || file.u8(27) != 0 || file.u8(28) > 1)
    throw InputError(file.where(), ": PNG header says colour type ", colour, ", bit depth ", depth,
                     ", which the format does not have. The file is damaged.");
  if (depth == 16 && (colour == 4 || colour == 6))
    throw InputError(file.where(),
                     ": 16-bit with alpha (expected gray8, gray16, RGB8, RGBA8 or RGB16). Remove the alpha "
                     "channel or save 8 bit.");
  header.orientation = orientation_of(file);
  return header;
}

void check_whole_png(const Bytes& file) {
  bool has_data = false;
  walk_png(file, [&](std::string_view type, std::string_view) {
    if (type == "acTL")
      throw InputError(file.where(), ": an animated PNG (expected a single picture). Export one frame.");
    has_data = has_data || type == "IDAT";
    return true;
  });
  if (!has_data) throw InputError(file.where(), ": a PNG without picture data (IDAT). Export it again.");
}

std::string essential_png(const Bytes& file) {
  std::string out(file.slice(0, kSignature));
  out.reserve(file.size());
  const bool is_palette = file.u8(25) == 3;
  const bool keeps_alpha = is_palette || (file.u8(25) == 2 && file.u8(24) == 8);
  walk_png(file, [&](std::string_view type, std::string_view data) {
    if (type == "IHDR" || type == "PLTE" || type == "IDAT" || type == "IEND" ||
        (type == "tRNS" && keeps_alpha))
      out += chunk(type, data);
    return true;
  });
  return out;
}

std::string with_texts(std::string_view png, const Texts& texts) {
  constexpr std::size_t kBehindHeader = kSignature + 12 + 13;
  std::string out(png.substr(0, kBehindHeader));
  for (const auto& [keyword, value] : texts) {
    bool is_plain =
        !keyword.empty() && keyword.size() <= 79 && keyword.front() != ' ' && keyword.back() != ' ';
    for (const char c : keyword) is_plain = is_plain && c >= ' ' && c <= '~';
    if (!is_plain)
      throw UsageError("PNG text keyword '", keyword,
                       "' (expected 1 to 79 printable ASCII characters, no space at an end)");
    // keyword, uncompressed, no language, no translated keyword, text
    out += chunk("iTXt", keyword + std::string("\0\0\0\0\0", 5) + value);
  }
  out += png.substr(kBehindHeader);
  return out;
}

}  // namespace unidg::formats
