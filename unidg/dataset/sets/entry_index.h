#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "unidg/dataset/sets/set_folder.h"

namespace unidg::dataset::sets {

/// Entries of sets by number without holding them: a place in a manifest costs 16 bytes, however long the
/// line.
class EntryIndex {
 public:
  /// Those entries of the sets, in their order, that `takes` accepts.
  /// @throws InputError, FormatError as `each_entry`
  EntryIndex(std::vector<std::filesystem::path> sets,
             const std::function<bool(const SetEntry&)>& takes);
  std::size_t size() const { return places_.size(); }
  /// Safe to call from several threads. @throws InputError when the manifest changed meanwhile
  SetEntry entry(std::size_t index) const;
  const std::filesystem::path& set_of(std::size_t index) const { return sets_[places_[index].set]; }
  /// Changes with the ids, their order and their pictures.
  const std::string& digest() const { return digest_; }

 private:
  struct Place {
    std::uint32_t set = 0;
    std::uint64_t offset = 0;
  };
  std::vector<std::filesystem::path> sets_;
  std::vector<Place> places_;
  std::string digest_;
};

}  // namespace unidg::dataset::sets
