#include "unidg/image/formats/header.h"

namespace unidg::formats {
namespace {

constexpr std::size_t kFirstChunk = 12;

struct Chunk {
  std::string_view type;
  std::size_t data = 0, length = 0, next = 0;
};

Chunk read_chunk(const Bytes& file, std::size_t at) {
  const std::size_t length = file.le32(at + 4);
  return {file.slice(at, 4), at + 8, length, at + 8 + length + length % 2};
}

[[noreturn]] void refuse_animation(const Bytes& file) {
  throw InputError(file.where(), ": an animated WebP (expected a single picture). Export one frame.");
}

}  // namespace

Header read_webp_header(const Bytes& file) {
  Header header{FileFormat::WebP, 0, 0};
  const auto chunk = read_chunk(file, kFirstChunk);
  if (chunk.type == "VP8X") {  // extended: flags, 24-bit canvas minus one
    if (file.u8(chunk.data) & 0x02) refuse_animation(file);
    header.width = std::int64_t{file.le24(chunk.data + 4)} + 1;
    header.height = std::int64_t{file.le24(chunk.data + 7)} + 1;
    for (std::size_t at = chunk.next; at + 8 <= file.size();) {
      const auto part = read_chunk(file, at);
      if (part.type == "EXIF" && part.length <= file.size() - part.data) {
        auto exif = file.slice(part.data, part.length);
        if (exif.starts_with(std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
        header.orientation = exif_orientation(exif);
      }
      at = part.next;
    }
  } else if (chunk.type == "VP8 ") {  // lossy: frame tag, start code, 14-bit sides
    if (file.slice(chunk.data + 3, 3) != "\x9d\x01\x2a")
      throw InputError(file.where(), ": a WebP without a key frame. The file is damaged; export it again.");
    header.width = file.le16(chunk.data + 6) & 0x3fff;
    header.height = file.le16(chunk.data + 8) & 0x3fff;
  } else if (chunk.type == "VP8L") {  // lossless: signature, 14-bit sides minus one
    const auto bits = file.le32(chunk.data + 1);
    header.width = (bits & 0x3fff) + 1;
    header.height = (bits >> 14 & 0x3fff) + 1;
  } else {
    throw InputError(file.where(), ": a WebP beginning with chunk '", chunk.type,
                     "' (expected VP8, VP8L or VP8X). The file is damaged; export it again.");
  }
  return header;
}

void check_whole_webp(const Bytes& file) {
  const std::size_t end = std::size_t{8} + file.le32(4);
  if (end > file.size()) file.truncated(text(end, " bytes of WebP"));
  bool has_picture = false;
  for (std::size_t at = kFirstChunk; at + 8 <= end;) {
    const auto chunk = read_chunk(file, at);
    if (chunk.length > file.size() - chunk.data) file.truncated("the rest of a WebP chunk");
    if (chunk.type == "ANIM" || chunk.type == "ANMF") refuse_animation(file);
    has_picture = has_picture || chunk.type == "VP8 " || chunk.type == "VP8L";
    at = chunk.next;
  }
  if (!has_picture) throw InputError(file.where(), ": a WebP without picture data. Export it again.");
}

}  // namespace unidg::formats
