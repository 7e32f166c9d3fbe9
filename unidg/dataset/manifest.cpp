#include "unidg/dataset/manifest.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <tuple>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

Json path_or_null(const std::string& path) { return path.empty() ? Json(nullptr) : Json(path); }

void check_relative(const std::string& path, const std::string& where, const std::string& field) {
  const fs::path parts(path);
  bool leaves = parts.is_absolute() || path.find('\\') != std::string::npos;
  for (const auto& part : parts) leaves = leaves || part == "..";
  if (leaves)
    throw FormatError(where, ": field '", field, "' is '", path,
                      "', expected a path inside the manifest's folder");
}

/// The shard number and count in a file name, or {0, 0}.
std::pair<int, int> shard_of(const fs::path& file) {
  static const std::regex pattern(R"(manifest-(\d{1,6})-of-(\d{1,6})\.jsonl)");
  std::smatch match;
  const std::string name = file.filename().string();
  if (!std::regex_match(name, match, pattern)) return {0, 0};
  return {std::stoi(match[1]), std::stoi(match[2])};
}

}  // namespace

bool operator==(const ManifestEntry& a, const ManifestEntry& b) {
  const auto all = [](const ManifestEntry& e) {
    return std::tie(e.id, e.abnormal, e.normal, e.mask, e.mask_used, e.caption, e.reference, e.reference_mask,
                    e.seed, e.steps, e.model, e.status, e.reason);
  };
  return all(a) == all(b);
}

Json to_json(const ManifestEntry& e) {
  Json out = {{"id", e.id},
              {"abnormal", path_or_null(e.abnormal)},
              {"normal", path_or_null(e.normal)},
              {"mask", path_or_null(e.mask)},
              {"mask_used", path_or_null(e.mask_used)},
              {"caption", path_or_null(e.caption)},
              {"reference", path_or_null(e.reference)},
              {"reference_mask", path_or_null(e.reference_mask)},
              {"seed", e.seed},
              {"steps", e.steps},
              {"model", e.model},
              {"status", e.status}};
  if (!e.reason.empty()) out["reason"] = e.reason;
  return out;
}

ManifestEntry entry_from_json(const Json& json, const std::string& where) {
  if (!json.is_object()) throw FormatError(where, ": expected one JSON object a line");
  ManifestEntry out;
  std::set<std::string> known;
  const auto take = [&](const char* name, bool is_required) -> const Json* {
    known.insert(name);
    const auto found = json.find(name);
    if (found == json.end() && is_required) throw FormatError(where, ": field '", name, "' is missing");
    return found == json.end() ? nullptr : &*found;
  };
  const auto words = [&](const char* name, std::string& to, bool is_required = true) {
    const Json* value = take(name, is_required);
    if (!value) return;
    if (!value->is_string())
      throw FormatError(where, ": field '", name, "' is ", value->dump(), ", expected a string");
    to = value->get<std::string>();
  };
  const auto path = [&](const char* name, std::string& to) {
    const Json* value = take(name, true);
    if (value->is_null()) return;
    words(name, to);
    check_relative(to, where, name);
  };
  words("id", out.id);
  path("abnormal", out.abnormal), path("normal", out.normal), path("mask", out.mask),
      path("mask_used", out.mask_used);
  path("caption", out.caption), path("reference", out.reference), path("reference_mask", out.reference_mask);
  const Json *seed = take("seed", true), *steps = take("steps", true);
  if (!seed->is_number_unsigned())
    throw FormatError(where, ": field 'seed' is ", seed->dump(), ", expected an integer from 0");
  if (!steps->is_number_integer())
    throw FormatError(where, ": field 'steps' is ", steps->dump(), ", expected an integer");
  out.seed = seed->get<std::uint64_t>(), out.steps = steps->get<std::int64_t>();
  words("model", out.model), words("status", out.status), words("reason", out.reason, false);
  if (out.status != "ok" && out.status != "weak" && out.status != "failed")
    throw FormatError(where, ": field 'status' is '", out.status, "', expected ok, weak or failed");
  for (const auto& [name, value] : json.items())
    if (!known.count(name)) throw FormatError(where, ": unknown field '", name, "'");
  return out;
}

