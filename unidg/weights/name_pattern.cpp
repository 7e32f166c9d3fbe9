#include "unidg/weights/name_pattern.h"

namespace unidg::weights {

std::optional<std::vector<std::int64_t>> match_indices(std::string_view pattern, std::string_view name) {
  std::vector<std::int64_t> indices;
  std::size_t at = 0;
  for (const char expected : pattern) {
    if (expected != '#') {
      if (at >= name.size() || name[at++] != expected) return std::nullopt;
      continue;
    }
    const auto first = at;
    std::int64_t index = 0;
    while (at < name.size() && name[at] >= '0' && name[at] <= '9' && at - first < 6)
      index = index * 10 + (name[at++] - '0');
    if (at == first) return std::nullopt;
    indices.push_back(index);
  }
  if (at != name.size()) return std::nullopt;
  return indices;
}

std::string fill_indices(std::string_view pattern, const std::vector<std::int64_t>& indices) {
  std::string out;
  std::size_t next = 0;
  for (const char c : pattern) {
    if (c == '#')
      out += std::to_string(indices.at(next++));
    else
      out += c;
  }
  return out;
}

}  // namespace unidg::weights
