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
  each_entry(set, [&](SetEntry entry, std::uint64_t) { visit(std::move(entry)); });
}

void each_entry(const fs::path& set, const std::function<void(SetEntry, std::uint64_t)>& visit) {
  if (!is_set(set))
    throw InputError(set.string(),
                     ": holds no set (set.json and manifest.jsonl). `unidg dataset import` makes one");
  each_entry_in(set / "manifest.jsonl", visit);
}

void each_entry_in(const fs::path& manifest, const std::function<void(SetEntry, std::uint64_t)>& visit) {
  std::ifstream in(manifest);
  std::string line;
  std::uint64_t begin = 0, next = 0;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    begin = next, next += line.size() + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto where = text(manifest.string(), ":", number);
    if (line.front() == '{' && line.back() != '}') {  // what a crash left; later lines stand alone
      log_warning(where, ": a line cut short is passed over; run the command that wrote it again");
      continue;
    }
    visit(set_entry_from_json(parse_json(line, where), where), begin);
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

namespace {

/// Something that no writer of sets puts there. Another process may be creating the set just now.
bool holds_other_things(const fs::path& folder) {
  std::error_code error;
  if (fs::is_regular_file(folder / "set.json", error)) return false;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    const auto name = file.path().filename().string();
    if (name.rfind("set.json", 0) != 0 && name.rfind("manifest", 0) != 0) return true;
  }
  return false;
}

}  // namespace

SetWriter::SetWriter(fs::path set, std::string manifest)
    : set_(std::move(set)), manifest_(std::move(manifest)) {
  std::error_code error;
  if (fs::exists(set_, error) && !fs::is_directory(set_, error))
    throw UsageError(set_.string(), ": is a file; --out needs a folder");
  if (holds_other_things(set_))
    throw UsageError(set_.string(), ": is not empty and holds no set; choose another folder or empty it");
  fs::create_directories(set_, error);
  if (error) throw Error(set_.string(), ": cannot create the folder: ", error.message());
  if (!fs::exists(this->manifest(), error)) write_file_atomic(this->manifest(), "");
  if (!fs::exists(set_ / "set.json", error)) write_info(Json::object({{"complete", false}}));
  const auto remember = [&](const SetEntry& entry, std::uint64_t) { ids_.insert(stable_hash(entry.id)); };
  each_entry_in(set_ / "manifest.jsonl", remember);
  if (manifest_ != "manifest.jsonl") each_entry_in(this->manifest(), remember);
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
  append_line(manifest(), lines);
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
