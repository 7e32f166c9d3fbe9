#include "unidg/weights/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "unidg/core/error.h"
#include "unidg/weights/foreign_formats.h"

namespace unidg::weights {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 20> kDtypeBits{{
    {"BOOL", 8}, {"U8", 8},   {"I8", 8},    {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"I16", 16},
    {"U16", 16}, {"F16", 16}, {"BF16", 16}, {"I32", 32},    {"U32", 32},    {"F32", 32},    {"I64", 64},
    {"U64", 64}, {"F64", 64}, {"C64", 64},  {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},
}};

/// What a tensor entry may say; "seen" bits catch a field that is missing or repeated.
enum Field : unsigned { kNone = 0, kDtype = 1, kShape = 2, kOffsets = 4 };

/// Reads the header as a stream of events, so that a hostile one is refused at its first wrong byte and never
/// becomes a tree in memory. The grammar is flat: one object of entries, two number lists inside an entry.
class HeaderReader : public Json::json_sax_t {
 public:
  HeaderReader(const std::filesystem::path& path, SafetensorsHeader& header) : path_(path), header_(header) {}

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(Json::number_integer_t value) override {
    // The parser calls number_unsigned for everything that is not negative.
    return value < 0 ? unexpected(text("the negative number ", value))
                     : number_unsigned(static_cast<std::uint64_t>(value));
  }
  bool number_unsigned(Json::number_unsigned_t value) override {
    if (where_ != Where::Shape && where_ != Where::Offsets) return unexpected(text("the number ", value));
    numbers_.push_back(value);
    return true;
  }
  bool number_float(Json::number_float_t, const std::string& literal) override {
    return unexpected("the number " + literal + ", which is no integer of 64 bits");
  }
  bool string(std::string& value) override {
    if (where_ == Where::Metadata) {
      header_.metadata[name_] = value;
      return true;
    }
    if (where_ != Where::Entry || field_ != kDtype) return unexpected("the text '" + value + "'");
    if (!dtype_bits(value)) fail("tensor '", name_, "' has the unknown dtype '", value, "'");
    entry_.dtype = value;
    return true;
  }
  bool binary(Json::binary_t&) override { return unexpected("binary data"); }

  bool start_object(std::size_t) override {
    if (where_ == Where::Start) {
      where_ = Where::Top;
    } else if (where_ == Where::Top) {
      where_ = name_ == "__metadata__" ? Where::Metadata : Where::Entry;
      entry_ = {};
      seen_ = field_ = 0;
    } else {
      return unexpected("an object (nested deeper than the format allows)");
    }
    return true;
  }
  bool key(std::string& value) override {
    if (where_ == Where::Top) {
      if (!names_.insert(value).second) fail("the key '", value, "' appears twice (duplicate key)");
      name_ = value;
    } else if (where_ == Where::Metadata) {
      if (header_.metadata.contains(value)) fail("__metadata__ has the duplicate key '", value, "'");
      name_ = value;
    } else {
      field_ = value == "dtype"          ? kDtype
               : value == "shape"        ? kShape
               : value == "data_offsets" ? kOffsets
                                         : kNone;
      if (field_ == 0)
        fail("tensor '", name_, "' has the unknown field '", value,
             "'; expected dtype, shape and data_offsets");
      if (seen_ & field_) fail("tensor '", name_, "' has the duplicate key '", value, "'");
      seen_ |= field_;
    }
    return true;
  }
  bool end_object() override {
    if (where_ == Where::Entry) {
      const auto* missing = !(seen_ & kDtype) ? "dtype" : !(seen_ & kShape) ? "shape" : "data_offsets";
      if (seen_ != (kDtype | kShape | kOffsets)) fail("tensor '", name_, "' has no '", missing, "'");
      check_size();
      header_.tensors.emplace(name_, std::move(entry_));
    }
    where_ = Where::Top;  // after the outermost brace the parser itself refuses anything but white space
    return true;
  }
  bool start_array(std::size_t) override {
    if (where_ == Where::Entry && field_ == kShape)
      where_ = Where::Shape;
    else if (where_ == Where::Entry && field_ == kOffsets)
      where_ = Where::Offsets;
    else
      return unexpected("a list (nested deeper than the format allows)");
    numbers_.clear();
    return true;
  }
  bool end_array() override {
    if (where_ == Where::Shape) {
      for (const auto n : numbers_) {
        if (n > std::numeric_limits<std::int64_t>::max())
          fail("tensor '", name_, "' has the dimension ", n, ", beyond 63 bits (overflow)");
        entry_.shape.push_back(static_cast<std::int64_t>(n));
      }
    } else {
      if (numbers_.size() != 2)
        fail("tensor '", name_, "' has ", numbers_.size(), " data_offsets; expected two, [begin, end]");
      if (numbers_[0] > numbers_[1])
        fail("tensor '", name_, "' has data_offsets [", numbers_[0], ", ", numbers_[1], "]: begin after end");
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
    }
    where_ = Where::Entry;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) override {
    fail("the header is not valid JSON in UTF-8 (byte ", position, "): ", error.what());
  }

