#include <map>
#include <vector>

#include "unidg/image/formats/header.h"

namespace unidg::formats {
namespace {

enum Tag : std::uint32_t {
  kSubfileType = 254,
  kWidth = 256,
  kLength = 257,
  kBitsPerSample = 258,
  kPhotometric = 262,
  kStripOffsets = 273,
  kSamplesPerPixel = 277,
  kStripByteCounts = 279,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kSampleFormat = 339
};
constexpr std::size_t kMaxPages = 1000;
constexpr std::uint32_t kCmyk = 5;

/// One page's directory: integer values by tag.
class Directory {
 public:
  Directory(const Bytes& file, std::size_t at) : file_(file), big_(file.has(0, "MM")) {
    const auto count = file.number(at, 2, big_);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::size_t entry = at + 2 + std::size_t{12} * i;
      entries_[file.number(entry, 2, big_)] = entry;
    }
    next_ = file.number(at + 2 + std::size_t{12} * count, 4, big_);
  }
  std::size_t next() const { return next_; }
  std::uint32_t first(std::uint32_t tag, std::uint32_t otherwise) const {
    const auto values = all(tag, 1);
    return values.empty() ? otherwise : values[0];
  }
  /// Up to `limit` values of a SHORT or LONG tag; empty where the tag is absent or of another type.
  std::vector<std::uint32_t> all(std::uint32_t tag, std::size_t limit) const {
    const auto found = entries_.find(tag);
    if (found == entries_.end()) return {};
    const std::size_t entry = found->second;
    const auto type = file_.number(entry + 2, 2, big_);
    const int bytes = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
    if (bytes == 0) return {};
    const std::size_t count = file_.number(entry + 4, 4, big_);
    const bool is_inline = count * static_cast<std::size_t>(bytes) <= 4;
    const std::size_t at = is_inline ? entry + 8 : file_.number(entry + 8, 4, big_);
    std::vector<std::uint32_t> values;
    for (std::size_t i = 0; i < std::min(count, limit); ++i)
      values.push_back(file_.number(at + i * static_cast<std::size_t>(bytes), bytes, big_));
    return values;
  }

 private:
  const Bytes& file_;
  bool big_;
  std::map<std::uint32_t, std::size_t> entries_;
  std::size_t next_ = 0;
};

Directory first_page(const Bytes& file) { return {file, file.number(4, 4, file.has(0, "MM"))}; }

void check_samples(const Bytes& file, const Directory& page) {
  const auto samples = page.first(kSamplesPerPixel, 1);
  const auto bits = page.first(kBitsPerSample, 1);
  const auto refuse = [&](const std::string& found, const char* remedy) {
    throw InputError(file.where(), ": a TIFF with ", found, " (expected grey or RGB of 8 or 16 bits). ",
                     remedy);
  };
  if (page.first(kPhotometric, 1) == kCmyk) refuse("CMYK colours", "Convert it to RGB.");
  if (page.first(kSampleFormat, 1) != 1)
    refuse("signed or floating-point samples", "Convert it to a 16-bit PNG.");
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16)
    refuse(text(bits, " bits a sample"), "Convert it to PNG.");
  if (samples != 1 && samples != 3)
    refuse(text(samples, " samples a pixel"), "Save it as PNG; RGBA is read there.");
}

}  // namespace

Header read_tiff_header(const Bytes& file) {
  const auto page = first_page(file);
  const Header header{FileFormat::Tiff, page.first(kWidth, 0), page.first(kLength, 0)};
  if (header.width < 1 || header.height < 1)
    throw InputError(file.where(), ": TIFF header says ", header.width, " x ", header.height,
                     " pixels. The file is damaged; export it again.");
  check_samples(file, page);
  return header;
}

void check_whole_tiff(const Bytes& file) {
  const auto page = first_page(file);
  const bool is_tiled = !page.all(kTileOffsets, 1).empty();
  const auto offsets = page.all(is_tiled ? kTileOffsets : kStripOffsets, file.size());
  const auto counts = page.all(is_tiled ? kTileByteCounts : kStripByteCounts, file.size());
  if (offsets.empty()) throw InputError(file.where(), ": a TIFF without picture data. Export it again.");
  for (std::size_t i = 0; i < std::min(offsets.size(), counts.size()); ++i)
    if (offsets[i] > file.size() || counts[i] > file.size() - offsets[i])
      file.truncated("the rest of the TIFF's picture data");

  // Further pages: thumbnails and masks may follow, a second picture may not.
  std::size_t next = page.next();
  for (std::size_t i = 0; next != 0 && i < kMaxPages; ++i) {
    const Directory other(file, next);
    constexpr std::uint32_t kThumbnailOrMask = 1 | 4;
    if ((other.first(kSubfileType, 0) & kThumbnailOrMask) == 0)
      throw InputError(file.where(),
                       ": a TIFF of several pages (expected a single picture). Export one page.");
    next = other.next();
  }
}

}  // namespace unidg::formats
