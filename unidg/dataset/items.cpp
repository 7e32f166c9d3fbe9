#include "unidg/dataset/items.h"

#include <cctype>
#include <charconv>
#include <filesystem>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"

namespace unidg::dataset {

std::string file_safe(const std::string& name, std::size_t limit) {
  std::string out;
  for (const unsigned char c : name) {
    const bool is_plain = c < 128 && (std::isalnum(c) || c == '.' || c == '-' || c == '_');
    if (is_plain || out.empty() || out.back() != '-') out += is_plain ? static_cast<char>(c) : '-';
  }
  if (out.size() > limit) out = out.substr(out.size() - limit);
  const auto first = out.find_first_not_of(".-");
  return first == std::string::npos ? "item" : out.substr(first);
}

std::string item_id(const std::string& scene, const std::string& mask, int copy, std::uint64_t seed) {
  const std::uint64_t hash = stable_hash(text(scene, '\n', mask, '\n', copy, '\n', seed));
  static constexpr char digits[] = "0123456789abcdef";
  std::string tail;
  for (int i = 0; i < 10; ++i) tail += digits[(hash >> (4 * i)) & 15];
  return text(file_safe(scene), '-', copy, '-', tail);
}

void refuse_lossy(const std::string& name, const std::string& where) {
  std::string extension = std::filesystem::path(name).extension().string();
  for (auto& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension == ".jpg" || extension == ".jpeg" || extension == ".webp")
    throw UsageError(where, ": '", name, "' asks for ", extension.substr(1),
                     ", which changes pixels outside the mask; labelled pictures are written as PNG");
}

bool Shard::takes(const std::string& id) const {
  return stable_hash("shard/" + id) % static_cast<std::uint64_t>(count) ==
         static_cast<std::uint64_t>(index - 1);
}

std::string Shard::manifest_name() const {
  return count == 1 ? "manifest.jsonl" : text("manifest-", index, "-of-", count, ".jsonl");
}

Shard parse_shard(const std::string& words) {
  Shard out;
  const char *begin = words.data(), *end = begin + words.size();
  const auto first = std::from_chars(begin, end, out.index);
  bool is_good = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  if (is_good) {
    const auto second = std::from_chars(first.ptr + 1, end, out.count);
    is_good = second.ec == std::errc() && second.ptr == end && out.count >= 1 && out.index >= 1 &&
              out.index <= out.count;
  }
  if (!is_good) throw UsageError("--shard ", words, ": expected i/N with 1 <= i <= N, for example 2/8");
  return out;
}

}  // namespace unidg::dataset
