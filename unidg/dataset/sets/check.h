#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/dataset/sets/set_folder.h"

namespace unidg::dataset::sets {

/// One fault of one entry, or of two that contradict each other.
struct Finding {
  std::string id, other;      ///< other: the second entry, "" where there is one only
  std::string about;          ///< numbers, a file's error
  std::string picture, mask;  ///< files inside the set, for the report; "" where there are none
  std::string other_picture;
};

/// All findings of one kind. `first` holds at most kNamed of them.
struct FindingGroup {
  static constexpr std::size_t kNamed = 500;
  bool is_error = false;  ///< the set cannot be trusted; otherwise worth a look
  std::string advice;
  std::size_t count = 0;
  std::vector<Finding> first;
};

struct CheckReport {
  std::size_t entries = 0, errors = 0, warnings = 0;
  std::map<std::string, FindingGroup> groups;  ///< by kind, as `check_kinds` names them
};

struct CheckOptions {
  bool near_duplicates = true;
  int threads = 0;  ///< 0: one a core
};

/// Reads every file of a set: unreadable, changed or zero-byte files; masks of another size, empty, inverted,
/// nearly empty; normal counterparts that do not fit; exact and near duplicates; parts and duplicates in
/// several splits; synthesised pictures in the test split; missing licences and categories. About 500 bytes
/// of memory an entry.
CheckReport check_set(const std::filesystem::path& set, const CheckOptions& options = {});

Json to_json(const CheckReport& report);
/// Writes report.html (nothing outside it is needed) and report.json. @returns the page
std::filesystem::path write_check_report(const CheckReport& report, const std::filesystem::path& set,
                                         const std::filesystem::path& to);

/// Groups of entries that show the same picture, the one to keep first.
struct DuplicateGroup {
  std::vector<std::string> ids;
  bool is_exact = false;  ///< all files agree byte for byte
};
/// @param near also pictures encoded, resized or exposed again
std::vector<DuplicateGroup> find_duplicates(const std::filesystem::path& set, bool near, int threads = 0);

}  // namespace unidg::dataset::sets
