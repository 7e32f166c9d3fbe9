#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

#include "unidg/agents/curate/curation.h"
#include "unidg/core/files.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace fs = std::filesystem;

namespace {

/// Where a line lies, and what it is sorted by.
struct Place {
  bool is_synthesised = false;
  std::uint64_t index = 0;
  std::uint32_t file = 0;
  std::uint64_t offset = 0;
  auto key() const { return std::tuple(is_synthesised, index, file, offset); }
};

/// `name`.jsonl and the files of all shards. @throws InputError when shards are missing
std::vector<fs::path> parts(const fs::path& folder, const std::string& name) {
  const std::regex pattern(name + "-([0-9]+)-of-([0-9]+)\\.jsonl");
  std::set<int> found, counts;
  std::vector<fs::path> out;
  if (fs::exists(folder / (name + ".jsonl"))) out.push_back(folder / (name + ".jsonl"));
  for (const auto& file : fs::directory_iterator(folder)) {
    std::smatch match;
    const auto words = file.path().filename().string();
    if (!std::regex_match(words, match, pattern)) continue;
    found.insert(std::stoi(match[1])), counts.insert(std::stoi(match[2]));
    out.push_back(file.path());
  }
  if (counts.size() > 1)
    throw InputError(folder.string(), ": holds shards of ", *counts.begin(), " and of ", *counts.rbegin(),
                     " processes; finish or remove one of the two runs");
  std::string missing;
  for (int i = 1; !counts.empty() && i <= *counts.begin(); ++i)
    if (!found.count(i)) missing += text(missing.empty() ? "" : ", ", i, "/", *counts.begin());
  if (!missing.empty())
    throw InputError(folder.string(), ": the ", name, " of shard ", missing,
                     " is missing; run it with --shard first");
  std::sort(out.begin(), out.end());
  return out;
}

/// Writes the lines of all parts, sorted, each id once.
template <typename Each>
std::size_t join(const fs::path& folder, const std::string& name, const Each& each) {
  const auto files = parts(folder, name);
  std::vector<Place> places;
  std::set<std::uint64_t> ids;
  for (std::uint32_t file = 0; file < files.size(); ++file)
    each(files[file], [&](const std::string& id, bool is_synthesised, std::uint64_t index, std::uint64_t at) {
      if (ids.insert(stable_hash(id)).second) places.push_back({is_synthesised, index, file, at});
    });
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.key() < b.key(); });

  std::vector<std::ifstream> in;
  for (const auto& file : files) in.emplace_back(file);
  AtomicFile out(folder / (name + ".jsonl"));
  std::string line;
  for (const auto& place : places) {
    in[place.file].clear();
    in[place.file].seekg(static_cast<std::streamoff>(place.offset));
    std::getline(in[place.file], line);
    out.write(line + "\n");
  }
  out.commit();
  for (const auto& file : files)
    if (file.filename() != name + ".jsonl") fs::remove(file);
  return places.size();
}

}  // namespace

std::size_t merge_shards(const fs::path& folder) {
  if (!fs::exists(folder / "set.json"))
    throw InputError(folder.string(), ": holds no set; `unidg curate --out` makes one");
  (void)parts(folder, "ledger");  // both are complete before one of them is joined
  const auto entries = join(folder, "manifest", [](const fs::path& file, const auto& add) {
    dataset::sets::each_entry_in(file, [&](const dataset::sets::SetEntry& entry, std::uint64_t at) {
      const auto line = kept_line(entry);
      add(line.id, line.half == "synthesised", line.index, at);
    });
  });
  join(folder, "ledger", [](const fs::path& file, const auto& add) {
    each_ledger_line(file, [&](const LedgerLine& line, std::uint64_t at) {
      add(line.id, line.half == "synthesised", line.index, at);
    });
  });
  return entries;
}

}  // namespace unidg::agents
