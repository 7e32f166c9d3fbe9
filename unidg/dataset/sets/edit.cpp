#include "unidg/dataset/sets/edit.h"

#include <algorithm>
#include <array>

#include "unidg/core/files.h"
#include "unidg/core/rng.h"

namespace unidg::dataset::sets {
namespace {

/// Which parts belong together, because duplicates tie them.
class Ties {
 public:
  std::uint32_t number(const std::string& part) {
    const auto [found, is_new] =
        numbers_.try_emplace(stable_hash(part), static_cast<std::uint32_t>(root_.size()));
    if (is_new) root_.push_back(found->second);
    return found->second;
  }
  std::uint32_t root(std::uint32_t at) {
    while (root_[at] != at) at = root_[at] = root_[root_[at]];
    return at;
  }
  void tie(std::uint32_t a, std::uint32_t b) {
    root_[std::max(root(a), root(b))] = std::min(root(a), root(b));
  }
  std::size_t size() const { return root_.size(); }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> numbers_;
  std::vector<std::uint32_t> root_;
};

/// What is split as a whole.
struct Block {
  std::string kind;  ///< source, object and type of its first entry
  std::uint64_t order =
      ~0ull;  ///< drawn from the seed and its smallest part, whatever the order of the entries
  std::size_t count = 0;
  int split = 0;
};

constexpr const char* kSplits[] = {"train", "val", "test"};

/// Each block goes where most is missing.
void assign(std::vector<Block*>& blocks, const std::array<double, 3>& shares) {
  std::sort(blocks.begin(), blocks.end(), [](const Block* a, const Block* b) { return a->order < b->order; });
  const double sum = shares[0] + shares[1] + shares[2];
  double total = 0;
  for (const auto* block : blocks) total += static_cast<double>(block->count);
  std::array<double, 3> has{};
  for (auto* block : blocks) {
    int best = 0;
    double most = -1e300;
    for (int i = 0; i < 3; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (shares[at] <= 0) continue;
      const double missing = shares[at] / sum * total - has[at];
      if (missing > most) best = i, most = missing;
    }
    block->split = best;
    has[static_cast<std::size_t>(best)] += static_cast<double>(block->count);
  }
}

}  // namespace

SplitResult split_set(const std::filesystem::path& set, const SplitOptions& options) {
  const std::array<double, 3> shares = {options.train, options.val, options.test};
  if (std::any_of(shares.begin(), shares.end(), [](double share) { return !(share >= 0); }) ||
      shares[0] + shares[1] + shares[2] <= 0)
    throw UsageError("split: shares ", options.train, ", ", options.val, ", ", options.test,
                     ", expected numbers from 0, one of them above");
  const auto groups = find_duplicates(set, options.near, options.threads);

  Ties ties;
  std::unordered_map<std::uint64_t, std::uint32_t> part_of_id;
  const auto part = [](const SetEntry& entry) { return entry.part.empty() ? "id " + entry.id : entry.part; };
  each_entry(set,
             [&](const SetEntry& entry) { part_of_id[stable_hash(entry.id)] = ties.number(part(entry)); });
  for (const auto& group : groups)
    for (const auto& id : group.ids)
      ties.tie(part_of_id.at(stable_hash(group.ids.front())), part_of_id.at(stable_hash(id)));

  std::map<std::uint32_t, Block> blocks;
  each_entry(set, [&](const SetEntry& entry) {
    auto& block = blocks[ties.root(ties.number(part(entry)))];
    const auto order = stable_hash(text(options.seed, "/split/", part(entry)));
    if (order < block.order)
      block.order = order, block.kind = entry.source + "\n" + entry.object + "\n" + entry.type;
    ++block.count;
  });
  std::map<std::string, std::vector<Block*>> kinds;
  for (auto& [root, block] : blocks) kinds[block.kind].push_back(&block);
  for (auto& [kind, members] : kinds) assign(members, shares);

  SplitResult result;
  result.parts = blocks.size();
  rewrite_set(set, [&](SetEntry entry) {
    const auto split = blocks.at(ties.root(ties.number(part(entry)))).split;
    entry.split = entry.origin == "synthesised" && split == 2 ? "" : kSplits[split];
    ++result.counts[entry.split];
    return std::optional(std::move(entry));
  });
  return result;
}

std::size_t drop_entries(const std::filesystem::path& set,
                         const std::unordered_map<std::string, std::string>& reasons) {
  std::string lines;
  std::size_t count = 0;
  each_entry(set, [&](const SetEntry& entry) {
    const auto found = reasons.find(entry.id);
    if (found == reasons.end()) return;
    lines += (lines.empty() ? "" : "\n") + Json{{"reason", found->second}, {"entry", to_json(entry)}}.dump();
    ++count;
  });
  if (count == 0) return 0;
  append_line(set / "dropped.jsonl", lines);  // first: a crash between the two loses nothing
  rewrite_set(set, [&](SetEntry entry) -> std::optional<SetEntry> {
    if (reasons.count(entry.id)) return std::nullopt;
    return entry;
  });
  return count;
}

std::unordered_map<std::string, std::string> duplicates_to_drop(const std::vector<DuplicateGroup>& groups) {
  std::unordered_map<std::string, std::string> out;
  for (const auto& group : groups)
    for (std::size_t i = 1; i < group.ids.size(); ++i)
      out[group.ids[i]] = (group.is_exact ? "exact duplicate of " : "near duplicate of ") + group.ids.front();
  return out;
}

MarksResult apply_marks(const std::filesystem::path& set, const std::filesystem::path& marks,
                        bool only_kept) {
  const auto where = marks.string();
  const auto json = parse_json(read_file(marks), where);
  if (!json.is_object() || !json.contains("format") || json["format"] != "unidg marks" ||
      !json.contains("marks") || !json["marks"].is_object())
    throw FormatError(where, ": holds no marks; save them with the button of the browser page");
  std::unordered_map<std::string, bool> keeps;
  for (const auto& [id, mark] : json["marks"].items()) {
    if (mark != "keep" && mark != "drop")
      throw FormatError(where, ": '", id, "' is marked ", mark.dump(), ", expected keep or drop");
    keeps[id] = mark == "keep";
  }
  MarksResult result;
  std::unordered_map<std::string, std::string> reasons;
  each_entry(set, [&](const SetEntry& entry) {
    const auto mark = keeps.find(entry.id);
    const bool is_marked = mark != keeps.end();
    if (is_marked ? !mark->second : only_kept)
      reasons[entry.id] = is_marked ? "marked drop" : "not marked keep";
    if (is_marked) keeps.erase(mark);
    ++result.kept;
  });
  for (const auto& [id, keep] : keeps) {
    if (result.unknown.size() < 8) result.unknown.push_back(id);
    ++result.unknown_count;
  }
  std::sort(result.unknown.begin(), result.unknown.end());
  result.dropped = drop_entries(set, reasons);
  result.kept -= result.dropped;
  return result;
}

}  // namespace unidg::dataset::sets
