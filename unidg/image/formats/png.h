#pragma once
#include <functional>
#include <utility>
#include <vector>

#include "unidg/image/formats/bytes.h"

namespace unidg::formats {

/// Calls `visit(type, data)` for every chunk from IHDR to IEND; `visit` returns false to stop early.
/// @throws InputError when a chunk runs past the end of the file or its CRC is wrong.
void walk_png(const Bytes& file,
              const std::function<bool(std::string_view type, std::string_view data)>& visit);

/// The same picture with nothing but IHDR, PLTE, tRNS, IDAT and IEND: colour profiles, texts and other
/// ancillary chunks (which may hide decompression bombs) never reach the decoder.
std::string essential_png(const Bytes& file);

using Texts = std::vector<std::pair<std::string, std::string>>;  ///< keyword, UTF-8 text

/// tEXt, zTXt and iTXt of a PNG. @throws InputError when the texts inflate beyond 16 MiB or are damaged
Texts png_texts(const Bytes& file);

/// Inserts one iTXt chunk per text behind IHDR. @param png a whole PNG
/// @throws UsageError for a keyword that is empty, longer than 79 bytes, not printable ASCII, or padded with
/// spaces
std::string with_texts(std::string_view png, const Texts& texts);

}  // namespace unidg::formats
