#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/dataset/sets/sample.h"

namespace unidg::dataset::sets {

/// One line of a set's manifest.jsonl (docs/formats.md "Sets", docs/set.schema.json). Paths are relative to
/// the set's folder with '/' between folders, "" where there is no such file.
struct SetEntry {
  std::string id;
  std::string abnormal, normal, mask, caption;
  std::string source, object;
  std::string type;             ///< the source's word; "good" when normal
  std::optional<int> category;  ///< 0 normal, 1 ... 28 (App. A.2); nothing: the map does not know the type
  std::string category_map;     ///< version of the map that decided
  std::string domain, licence, part, split;
  std::string mask_kind = "pixel", origin = "real";
  int width = 0, height = 0;
  std::int64_t mask_area = 0;  ///< pixels
  std::string sha256;          ///< of the picture's file (the abnormal one, else the normal one)
  std::string normal_sha256;   ///< of an aligned normal counterpart
  struct Part {
    std::string type, counts;  ///< COCO's compressed runs
  };
  std::vector<Part> parts;      ///< where a picture shows several types
  Json other = Json::object();  ///< fields of later steps (scores, ...), kept as they are

  bool is_normal() const { return abnormal.empty(); }
  /// What the entry is about: the abnormal picture, else the normal one.
  const std::string& picture() const { return is_normal() ? normal : abnormal; }
};
Json to_json(const SetEntry& entry);
/// @throws FormatError naming `where` and the field; paths that leave the folder are refused
SetEntry set_entry_from_json(const Json& json, const std::string& where);

/// Calls `visit` for each entry of the set in its order, one line in memory at a time. A line cut short by
/// a crash is passed over. @throws InputError when there is no set; FormatError with the line number
void each_entry(const std::filesystem::path& set, const std::function<void(SetEntry)>& visit);
/// The same with the byte at which each line begins.
void each_entry(const std::filesystem::path& set, const std::function<void(SetEntry, std::uint64_t)>& visit);
/// The same for one manifest file, such as a shard's.
void each_entry_in(const std::filesystem::path& manifest,
                   const std::function<void(SetEntry, std::uint64_t)>& visit);
/// All entries at once, for small sets and tests.
std::vector<SetEntry> read_set(const std::filesystem::path& set);
/// True when the folder holds set.json and manifest.jsonl.
bool is_set(const std::filesystem::path& folder);
std::size_t count_entries(const std::filesystem::path& set);

/// The set as samples, as readers give them.
Sample to_sample(const SetEntry& entry, const std::filesystem::path& set);

/// Replaces the manifest by what `change` makes of each entry (nothing: the entry goes), atomically.
/// @returns how many entries are left
std::size_t rewrite_set(const std::filesystem::path& set,
                        const std::function<std::optional<SetEntry>(SetEntry)>& change);

/// Adds entries to a set. Files of a batch reach the disk before its manifest lines do, so that a killed run
/// leaves no line without its files.
class SetWriter {
 public:
  /// Creates the folder, or goes on with the set in it.
  /// @param manifest where lines are added: another name for each of several processes that share the folder
  /// @throws UsageError when it holds something else
  explicit SetWriter(std::filesystem::path set, std::string manifest = "manifest.jsonl");
  bool has(const std::string& id) const;
  /// Puts one file in place (without fsync: `append` does that for the whole batch). Threads may call it.
  void put(const std::string& inside, std::string_view content) const;
  /// Flushes the files and writes the lines.
  void append(const std::vector<SetEntry>& entries);
  /// set.json: `info` joined with the format's version.
  void write_info(Json info) const;
  std::size_t count() const { return ids_.size(); }
  const std::filesystem::path& folder() const { return set_; }
  std::filesystem::path manifest() const { return set_ / manifest_; }

 private:
  std::filesystem::path set_;
  std::string manifest_;
  std::unordered_set<std::uint64_t> ids_;  ///< hashes: the set may be long
};

/// What set.json holds; null when there is none.
Json read_info(const std::filesystem::path& set);

}  // namespace unidg::dataset::sets
