#include "unidg/preparation/corpus.h"

#include <sstream>

#include "unidg/core/config.h"
#include "unidg/core/files.h"

namespace unidg::preparation {
namespace {

std::string kind(const CorpusEntry& e) { return e.dataset + "/" + e.object + "/" + e.defect; }

}  // namespace

std::vector<CorpusEntry> read_corpus(const std::filesystem::path& folder) {
  const auto path = folder / "manifest.jsonl";
  std::istringstream lines(read_file(path));
  std::vector<CorpusEntry> out;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const auto where = text(path.string(), ":", number);
    const auto json = parse_json(line, where);
    const auto word = [&](const char* key) {
      const auto found = json.find(key);
      if (found == json.end() || found->is_null()) return std::string();
      if (!found->is_string())
        throw FormatError(where, ": '", key, "' is ", found->dump(), " but must be a string");
      return found->get<std::string>();
    };
    CorpusEntry e{word("id"),
                  word("dataset"),
                  word("object"),
                  word("defect"),
                  word("mask_kind"),
                  word("licence"),
                  word("source"),
                  {},
                  {},
                  {}};
    const auto place = [&](const char* key) {
      return word(key).empty() ? std::filesystem::path() : folder / word(key);
    };
    e.image = place("image");
    if (json.contains("abnormal")) {  // a line of a set (docs/formats.md, Sets)
      e.image = place("abnormal");
      e.dataset = word("source"), e.defect = word("type");
      e.source = word("part").empty() ? e.id : word("part");
      if (e.image.empty()) e.mask_kind.clear();
    }
    e.mask = place("mask");
    e.normal = place("normal");
    if (e.id.empty()) throw FormatError(where, ": no 'id'");
    if (e.image.empty() && e.normal.empty()) throw FormatError(where, ": neither 'image' nor 'normal'");
    if (!e.image.empty() && e.mask.empty()) throw FormatError(where, ": 'image' without 'mask'");
    out.push_back(std::move(e));
  }
  if (out.empty()) throw InputError(path.string(), ": no entries");
  return out;
}

std::string defect_family(const std::string& defect) {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> families = {
      {"crack", {"crack"}},
      {"scratch", {"scratch", "line", "cut"}},
      {"hole", {"hole", "pitting", "pothole"}},
      {"spot", {"spot", "phoma", "cercospora", "rust", "inclusion"}},
      {"stain", {"patch", "tungro", "miner"}}};
  for (const auto& [family, words] : families)
    for (const auto& word : words)
      if (defect.find(word) != std::string::npos) return family;
  return "";
}

PairPool::PairPool(std::vector<CorpusEntry> entries) {
  for (auto& e : entries)
    if (!e.image.empty()) entries_.push_back(std::move(e));
  if (entries_.empty()) throw InputError("corpus: no abnormal entry, so there is nothing to learn from");
  std::map<std::string, std::vector<int>> by_family;
  for (int i = 0; i < static_cast<int>(entries_.size()); ++i) {
    const auto& e = entries_[static_cast<std::size_t>(i)];
    by_kind_[kind(e)].push_back(i);
    by_dataset_[e.dataset].push_back(i);
    by_family[defect_family(e.defect)].push_back(i);
  }
  other_.resize(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto family = defect_family(entries_[i].defect);
    if (family.empty()) continue;
    for (const int j : by_family[family])
      if (entries_[static_cast<std::size_t>(j)].dataset != entries_[i].dataset) other_[i].push_back(j);
  }
}

const std::vector<int>& PairPool::same_kind(int entry) const {
  return by_kind_.at(kind(entries_.at(static_cast<std::size_t>(entry))));
}
const std::vector<int>& PairPool::other_object(int entry) const {
  return other_.at(static_cast<std::size_t>(entry));
}
std::vector<std::string> PairPool::datasets() const {
  std::vector<std::string> out;
  for (const auto& [name, members] : by_dataset_) out.push_back(name);
  return out;
}
const std::vector<int>& PairPool::of_dataset(const std::string& dataset) const {
  return by_dataset_.at(dataset);
}

}  // namespace unidg::preparation
