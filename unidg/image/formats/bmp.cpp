#include <cstdlib>

#include "unidg/image/formats/header.h"

namespace unidg::formats {
namespace {

constexpr std::uint32_t kCoreHeader = 12;

std::int64_t signed32(std::uint32_t value) { return static_cast<std::int32_t>(value); }

}  // namespace

Header read_bmp_header(const Bytes& file) {
  Header header{FileFormat::Bmp, 0, 0};
  const auto info = file.le32(14);
  if (info == kCoreHeader) {
    header.width = file.le16(18);
    header.height = file.le16(20);
  } else {
    header.width = signed32(file.le32(18));
    header.height = std::abs(signed32(file.le32(22)));  // negative: rows from the top
  }
  if (header.width < 1 || header.height < 1)
    throw InputError(file.where(), ": BMP header says ", header.width, " x ", header.height,
                     " pixels. The file is damaged; export it again.");
  return header;
}

void check_whole_bmp(const Bytes& file) {
  const auto header = read_bmp_header(file);
  const bool is_core = file.le32(14) == kCoreHeader;
  const std::int64_t bits = file.le16(is_core ? 24 : 28);
  const std::uint32_t compression = is_core ? 0 : file.le32(30);
  if (compression != 0 && compression != 3) return;  // run-length coded: the decoder finds the end
  const std::int64_t row_bytes = (header.width * bits + 31) / 32 * 4;
  if (file.le32(10) + row_bytes * header.height > static_cast<std::int64_t>(file.size()))
    file.truncated(text(file.le32(10) + row_bytes * header.height, " bytes of a ", header.width, " x ",
                        header.height, " BMP"));
}

}  // namespace unidg::formats
