#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unidg::weights {

/// What a file says of one tensor.
struct TensorInfo {
  std::string dtype;  ///< as stored: F64 F32 F16 BF16 F8_E4M3 F8_E5M2 I64 I32 I16 I8 U8 BOOL ...
  std::vector<std::int64_t> shape;
  std::size_t begin = 0, end = 0;  ///< bytes inside the data section
};

/// Largest header the format allows.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

/// Everything before the data section, already checked against the file's size.
struct SafetensorsHeader {
  std::size_t data_offset = 0;  ///< first byte of the data section inside the file
  std::map<std::string, TensorInfo> tensors;
  std::map<std::string, std::string> metadata;
};

/// Bits of one element, or nullopt for a dtype the format does not define.
std::optional<std::uint64_t> dtype_bits(std::string_view dtype);

/// Reads and checks the header of a whole file held (or mapped) in memory: length, JSON, duplicate keys,
/// dtypes, shapes, sizes, holes, overlaps, trailing bytes. Only the header's bytes are touched.
/// @throws FormatError naming the file and the broken rule; pickle, zip and GGUF by content, with the remedy
SafetensorsHeader parse_safetensors_header(std::string_view file, const std::filesystem::path& path);

}  // namespace unidg::weights