std::vector<ManifestEntry> read_manifest_file(const fs::path& file) {
  const std::string content = read_file(file);
  std::vector<ManifestEntry> out;
  std::map<std::string, std::size_t> place;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = content.find('\n', at);
    const std::string line = content.substr(at, end == std::string::npos ? end : end - at);
    const std::string where = text(file.string(), ":", ++line_number);
    at = end == std::string::npos ? content.size() : end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    ManifestEntry entry;
    if (!Json::accept(line) && line.front() == '{' && line.find_last_not_of(" \t\r") != std::string::npos &&
        line.back() != '}') {
      log_warning(where, ": a line cut short is left out; its picture will be made again");
      continue;
    }
    entry = entry_from_json(parse_json(line, where), where);
    const auto [found, is_new] = place.try_emplace(entry.id, out.size());
    if (is_new)
      out.push_back(std::move(entry));
    else
      out[found->second] = std::move(entry);
  }
  return out;
}

std::vector<ManifestEntry> read_manifest(const fs::path& folder) {
  const fs::path file = folder / "manifest.jsonl";
  if (fs::is_regular_file(file)) return read_manifest_file(file);
  const bool has_parts = fs::is_directory(folder) && !manifest_files(folder).empty();
  throw InputError(folder.string(), ": no manifest.jsonl",
                   has_parts ? "; join the shards' manifests first: unidg merge" : "");
}

std::vector<fs::path> manifest_files(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(folder, ignored))
    if (file.is_regular_file(ignored) &&
        (file.path().filename() == "manifest.jsonl" || shard_of(file.path()).second > 0))
      out.push_back(file.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::size_t merge(const fs::path& folder) {
  const auto files = manifest_files(folder);
  if (files.empty()) throw InputError(folder.string(), ": no manifest to merge (manifest-1-of-N.jsonl ...)");

  std::set<int> counts, present;
  for (const auto& file : files) {
    const auto [index, count] = shard_of(file);
    if (count > 0) counts.insert(count), present.insert(index);
  }
  if (counts.size() > 1)
    throw InputError(folder.string(), ": manifests of different shard counts (", *counts.begin(), " and ",
                     *counts.rbegin(), "); merge one run at a time");
  if (!counts.empty()) {
    std::string missing;
    for (int i = 1; i <= *counts.begin(); ++i)
      if (!present.count(i)) missing += (missing.empty() ? "" : ", ") + std::to_string(i);
    if (!missing.empty())
      throw InputError(folder.string(), ": shard ", missing, " of ", *counts.begin(),
                       " wrote no manifest yet; run it, then merge again");
  }

  std::map<std::string, std::pair<ManifestEntry, fs::path>> joined;
  for (const auto& file : files) {
    for (auto& entry : read_manifest_file(file)) {
      const auto [found, is_new] = joined.try_emplace(entry.id, entry, file);
      if (is_new || found->second.first == entry) continue;
      auto& [earlier, origin] = found->second;
      if (earlier.status == "failed") {
        earlier = entry, origin = file;
      } else if (entry.status != "failed") {
        throw InputError(folder.string(), ": item '", entry.id, "' is told differently by ",
                         origin.filename().string(), " and ", file.filename().string(),
                         "; the shards ran with different settings. Remove the wrong one.");
      }
    }
  }
  std::string content;
  for (const auto& [id, entry] : joined) content += to_json(entry.first).dump() + "\n";
  write_file_atomic(folder / "manifest.jsonl", content);
  for (const auto& file : files)
    if (shard_of(file).second > 0) fs::remove(file);
  return joined.size();
}

}  // namespace unidg::dataset
