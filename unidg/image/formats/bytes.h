#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "unidg/core/error.h"

namespace unidg::formats {

/// A file's content with bounds-checked big- and little-endian reads; every error names the file.
class Bytes {
 public:
  /// @param content must outlive this view  @param where the file's name, for messages
  Bytes(std::string_view content, std::string where) : content_(content), where_(std::move(where)) {}

  std::size_t size() const { return content_.size(); }
  const std::string& where() const { return where_; }
  std::string_view slice(std::size_t at, std::size_t count) const {
    need(at, count);
    return content_.substr(at, count);
  }
  /// True when `word` stands at `at`.
  bool has(std::size_t at, std::string_view word) const {
    return at <= size() && content_.substr(at, word.size()) == word;
  }
  std::uint8_t u8(std::size_t at) const {
    need(at, 1);
    return static_cast<std::uint8_t>(content_[at]);
  }
  std::uint32_t number(std::size_t at, int bytes, bool big_endian) const {
    need(at, static_cast<std::size_t>(bytes));
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) {
      const auto position = at + static_cast<std::size_t>(big_endian ? i : bytes - 1 - i);
      value = value << 8 | static_cast<std::uint8_t>(content_[position]);
    }
    return value;
  }
  std::uint32_t be16(std::size_t at) const { return number(at, 2, true); }
  std::uint32_t be32(std::size_t at) const { return number(at, 4, true); }
  std::uint32_t le16(std::size_t at) const { return number(at, 2, false); }
  std::uint32_t le24(std::size_t at) const { return number(at, 3, false); }
  std::uint32_t le32(std::size_t at) const { return number(at, 4, false); }

  [[noreturn]] void truncated(const std::string& expected) const {
    throw InputError(where_, ": cut short after ", size(), " bytes (expected ", expected,
                     "). Export or copy the picture again.");
  }

 private:
  void need(std::size_t at, std::size_t count) const {
    if (at > size() || count > size() - at) truncated(text(count, " bytes at ", at));
  }
  std::string_view content_;
  std::string where_;
};

}  // namespace unidg::formats
