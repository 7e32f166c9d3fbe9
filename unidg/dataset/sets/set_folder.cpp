#include "unidg/dataset/sets/set_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace fs = std::filesystem;

bool is_set(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "set.json", error) &&
         fs::is_regular_file(folder / "manifest.jsonl", error);
}

void each_entry(const fs::path& set, const std::function<void(SetEntry)>& visit) {
  if (!is_set(set))
    throw InputError(set.string(),
                     ": holds no set (set.json and manifest.jsonl). `unidg dataset import` makes one");
  const auto file = set / "manifest.jsonl";
  std::ifstream in(file);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto where = text(file.string(), ":", number);
    if (line.front() == '{' && line.back() != '}') {  // what a crash left; later lines stand alone
      log_warning(where, ": a line cut short is passed over; run the import again");
      continue;
    }
    visit(set_entry_from_json(parse_json(line, where), where));
  }
}

std::vector<SetEntry> read_set(const fs::path& set) {
  std::vector<SetEntry> out;
  each_entry(set, [&](SetEntry entry) { out.push_back(std::move(entry)); });
  return out;
}

std::size_t count_entries(const fs::path& set) {
  std::ifstream in(set / "manifest.jsonl");
  std::string line;
  std::size_t count = 0;
  while (std::getline(in, line)) count += !line.empty() && line.back() == '}';
  return count;
}

Sample to_sample(const SetEntry& entry, const fs::path& set) {
  const auto file = [&](const std::string& inside) {
    return inside.empty() ? FileRef{} : FileRef{set / inside};
  };
  Sample out;
  out.id = entry.id, out.image = file(entry.picture()), out.caption = file(entry.caption);
  if (!entry.is_normal()) out.normal = file(entry.normal);
  out.source = entry.source, out.object = entry.object, out.type = entry.type;
  out.domain = entry.domain, out.licence = entry.licence, out.part = entry.part, out.split = entry.split;
  out.mask_kind = entry.mask_kind, out.origin = entry.origin;
  if (entry.is_normal()) return out;
  for (const auto& part : entry.parts)
    out.parts.push_back(
        {part.type, RunLengths{{entry.width, entry.height}, from_coco_string(part.counts, entry.id), true}});
  if (out.parts.empty()) out.parts.push_back({entry.type, MaskFile{file(entry.mask)}});
  return out;
}

std::size_t rewrite_set(const fs::path& set, const std::function<std::optional<SetEntry>(SetEntry)>& change) {
  AtomicFile out(set / "manifest.jsonl");
  std::size_t left = 0;
  each_entry(set, [&](SetEntry entry) {
    const auto changed = change(std::move(entry));
    if (!changed) return;
    out.write(to_json(*changed).dump() + "\n");
    ++left;
  });
  out.commit();
  return left;
}

SetWriter::SetWriter(fs::path set) : set_(std::move(set)) {
  std::error_code error;
  if (fs::exists(set_, error) && !fs::is_directory(set_, error))
    throw UsageError(set_.string(), ": is a file; --out needs a folder");
  const bool has_content = fs::exists(set_, error) && !fs::is_empty(set_, error);
  if (has_content && !is_set(set_))
    throw UsageError(set_.string(), ": is not empty and holds no set; choose another folder or empty it");
  fs::create_directories(set_, error);
  if (error) throw Error(set_.string(), ": cannot create the folder: ", error.message());
  if (!has_content) {
    write_file_atomic(set_ / "manifest.jsonl", "");
    write_info(Json::object({{"complete", false}}));
  }
  each_entry(set_, [&](const SetEntry& entry) { ids_.insert(stable_hash(entry.id)); });
}

bool SetWriter::has(const std::string& id) const { return ids_.count(stable_hash(id)) > 0; }

void SetWriter::put(const std::string& inside, std::string_view content) const {
  static std::atomic<unsigned> counter{0};
  const auto path = set_ / inside;
  fs::create_directories(path.parent_path());
  auto temporary = path;
  temporary += text(".tmp-", ::getpid(), "-", counter++);
  std::ofstream out(temporary, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary, path, error);
  if (!out || error) {
    fs::remove(temporary, error);
    throw Error(path.string(), ": cannot write. Free space or choose another folder.");
  }
}

void SetWriter::append(const std::vector<SetEntry>& entries) {
  if (entries.empty()) return;
  const int folder = ::open(set_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::syncfs(folder);
    ::close(folder);
  }
  std::string lines;
  for (const auto& entry : entries) {
    lines += (lines.empty() ? "" : "\n") + to_json(entry).dump();
    ids_.insert(stable_hash(entry.id));
  }
  append_line(set_ / "manifest.jsonl", lines);
}

void SetWriter::write_info(Json info) const {
  Json out = {{"format", "unidg set"}, {"version", 1}};
  for (const auto& [key, value] : info.items()) out[key] = value;
  write_file_atomic(set_ / "set.json", out.dump(2) + "\n");
}

Json read_info(const fs::path& set) {
  std::error_code error;
  if (!fs::is_regular_file(set / "set.json", error)) return nullptr;
  return parse_json(read_file(set / "set.json"), (set / "set.json").string());
}

}  // namespace unidg::dataset::sets
