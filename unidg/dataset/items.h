#pragma once
#include <cstdint>
#include <string>

namespace unidg::dataset {

/// Letters, digits, '.', '-' and '_' stay, everything else becomes '-'; at most `limit` characters, the end
/// is kept.
std::string file_safe(const std::string& name, std::size_t limit = 72);

/// Name of one picture: readable, safe as a file name on every system, the same whatever the order or the
/// shard. It ends in ten hexadecimal digits, so that no id is the beginning of another.
/// @param scene Scene::name  @param mask Scene::mask_name  @param copy 1, 2, ...
std::string item_id(const std::string& scene, const std::string& mask, int copy, std::uint64_t seed);

/// Labelled pictures must be lossless. @throws UsageError when `name` ends in a lossy format's extension
void refuse_lossy(const std::string& name, const std::string& where);

/// One of several processes that share the work.
struct Shard {
  int index = 1, count = 1;  ///< 1 <= index <= count
  bool takes(const std::string& id) const;
  /// "manifest.jsonl", or "manifest-2-of-8.jsonl" when there are several.
  std::string manifest_name() const;
};
/// "i/N". @throws UsageError
Shard parse_shard(const std::string& words);

}  // namespace unidg::dataset
