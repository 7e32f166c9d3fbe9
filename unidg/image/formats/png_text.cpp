#include <zlib.h>

#include "unidg/image/formats/png.h"

namespace unidg::formats {
namespace {

constexpr std::size_t kTextLimit = std::size_t{16} << 20;

std::string utf8_from_latin1(std::string_view latin) {
  std::string out;
  for (const char c : latin) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

/// Inflates a zlib stream of at most `limit` bytes. @throws InputError
std::string inflate_text(std::string_view packed, std::size_t limit, const std::string& where) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw Error("zlib could not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= limit) {
    char buffer[16384];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
    if (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) break;  // the stream ends early
  }
  inflateEnd(&stream);
  if (out.size() > limit)
    throw InputError(where, ": a compressed PNG text grows beyond ", kTextLimit,
                     " bytes. The file is hostile; strip its metadata.");
  if (status != Z_STREAM_END)
    throw InputError(where, ": a compressed PNG text is damaged. Strip the file's metadata.");
  return out;
}

/// Takes the bytes before the next zero and steps behind it.
std::string_view take_word(std::string_view& rest, const std::string& where) {
  const auto end = rest.find('\0');
  if (end == std::string_view::npos)
    throw InputError(where, ": a PNG text chunk has no separator. Strip the file's metadata.");
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return word;
}

}  // namespace

Texts png_texts(const Bytes& file) {
  if (!file.has(0, "\x89PNG\r\n\x1a\n"))
    throw InputError(file.where(), ": not a PNG (expected one: only PNG files carry our settings).");
  Texts texts;
  std::size_t total = 0;
  const auto room = [&] { return kTextLimit - std::min(total, kTextLimit); };
  walk_png(file, [&](std::string_view type, std::string_view data) {
    if (type != "tEXt" && type != "zTXt" && type != "iTXt") return true;
    auto rest = data;
    const auto keyword = utf8_from_latin1(take_word(rest, file.where()));
    std::string value;
    if (type == "tEXt") {
      value = utf8_from_latin1(rest);
    } else {
      if (rest.size() < (type == "iTXt" ? 2u : 1u))
        throw InputError(file.where(), ": a PNG text chunk ends early. Strip the file's metadata.");
      const bool is_packed = type == "zTXt" || rest[0] != 0;
      rest.remove_prefix(type == "iTXt" ? 2 : 1);
      if (type == "iTXt") {
        take_word(rest, file.where());  // language
        take_word(rest, file.where());  // translated keyword
      }
      value = is_packed ? inflate_text(rest, room(), file.where()) : std::string(rest);
      if (type == "zTXt") value = utf8_from_latin1(value);
    }
    total += value.size();
    if (total > kTextLimit)
      throw InputError(file.where(), ": PNG texts hold more than ", kTextLimit,
                       " bytes. Strip the file's metadata.");
    texts.emplace_back(keyword, std::move(value));
    return true;
  });
  return texts;
}

}  // namespace unidg::formats
