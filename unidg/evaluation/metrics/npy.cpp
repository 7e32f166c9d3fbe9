#include "unidg/evaluation/metrics/npy.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::evaluation {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::int64_t kMaxSide = 32768;

struct Header {
  std::string type;
  bool is_fortran = false;
  std::vector<std::int64_t> shape;
};

/// Reads the header, a Python dictionary of exactly three known entries, and nothing else of Python.
class HeaderReader {
 public:
  HeaderReader(std::string_view words, std::string where) : rest_(words), where_(std::move(where)) {}

  Header read() {
    Header header;
    bool has_type = false, has_order = false, has_shape = false;
    expect("{");
    while (!take("}")) {
      const auto key = string();
      expect(":");
      if (key == "descr" && !has_type) {
        if (next() != '\'' && next() != '"') fail("fields; a map is a plain array of numbers");
        header.type = string();
        has_type = true;
      } else if (key == "fortran_order" && !has_order) {
        header.is_fortran = take("True");
        if (!header.is_fortran) expect("False");
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        header.shape = shape();
        has_shape = true;
      } else {
        fail(text("a header with the entry '", key,
                  "' where descr, fortran_order and shape are expected once"));
      }
      if (!take(",") && next() != '}') fail("a damaged header");
    }
    if (next() != '\0' || !has_type || !has_order || !has_shape) fail("a damaged header");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& found) const {
    throw FormatError(where_, ": holds ", found,
                      ". Save the map with numpy.save(path, map.astype('float32')).");
  }
  char next() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool take(std::string_view token) {
    next();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail("a damaged header");
  }
  std::string string() {
    const char quote = next();
    if (quote != '\'' && quote != '"') fail("a damaged header");
    const auto end = rest_.find(quote, 1);
    if (end == std::string_view::npos) fail("a damaged header");
    const std::string out(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return out;
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> out;
    expect("(");
    while (!take(")")) {
      next();
      std::int64_t side = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), side);
      if (error != std::errc{} || side < 0) fail("a damaged shape");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      out.push_back(side);
      if (!take(",") && next() != ')') fail("a damaged shape");
    }
    return out;
  }

  std::string_view rest_;
  std::string where_;
};

struct Type {
  int depth;
  std::size_t bytes;
};

std::optional<Type> type_of(const std::string& descr) {
  if (descr == "<f4") return Type{CV_32F, 4};
  if (descr == "<f8") return Type{CV_64F, 8};
  if (descr == "<f2") return Type{CV_16F, 2};
  return std::nullopt;
}

std::string words(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const auto side : shape) out += (out.empty() ? "" : ", ") + std::to_string(side);
  return "(" + out + ")";
}

/// Height and width; axes of length 1 beside them (channel, batch) are dropped.
cv::Size size_of(std::vector<std::int64_t> shape, const std::string& where) {
  const auto stored = shape;
  for (auto at = shape.begin(); shape.size() > 2 && at != shape.end();)
    at = *at == 1 ? shape.erase(at) : at + 1;
  if (shape.size() != 2)
    throw FormatError(where, ": has the shape ", words(stored), ", but a map is (height, width)");
  for (const auto side : shape)
    if (side < 1 || side > kMaxSide)
      throw FormatError(where, ": has the shape ", words(stored), "; a side must be 1 to ", kMaxSide);
  return {static_cast<int>(shape[1]), static_cast<int>(shape[0])};
}

}  // namespace

cv::Mat read_npy(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const std::string where = path.string();
  const std::string_view content(reinterpret_cast<const char*>(file->data()), file->size());
  if (!content.starts_with(kMagic) || content.size() < 10)
    throw FormatError(where, ": is no .npy file (its first bytes are not those of numpy.save)");
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(content[i]));
  };
  const auto version = byte(6);
  if (version < 1 || version > 3)
    throw FormatError(where, ": is .npy version ", version, "; 1 to 3 are known");
  const std::size_t start = version == 1 ? 10 : 12;
  if (content.size() < start) throw FormatError(where, ": ends inside its header");
  const auto length = byte(8) + (byte(9) << 8) + (version == 1 ? 0 : (byte(10) << 16) + (byte(11) << 24));
  if (content.size() - start < length) throw FormatError(where, ": ends inside its header");

  const auto header = HeaderReader(content.substr(start, length), where).read();
  const auto type = type_of(header.type);
  if (!type)
    throw FormatError(where, ": holds numpy type '", header.type,
                      "'; expected little-endian '<f4', '<f8' or '<f2'. Save map.astype('float32').");
  const auto size = size_of(header.shape, where);
  const auto expected = static_cast<std::size_t>(size.area()) * type->bytes,
             found = content.size() - start - length;
  if (found != expected)
    throw FormatError(where, ": the shape ", words(header.shape), " needs ", expected, " bytes, but ", found,
                      " follow the header");

  // A Fortran array is the transposed C array. The copy also aligns what the header left at any offset.
  cv::Mat stored(header.is_fortran ? size.width : size.height, header.is_fortran ? size.height : size.width,
                 CV_MAKETYPE(type->depth, 1));
  std::memcpy(stored.data, content.data() + start + length, expected);
  cv::Mat map;
  stored.convertTo(map, CV_32F);
  return header.is_fortran ? cv::Mat(map.t()) : map;
}

void write_npy(const std::filesystem::path& path, const cv::Mat& map) {
  if (map.type() != CV_32FC1)
    throw UsageError(path.string(), ": only maps of one 32-bit float a pixel are written");
  std::string header =
      text("{'descr': '<f4', 'fortran_order': False, 'shape': (", map.rows, ", ", map.cols, "), }");
  header.append(63 - (kMagic.size() + 4 + header.size()) % 64, ' ');
  header += '\n';
  AtomicFile file(path);
  file.write(kMagic);
  const unsigned char fixed[] = {1, 0, static_cast<unsigned char>(header.size() & 255),
                                 static_cast<unsigned char>(header.size() >> 8)};
  file.write(fixed, sizeof fixed);
  file.write(header);
  for (int y = 0; y < map.rows; ++y)
    file.write(map.ptr(y), static_cast<std::size_t>(map.cols) * sizeof(float));
  file.commit();
}

}  // namespace unidg::evaluation
