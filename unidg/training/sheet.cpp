#include "unidg/training/sheet.h"

#include <array>
#include <cstdint>
#include <string>

#include "unidg/core/files.h"

namespace unidg::training {
namespace {

std::uint32_t crc32(const std::string& bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
      t[n] = c;
    }
    return t;
  }();
  std::uint32_t crc = 0xffffffffu;
  for (unsigned char byte : bytes) crc = table[(crc ^ byte) & 255] ^ (crc >> 8);
  return ~crc;
}

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(crc32(type + data));
}

// A zlib stream of stored blocks.
std::string stored(const std::string& data) {
  std::string out = "\x78\x01";
  std::uint32_t a = 1, b = 0;
  for (unsigned char byte : data) a = (a + byte) % 65521, b = (b + a) % 65521;
  for (std::size_t at = 0; at < data.size(); at += 65535) {
    const auto n = std::min<std::size_t>(65535, data.size() - at);
    out.push_back(at + n == data.size() ? 1 : 0);
    for (const auto length : {n, ~n}) {
      out.push_back(static_cast<char>(length & 255));
      out.push_back(static_cast<char>(length >> 8 & 255));
    }
    out.append(data, at, n);
  }
  return out + big_endian(b << 16 | a);
}

}  // namespace

void write_picture(const std::filesystem::path& path, const torch::Tensor& picture) {
  const auto bytes = ((picture.detach().to(torch::kCPU, torch::kFloat32) + 1) * 127.5)
                         .round()
                         .clamp(0, 255)
                         .to(torch::kUInt8)
                         .permute({1, 2, 0})
                         .contiguous();
  const auto height = bytes.size(0), width = bytes.size(1);
  std::string rows;
  for (std::int64_t y = 0; y < height; ++y) {
    rows.push_back(0);  // no filter
    rows.append(reinterpret_cast<const char*>(bytes[y].data_ptr<std::uint8_t>()),
                static_cast<std::size_t>(3 * width));
  }
  const std::string header = big_endian(static_cast<std::uint32_t>(width)) +
                             big_endian(static_cast<std::uint32_t>(height)) +
                             std::string("\x08\x02\x00\x00\x00", 5);
  write_file_atomic(
      path, "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", stored(rows)) + chunk("IEND", ""));
}

torch::Tensor sheet(const std::vector<torch::Tensor>& columns) {
  std::vector<torch::Tensor> rows;
  for (std::int64_t b = 0; b < columns.at(0).size(0); ++b) {
    std::vector<torch::Tensor> cells;
    for (const auto& column : columns) cells.push_back(column[b].to(torch::kCPU));
    rows.push_back(torch::cat(cells, 2));
  }
  return torch::cat(rows, 1);
}

}  // namespace unidg::training
