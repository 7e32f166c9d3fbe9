#include "unidg/training/event_file.h"

#include <array>
#include <bit>
#include <cstring>

namespace unidg::training {
namespace {

static_assert(std::endian::native == std::endian::little);

template <typename T>
std::string bytes_of(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

// Protocol buffers: a field is its number and wire type, then its content.
constexpr int kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
std::string key(int number, int wire) { return varint(static_cast<std::uint64_t>(number << 3 | wire)); }
std::string message(int number, const std::string& content) {
  return key(number, kBytes) + varint(content.size()) + content;
}

/// Length, its masked CRC, data, its masked CRC.
std::string record(const std::string& data) {
  const auto masked = [](std::string_view bytes) {
    const auto crc = crc32c(bytes);
    return bytes_of(static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8U));
  };
  const auto length = bytes_of(static_cast<std::uint64_t>(data.size()));
  return length + masked(length) + data + masked(data);
}

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> out{};
    for (std::uint32_t i = 0; i < out.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78U : 0);
      out[i] = value;
    }
    return out;
  }();
  std::uint32_t crc = ~0U;
  for (const char c : data) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 255];
  return ~crc;
}

std::string event_header(double time_s) {
  return record(key(1, kFixed64) + bytes_of(time_s) + message(3, "brain.Event:2"));
}

std::string event_record(double time_s, std::int64_t step, const Scalars& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary += message(1, message(1, tag) + key(2, kFixed32) + bytes_of(value));
  return record(key(1, kFixed64) + bytes_of(time_s) + key(2, kVarint) +
                varint(static_cast<std::uint64_t>(step)) + message(5, summary));
}

}  // namespace unidg::training
