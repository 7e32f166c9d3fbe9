#include "unidg/image/formats/header.h"

namespace unidg::formats {
namespace {

constexpr std::uint32_t kStartOfScan = 0xda, kEndOfImage = 0xd9, kApp1 = 0xe1;

bool is_standalone(std::uint32_t marker) { return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8); }

/// SOF0-SOF15 without DHT, JPG and DAC, which share the range.
bool is_frame_header(std::uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

struct Segment {
  std::uint32_t marker = 0;
  std::size_t data = 0;    ///< first byte behind the length
  std::size_t length = 0;  ///< of the data
  std::size_t next = 0;    ///< where the next segment is looked for
};

Segment read_segment(const Bytes& file, std::size_t at) {
  if (at >= file.size()) file.truncated("the JPEG's end marker");
  if (file.u8(at) != 0xff)
    throw InputError(file.where(), ": no JPEG marker at byte ", at,
                     ". The file is damaged; export it again.");
  while (file.u8(at) == 0xff) ++at;  // any number of fill bytes
  Segment segment{file.u8(at), at + 1, 0, at + 1};
  if (is_standalone(segment.marker) || segment.marker == kEndOfImage) return segment;
  const std::size_t length = file.be16(at + 1);
  if (length < 2)
    throw InputError(file.where(), ": JPEG segment at byte ", at,
                     " has no length. The file is damaged; export it again.");
  segment.data = at + 3;
  segment.length = length - 2;
  file.slice(segment.data, segment.length);
  segment.next = segment.data + segment.length;
  return segment;
}

/// Skips entropy-coded data: 0xff is stuffed with 0x00 or begins a restart marker there.
std::size_t skip_scan(const Bytes& file, std::size_t at) {
  for (;; ++at) {
    if (at + 1 >= file.size()) file.truncated("the JPEG's end marker");
    if (file.u8(at) != 0xff) continue;
    const auto next = file.u8(at + 1);
    if (next == 0x00 || next == 0xff || (next >= 0xd0 && next <= 0xd7)) continue;
    return at;
  }
}

}  // namespace

Header read_jpeg_header(const Bytes& file) {
  Header header{FileFormat::Jpeg, 0, 0};
  for (std::size_t at = 2;;) {
    const auto segment = read_segment(file, at);
    at = segment.next;
    if (segment.marker == kApp1 && file.has(segment.data, std::string_view("Exif\0\0", 6)) &&
        segment.length > 6)
      header.orientation = exif_orientation(file.slice(segment.data + 6, segment.length - 6));
    if (segment.marker == kStartOfScan || segment.marker == kEndOfImage)
      throw InputError(file.where(),
                       ": a JPEG without a frame header. The file is damaged; export it again.");
    if (!is_frame_header(segment.marker)) continue;
    const auto depth = file.u8(segment.data), components = file.u8(segment.data + 5);
    header.height = file.be16(segment.data + 1);
    header.width = file.be16(segment.data + 3);
    if (components == 4)
      throw InputError(file.where(),
                       ": a CMYK JPEG with 4 components (expected grey or RGB). Convert it to RGB.");
    if (components != 1 && components != 3)
      throw InputError(file.where(), ": a JPEG with ", int{components},
                       " components (expected 1 or 3). Convert it to RGB.");
    if (depth != 8)
      throw InputError(file.where(), ": a JPEG of ", int{depth},
                       " bits a sample (expected 8). Convert it to a 16-bit PNG.");
    if (header.width == 0 || header.height == 0)
      throw InputError(file.where(), ": JPEG header says ", header.width, " x ", header.height,
                       " pixels. The file is damaged; export it again.");
    return header;
  }
}

void check_whole_jpeg(const Bytes& file) {
  bool has_scan = false;
  for (std::size_t at = 2;;) {
    const auto segment = read_segment(file, at);
    if (segment.marker == kEndOfImage) {
      if (!has_scan) throw InputError(file.where(), ": a JPEG without picture data. Export it again.");
      return;  // what follows (a thumbnail, a second picture) is not read
    }
    at = segment.next;
    if (segment.marker != kStartOfScan) continue;
    has_scan = true;
    at = skip_scan(file, at);
  }
}

}  // namespace unidg::formats
