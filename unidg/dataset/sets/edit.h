#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/dataset/sets/check.h"

namespace unidg::dataset::sets {

/// Shares of the splits; they need not add up to 1.
struct SplitOptions {
  double train = 0.8, val = 0.1, test = 0.1;
  std::uint64_t seed = 0;
  bool near = true;  ///< near duplicates count as one part
  int threads = 0;
};
struct SplitResult {
  std::map<std::string, std::size_t>
      counts;  ///< entries a split; "": synthesised ones whose part is tested on
  std::size_t parts = 0;
};
/// Gives every part (with its duplicates) one split, source by source, object by object and type by type. The
/// same seed gives the same splits whatever the order of the entries. Synthesised pictures never get `test`:
/// those of a tested part get no split at all.
/// @throws UsageError when the shares are negative or all zero
SplitResult split_set(const std::filesystem::path& set, const SplitOptions& options);

/// Takes entries out of the manifest; their lines go to dropped.jsonl with the reason. Files stay.
/// @param reasons id -> why  @returns how many were found
std::size_t drop_entries(const std::filesystem::path& set,
                         const std::unordered_map<std::string, std::string>& reasons);

/// Ids to drop, with the reason, so that one entry of each group stays: the first.
std::unordered_map<std::string, std::string> duplicates_to_drop(const std::vector<DuplicateGroup>& groups);

struct MarksResult {
  std::size_t kept = 0, dropped = 0;
  std::vector<std::string> unknown;  ///< marked ids that the set does not hold, the first few
  std::size_t unknown_count = 0;
};
/// Reads the marks that the browser page saves: {"format": "unidg marks", "marks": {"ID": "keep" or "drop"}}.
/// @param only_kept drop what is not marked `keep` too  @throws FormatError
MarksResult apply_marks(const std::filesystem::path& set, const std::filesystem::path& marks, bool only_kept);

/// Writes SET/browse/index.html: pictures with overlays, filters and marks that `apply_marks` reads. It works
/// from the disk, without a server. @returns the page
std::filesystem::path write_browser(const std::filesystem::path& set);

}  // namespace unidg::dataset::sets
