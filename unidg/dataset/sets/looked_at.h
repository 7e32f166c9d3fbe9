#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "unidg/dataset/sets/duplicates.h"
#include "unidg/dataset/sets/set_folder.h"

namespace unidg::dataset::sets {

/// A fault that one entry shows by itself.
struct Fault {
  std::string kind, about;
};

/// What was learned from an entry's files.
struct LookedAt {
  SetEntry entry;
  std::vector<Fault> faults;
  bool is_readable = false;  ///< the picture could be decoded; `hash` and `sha256` are set
  std::string sha256;        ///< of the picture's file as it is now
  PictureHash hash{};
};

/// Decodes the entry's files. @param all also the mask and the normal counterpart
LookedAt look_at(const SetEntry& entry, const std::filesystem::path& set, bool all);

/// Looks at every entry on several threads and hands them over in the set's order, a batch in memory at a
/// time.
/// @throws Interrupted after a signal
void look_at_set(const std::filesystem::path& set, bool all, int threads, const std::string& what,
                 const std::function<void(LookedAt)>& visit);

/// Kinds of fault, used as keys of the report.
namespace kind {
inline constexpr const char* kUnreadable = "unreadable file";
inline constexpr const char* kChanged = "file changed since the import";
inline constexpr const char* kMaskSize = "mask of another size";
inline constexpr const char* kMaskEmpty = "empty mask";
inline constexpr const char* kMaskTiny = "mask of a few pixels";
inline constexpr const char* kMaskInverted = "mask may be inverted";
inline constexpr const char* kMaskFull = "mask covers nearly everything";
inline constexpr const char* kNormalSize = "normal counterpart of another size";
inline constexpr const char* kNormalSame = "normal counterpart shows the defect";
inline constexpr const char* kNormalFar = "normal counterpart differs outside the mask";
inline constexpr const char* kExact = "exact duplicate";
inline constexpr const char* kNear = "near duplicate";
inline constexpr const char* kLeakPicture = "same picture in several splits";
inline constexpr const char* kLeakPart = "same part in several splits";
inline constexpr const char* kSynthetic = "synthesised picture in the test split";
inline constexpr const char* kNoCategory = "type without a category";
inline constexpr const char* kNoLicence = "no licence";
inline constexpr const char* kSameId = "id used twice";
}  // namespace kind

}  // namespace unidg::dataset::sets
