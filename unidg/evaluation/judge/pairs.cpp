#include <set>

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/dataset/manifest.h"
#include "unidg/evaluation/judge/judge.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;

std::vector<EditedPair> pairs_of_folder(const fs::path& folder) {
  std::vector<EditedPair> out;
  std::size_t left_out = 0;
  for (const auto& entry : dataset::read_manifest(folder)) {
    if (entry.status == "failed" || entry.abnormal.empty() || entry.reference.empty() ||
        entry.reference_mask.empty()) {
      ++left_out;
      continue;
    }
    out.push_back({entry.id, folder / entry.reference, folder / entry.reference_mask, folder / entry.abnormal,
                   folder / entry.mask, ""});
  }
  if (out.empty())
    throw InputError(folder.string(),
                     ": holds no generated picture with its reference; a judge compares the two. "
                     "Name pairs of other folders with --pairs FILE.jsonl.");
  if (left_out > 0)
    log_warning(folder.string(), ": ", left_out, " entries failed or have no reference and are not judged");
  return out;
}

std::vector<EditedPair> pairs_of_file(const fs::path& file) {
  static const std::set<std::string> known = {"id",     "reference",   "reference_mask",
                                              "target", "target_mask", "scenario"};
  std::vector<EditedPair> out;
  std::set<std::string> ids;
  const auto content = read_file(file);
  std::size_t number = 0;
  for (std::size_t start = 0; start < content.size();) {
    const auto end = std::min(content.find('\n', start), content.size());
    const auto line = content.substr(start, end - start);
    start = end + 1, ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto where = text(file.string(), ": line ", number);
    const auto json = parse_json(line, where);
    if (!json.is_object()) throw FormatError(where, ": expected an object, found ", json.type_name());
    for (const auto& [key, value] : json.items())
      if (!known.contains(key) || !value.is_string())
        throw FormatError(where, ": '", key,
                          "' is unknown or no string; expected id, reference, reference_mask, target, "
                          "target_mask and perhaps scenario");
    const auto path = [&](const char* key) {
      if (!json.contains(key)) throw FormatError(where, ": lacks '", key, "'");
      return file.parent_path() / json[key].get<std::string>();
    };
    EditedPair pair{json.value("id", text(number)),
                    path("reference"),
                    path("reference_mask"),
                    path("target"),
                    path("target_mask"),
                    json.value("scenario", "")};
    if (!ids.insert(pair.id).second) throw FormatError(where, ": id '", pair.id, "' stands twice");
    out.push_back(std::move(pair));
  }
  if (out.empty()) throw InputError(file.string(), ": names no pair");
  return out;
}

std::vector<EditedPair> spread(const std::vector<EditedPair>& pairs, std::size_t count) {
  if (count == 0 || count >= pairs.size()) return pairs;
  std::vector<EditedPair> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(pairs[i * pairs.size() / count]);
  return out;
}

}  // namespace unidg::evaluation