 private:
  enum class Where { Start, Top, Metadata, Entry, Shape, Offsets };

  template <typename... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw FormatError(path_.string(), ": not a valid safetensors file: ", parts...,
                      ". Download or export it again.");
  }
  bool unexpected(const std::string& found) const {
    switch (where_) {
      case Where::Start:
        fail("the header is ", found, " where an object {...} is expected");
      case Where::Top:
        fail("'", name_, "' is ", found, " where an object is expected");
      case Where::Metadata:
        fail("__metadata__ entry '", name_, "' is ", found, "; only text is allowed");
      case Where::Shape:
        fail("the shape of tensor '", name_, "' holds ", found, "; expected integers of 0 or more");
      case Where::Offsets:
        fail("data_offsets of tensor '", name_, "' hold ", found, "; expected integers of 0 or more");
      default:
        fail("field ",
             field_ == kDtype   ? "dtype"
             : field_ == kShape ? "shape"
                                : "data_offsets",
             " of tensor '", name_, "' is ", found);
    }
  }
  /// The bytes between the offsets must be those that dtype and shape ask for; every product is checked.
  void check_size() const {
    std::uint64_t bits = *dtype_bits(entry_.dtype);
    bool empty = false, overflow = false;
    for (const auto n : entry_.shape) {
      empty |= n == 0;
      overflow |= n != 0 && __builtin_mul_overflow(bits, static_cast<std::uint64_t>(n), &bits);
    }
    if (overflow)
      fail("the shape of tensor '", name_, "' has more elements than 64 bits can count (overflow)");
    if (empty) bits = 0;
    if (bits % 8 != 0)
      fail("tensor '", name_, "' of dtype ", entry_.dtype, " does not end at a whole byte (misaligned)");
    if (entry_.end - entry_.begin != bits / 8)
      fail("tensor '", name_, "' occupies ", entry_.end - entry_.begin,
           " bytes but its dtype and shape need ", bits / 8);
  }

  const std::filesystem::path& path_;
  SafetensorsHeader& header_;
  std::set<std::string> names_;
  std::string name_;
  TensorInfo entry_;
  unsigned seen_ = 0, field_ = kNone;
  std::vector<std::uint64_t> numbers_;
  Where where_ = Where::Start;
};

/// Tensors must tile the data section: from 0, without hole or overlap, to the last byte.
void check_tiling(const SafetensorsHeader& header, std::size_t data_bytes,
                  const std::filesystem::path& path) {
  std::vector<std::pair<const std::string*, const TensorInfo*>> in_order;
  for (const auto& [name, info] : header.tensors) in_order.emplace_back(&name, &info);
  std::sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
  });
  const auto fail = [&](const auto&... parts) {
    throw FormatError(path.string(), ": not a valid safetensors file: ", parts...,
                      ". Download or export it again.");
  };
  std::size_t at = 0;
  for (const auto& [name, info] : in_order) {
    if (info->begin > at) fail("a hole of ", info->begin - at, " bytes before tensor '", *name, "'");
    if (info->begin < at)
      fail("tensor '", *name, "' begins at byte ", info->begin, " and overlaps the one before it");
    if (info->end > data_bytes)
      fail("tensor '", *name, "' ends at byte ", info->end, " but only ", data_bytes,
           " bytes of data follow (truncated)");
    at = info->end;
  }
  if (at != data_bytes) fail(data_bytes - at, " trailing bytes that belong to no tensor");
}

}  // namespace

std::optional<std::uint64_t> dtype_bits(std::string_view dtype) {
  for (const auto& [name, bits] : kDtypeBits)
    if (name == dtype) return bits;
  return std::nullopt;
}

SafetensorsHeader parse_safetensors_header(std::string_view file, const std::filesystem::path& path) {
  std::uint64_t length = 0;
  if (file.size() >= 8) std::memcpy(&length, file.data(), 8);
  const bool plausible = file.size() >= 10 && length <= file.size() - 8 && file[8] == '{';
  if (!plausible) refuse_foreign_format(file, path);

  const auto fail = [&](const auto&... parts) {
    throw FormatError(path.string(), ": not a valid safetensors file: ", parts...);
  };
  if (file.size() < 8) fail("only ", file.size(), " bytes, too small for the 8 bytes of the header's length");
  if (length > kMaxHeaderBytes)
    fail("it announces a header too large: ", length, " bytes, more than the allowed ", kMaxHeaderBytes,
         ". It is probably another format.");
  if (length > file.size() - 8)
    fail("it announces a header of ", length, " bytes but only ", file.size() - 8,
         " follow (invalid header length). The download was cut short.");
  if (length < 2 || file[8] != '{') fail("the header does not begin with '{' (invalid header start)");

  SafetensorsHeader header;
  header.data_offset = 8 + static_cast<std::size_t>(length);
  HeaderReader reader(path, header);
  const auto json = file.substr(8, length);
  Json::sax_parse(json.begin(), json.end(), &reader);
  check_tiling(header, file.size() - header.data_offset, path);
  return header;
}

}  // namespace unidg::weights
