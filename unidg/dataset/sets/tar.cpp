#include "unidg/dataset/sets/tar.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "unidg/core/error.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kLongestName = 64 << 10;

using TarBlock = std::array<char, kBlock>;

std::string field(const TarBlock& block, std::size_t at, std::size_t length) {
  return {block.data() + at, ::strnlen(block.data() + at, length)};
}

/// Octal digits, or a binary number marked by the highest bit (GNU).
std::uint64_t number(const TarBlock& block, std::size_t at, std::size_t length, const std::string& where) {
  std::uint64_t out = 0;
  if (static_cast<unsigned char>(block[at]) & 0x80) {
    for (std::size_t i = 1; i < length; ++i) {
      if (out >> 55) throw FormatError(where, ": a size that cannot be");
      out = out << 8 | static_cast<unsigned char>(block[at + i]);
    }
    return out;
  }
  for (std::size_t i = 0; i < length; ++i) {
    const char c = block[at + i];
    if (c == ' ' || c == '\0') continue;
    if (c < '0' || c > '7') throw FormatError(where, ": no tar (a number holds '", std::string(1, c), "')");
    out = out << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return out;
}

std::uint64_t checksum(const TarBlock& block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
  return sum;
}

/// The value of `key` in a pax header: "length key=value\n" a record.
std::string pax_value(const std::string& records, const std::string& key) {
  for (std::size_t at = 0; at < records.size();) {
    const auto blank = records.find(' ', at), end = records.find('\n', at), equals = records.find('=', at);
    if (blank == std::string::npos || end == std::string::npos || equals == std::string::npos || equals > end)
      break;
    if (records.compare(blank + 1, equals - blank - 1, key) == 0)
      return records.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  return "";
}

std::uint64_t padded(std::uint64_t bytes) { return (bytes + kBlock - 1) / kBlock * kBlock; }

}  // namespace

void each_member(const std::filesystem::path& tar, const std::function<void(const TarMember&)>& visit) {
  std::ifstream in(tar, std::ios::binary);
  std::error_code error;
  const auto whole = std::filesystem::file_size(tar, error);
  if (!in || error) throw InputError(tar.string(), ": cannot be opened");
  TarBlock block;
  std::string long_name;
  std::uint64_t at = 0;
  while (at + kBlock <= whole) {
    in.seekg(static_cast<std::streamoff>(at));
    if (!in.read(block.data(), kBlock)) break;
    at += kBlock;
    if (std::all_of(block.begin(), block.end(), [](char c) { return c == 0; })) return;  // the end mark
    const auto where = text(tar.string(), " at byte ", at - kBlock);
    if (number(block, 148, 8, where) != checksum(block))
      throw FormatError(where, ": wrong checksum; is it compressed or damaged?");
    const auto bytes = number(block, 124, 12, where);
    if (bytes > whole - at)
      throw FormatError(where, ": cut short, a member of ", bytes, " bytes does not fit; copy it again");
    const char kind = block[156];
    if (kind == 'L' || kind == 'x') {
      if (bytes > kLongestName) throw FormatError(where, ": a name of ", bytes, " bytes");
      std::string content(bytes, '\0');
      in.read(content.data(), static_cast<std::streamsize>(bytes));
      const auto name = kind == 'L' ? content.substr(0, content.find('\0')) : pax_value(content, "path");
      if (!name.empty()) long_name = name;
    } else {
      auto name = field(block, 0, 100);
      if (const auto prefix = field(block, 345, 155);
          field(block, 257, 5) == "ustar" && block[262] == '\0' && !prefix.empty())
        name = prefix + "/" + name;
      if (kind == '0' || kind == '\0') visit({long_name.empty() ? name : long_name, at, bytes});
      long_name.clear();
    }
    at += padded(bytes);
  }
  if (at == 0) throw FormatError(tar.string(), ": no tar, it is shorter than a header");
}

void TarWriter::block(const std::string& name, char kind, std::string_view content) {
  TarBlock header{};
  std::snprintf(header.data(), 100, "%s", name.c_str());
  std::snprintf(header.data() + 100, 8, "%07o", 0644u);
  std::snprintf(header.data() + 108, 8, "%07o", 0u);
  std::snprintf(header.data() + 116, 8, "%07o", 0u);
  std::snprintf(header.data() + 124, 12, "%011llo", static_cast<unsigned long long>(content.size()));
  std::snprintf(header.data() + 136, 12, "%011o", 0u);
  header[156] = kind;
  std::memcpy(header.data() + 257,
              "ustar\0"
              "00",
              8);
  std::snprintf(header.data() + 148, 8, "%06llo", static_cast<unsigned long long>(checksum(header)));
  header[155] = ' ';
  file_.write(header.data(), kBlock);
  file_.write(content);
  const std::string fill(padded(content.size()) - content.size(), '\0');
  file_.write(fill);
  bytes_ += kBlock + padded(content.size());
}

void TarWriter::add(const std::string& name, std::string_view content) {
  const bool is_plain = name.size() < 100 && std::all_of(name.begin(), name.end(), [](char c) {
                          return static_cast<unsigned char>(c) < 128;
                        });
  if (!is_plain) {
    const auto record = " path=" + name + "\n";
    auto length = record.size() + 1;
    while (std::to_string(length).size() + record.size() != length) ++length;
    block("pax", 'x', std::to_string(length) + record);
  }
  block(is_plain ? name : "member", '0', content);
}

void TarWriter::close() {
  const std::string end(2 * kBlock, '\0');
  file_.write(end);
  file_.commit();
  bytes_ += end.size();
}

}  // namespace unidg::dataset::sets
