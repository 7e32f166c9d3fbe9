#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::dataset {

/// One line of manifest.jsonl. Paths are relative to the manifest's folder with '/' between folders; "" where
/// there is no such file (written as null).
struct ManifestEntry {
  std::string id;
  std::string abnormal, normal, mask, mask_used, caption;
  std::string reference, reference_mask;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::string model;
  std::string status = "ok";  ///< ok | weak | failed
  std::string reason;         ///< why, unless ok
};
bool operator==(const ManifestEntry& a, const ManifestEntry& b);

Json to_json(const ManifestEntry& entry);
/// @throws FormatError naming `where` and the field that is missing, unknown or of another kind; absolute
/// paths and paths that leave the folder are refused
ManifestEntry entry_from_json(const Json& json, const std::string& where);

/// Entries of one manifest file in its order; a later line replaces an earlier one of the same id. A last
/// line cut short by a crash is left out. @throws FormatError with the line number
std::vector<ManifestEntry> read_manifest_file(const std::filesystem::path& file);

/// manifest.jsonl of a folder. @throws InputError when there is none
std::vector<ManifestEntry> read_manifest(const std::filesystem::path& folder);

/// The manifests of all shards in a folder, and the merged one if there is one, sorted by name.
std::vector<std::filesystem::path> manifest_files(const std::filesystem::path& folder);

/// Joins manifest-i-of-N.jsonl (and an earlier manifest.jsonl) to manifest.jsonl, sorted by id, and removes
/// the parts. Equal entries collapse; a failed entry gives way to one that did not fail. @returns how many
/// entries it holds
/// @throws InputError when shards are missing, or two entries of one id contradict each other (both files are
/// named)
std::size_t merge(const std::filesystem::path& folder);

}  // namespace unidg::dataset
