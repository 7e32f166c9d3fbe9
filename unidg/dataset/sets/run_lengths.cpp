#include "unidg/dataset/sets/run_lengths.h"

#include <charconv>

#include "unidg/core/error.h"

namespace unidg::dataset::sets {
namespace {

/// Whole numbers from 0 between blanks or commas.
std::vector<std::uint32_t> numbers(std::string_view words, const std::string& where) {
  std::vector<std::uint32_t> out;
  const char *at = words.data(), *end = at + words.size();
  while (at != end) {
    if (*at == ' ' || *at == ',' || *at == '\t' || *at == '\n' || *at == '\r') {
      ++at;
      continue;
    }
    std::uint32_t value = 0;
    const auto read = std::from_chars(at, end, value);
    if (read.ec != std::errc())
      throw FormatError(where, ": '", std::string(at, std::min<std::size_t>(12, end - at)),
                        "' in run lengths, expected whole numbers");
    out.push_back(value);
    at = read.ptr;
  }
  return out;
}

}  // namespace

RunLengths run_lengths(const Mask& mask, bool by_columns) {
  const cv::Mat pixels = by_columns ? cv::Mat(mask.pixels().t()) : mask.pixels();
  RunLengths out{{mask.width(), mask.height()}, {}, by_columns};
  std::uint32_t run = 0;
  bool inside = false;
  for (int y = 0; y < pixels.rows; ++y) {
    const auto* row = pixels.ptr<std::uint8_t>(y);
    for (int x = 0; x < pixels.cols; ++x, ++run) {
      if ((row[x] != 0) == inside) continue;
      out.counts.push_back(run);
      run = 0, inside = !inside;
    }
  }
  out.counts.push_back(run);
  return out;
}

Mask from_run_lengths(const RunLengths& runs, const std::string& where) {
  const auto total =
      static_cast<std::uint64_t>(runs.size.width) * static_cast<std::uint64_t>(runs.size.height);
  std::uint64_t sum = 0;
  for (const auto count : runs.counts) sum += count;
  if (sum != total)
    throw FormatError(where, ": run lengths add up to ", sum, ", expected ", runs.size.width, " x ",
                      runs.size.height, " = ", total);
  cv::Mat flat = cv::Mat::zeros(1, static_cast<int>(total), CV_8UC1);
  int at = 0;
  bool inside = false;
  for (const auto count : runs.counts) {
    const int end = at + static_cast<int>(count);
    if (inside) flat.colRange(at, end).setTo(255);
    at = end, inside = !inside;
  }
  if (!runs.by_columns) return Mask(flat.reshape(1, runs.size.height));
  return Mask(cv::Mat(flat.reshape(1, runs.size.width).t()));
}

std::string coco_string(const std::vector<std::uint32_t>& counts) {
  std::string out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto rest = static_cast<std::int64_t>(counts[i]);
    if (i > 2) rest -= counts[i - 2];
    for (bool more = true; more;) {
      const auto group = rest & 31;
      rest >>= 5;
      more = (group & 16) ? rest != -1 : rest != 0;  // the fifth bit is the sign of what is left out
      out += static_cast<char>(48 + (group | (more ? 32 : 0)));
    }
  }
  return out;
}

std::vector<std::uint32_t> from_coco_string(std::string_view counts, const std::string& where) {
  std::vector<std::uint32_t> out;
  for (std::size_t at = 0; at < counts.size();) {
    std::int64_t value = 0;
    int shift = 0;
    for (bool more = true; more; shift += 5) {
      if (at == counts.size() || shift > 40 || counts[at] < 48 || counts[at] > 111)
        throw FormatError(where, ": compressed run lengths are damaged at character ", at);
      const std::int64_t group = counts[at++] - 48;
      value |= (group & 31) << shift;
      more = (group & 32) != 0;
      if (!more && (group & 16)) value |= -(std::int64_t{1} << (shift + 5));
    }
    if (out.size() > 2) value += out[out.size() - 2];
    if (value < 0 || value > 0xffffffffLL)
      throw FormatError(where, ": compressed run lengths give a run of ", value);
    out.push_back(static_cast<std::uint32_t>(value));
  }
  return out;
}

RunLengths from_start_length(std::string_view words, cv::Size size, const std::string& where) {
  const auto pairs = numbers(words, where);
  const auto total = static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height);
  if (pairs.size() % 2) throw FormatError(where, ": a start without a length in run lengths");
  RunLengths out{size, {}, true};
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const std::uint64_t start = pairs[i], length = pairs[i + 1];
    if (start == 0 || start - 1 < at || start - 1 + length > total)
      throw FormatError(where, ": run ", start, " ", length, " overlaps or leaves the ", size.width, " x ",
                        size.height, " picture (starts count from 1, down the columns)");
    if (start - 1 == at && !out.counts.empty()) {
      out.counts.back() += static_cast<std::uint32_t>(length);
    } else {
      out.counts.push_back(static_cast<std::uint32_t>(start - 1 - at));
      out.counts.push_back(static_cast<std::uint32_t>(length));
    }
    at = start - 1 + length;
  }
  out.counts.push_back(static_cast<std::uint32_t>(total - at));
  return out;
}

RunLengths from_cvat(std::string_view rle, cv::Rect box, cv::Size size, const std::string& where) {
  const cv::Rect frame(0, 0, size.width, size.height);
  if (box.empty() || (box & frame) != box)
    throw FormatError(where, ": mask box ", box.width, " x ", box.height, " at ", box.x, ", ", box.y,
                      " is empty or leaves the ", size.width, " x ", size.height, " picture");
  const auto small = from_run_lengths({box.size(), numbers(rle, where), false}, where);
  Mask whole(size.width, size.height);
  small.pixels().copyTo(whole.pixels()(box));
  return run_lengths(whole, true);
}

}  // namespace unidg::dataset::sets
