#include "unidg/dataset/sets/entry_index.h"

#include <cstdio>
#include <fstream>

#include "unidg/core/rng.h"

namespace unidg::dataset::sets {
namespace fs = std::filesystem;

EntryIndex::EntryIndex(std::vector<fs::path> sets,
                       const std::function<bool(const SetEntry&)>& takes)
    : sets_(std::move(sets)) {
  std::uint64_t digest = 0;
  for (std::size_t set = 0; set < sets_.size(); ++set)
    each_entry(sets_[set], [&](const SetEntry& entry, std::uint64_t offset) {
      if (!takes(entry)) return;
      places_.push_back({static_cast<std::uint32_t>(set), offset});
      digest = stable_hash(text(digest, " ", entry.id, " ", entry.sha256));
    });
  char words[17];
  std::snprintf(words, sizeof(words), "%016llx", static_cast<unsigned long long>(digest));
  digest_ = words;
}

SetEntry EntryIndex::entry(std::size_t index) const {
  const auto& place = places_.at(index);
  const auto file = sets_[place.set] / "manifest.jsonl";
  std::ifstream in(file);
  in.seekg(static_cast<std::streamoff>(place.offset));
  std::string line;
  if (!std::getline(in, line) || line.empty() || line.back() != '}')
    throw InputError(file.string(), ": changed while it was read; run the command again");
  const auto where = text(file.string(), ", byte ", place.offset);
  return set_entry_from_json(parse_json(line, where), where);
}

}  // namespace unidg::dataset::sets
