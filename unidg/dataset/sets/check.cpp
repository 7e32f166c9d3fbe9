#include "unidg/dataset/sets/check.h"

#include <unordered_map>

#include "unidg/core/rng.h"
#include "unidg/dataset/sets/looked_at.h"

namespace unidg::dataset::sets {
namespace {

struct Kind {
  bool is_error;
  const char* advice;
};

const std::map<std::string, Kind>& kinds() {
  static const std::map<std::string, Kind> all = {
      {kind::kUnreadable, {true, "Restore the file, or drop the entry."}},
      {kind::kChanged, {true, "Import the source again, or restore the file: provenance no longer holds."}},
      {kind::kMaskSize, {true, "The mask belongs to another picture; replace it or drop the entry."}},
      {kind::kMaskEmpty, {true, "Draw the mask, or move the picture to the good ones."}},
      {kind::kMaskTiny, {false, "Look whether these are stray pixels."}},
      {kind::kMaskInverted,
       {false, "White must be the defect. Invert the source's masks if it is the ground."}},
      {kind::kMaskFull, {false, "A mask of the whole picture says nothing about where the defect is."}},
      {kind::kNormalSize, {true, "Counterparts must be aligned; drop the normal picture."}},
      {kind::kNormalSame, {false, "The counterpart should not show the defect."}},
      {kind::kNormalFar, {false, "Is it another picture's counterpart, or one taken at another exposure?"}},
      {kind::kExact, {false, "`unidg dataset dedupe` keeps one of them."}},
      {kind::kNear, {false, "`unidg dataset dedupe --near` keeps one of them; or give them one part."}},
      {kind::kLeakPicture, {true, "`unidg dataset split` puts what belongs together into one split."}},
      {kind::kLeakPart, {true, "`unidg dataset split` puts a part's pictures into one split."}},
      {kind::kSynthetic,
       {true, "Scores on made pictures say nothing; `unidg dataset split` never does this."}},
      {kind::kNoCategory, {false, "Add the type to a map of your own: `unidg dataset taxonomy`."}},
      {kind::kNoLicence, {false, "Ask the source, then `unidg dataset import --licence`."}},
      {kind::kSameId, {true, "Ids must be unique; one of the manifests was edited by hand."}}};
  return all;
}

Finding finding(const SetEntry& entry, const std::string& about) {
  return {entry.id, "", about, entry.picture(), entry.mask, ""};
}

/// What is remembered of every entry. Pictures are named by their files: they hold the id.
struct Remembered {
  std::string picture, id, split;
};

class Checker {
 public:
  Checker(const std::filesystem::path& set, const CheckOptions& options) {
    if (options.near_duplicates) near_.emplace(set);
  }

  void take(const LookedAt& seen) {
    ++report.entries;
    const auto& entry = seen.entry;
    for (const auto& fault : seen.faults) add(fault.kind, finding(entry, fault.about));
    if (!ids_.insert(stable_hash(entry.id)).second) add(kind::kSameId, finding(entry, entry.id));
    if (!entry.split.empty() && !entry.part.empty()) {
      const auto [found, is_new] = splits_.try_emplace(stable_hash(entry.part), entry.split);
      if (!is_new && found->second != entry.split)
        add(kind::kLeakPart,
            finding(entry, text("part ", entry.part, " is in ", found->second, " and in ", entry.split)));
    }
    if (seen.is_readable) compare(seen);
  }

  CheckReport report;

 private:
  void add(const std::string& kind, Finding finding) {
    auto& group = report.groups[kind];
    const auto& about = kinds().at(kind);
    group.is_error = about.is_error, group.advice = about.advice;
    ++(about.is_error ? report.errors : report.warnings);
    if (group.count++ < FindingGroup::kNamed) group.first.push_back(std::move(finding));
  }

  void pair_up(const char* kind, const SetEntry& entry, const Remembered& other, const std::string& about) {
    auto found = finding(entry, about);
    found.other = other.id, found.other_picture = other.picture;
    add(kind, found);
    if (!entry.split.empty() && !other.split.empty() && entry.split != other.split) {
      found.about = text(entry.split, " and ", other.split);
      add(kind::kLeakPicture, std::move(found));
    }
  }

  void compare(const LookedAt& seen) {
    const auto& entry = seen.entry;
    const auto number = static_cast<std::uint32_t>(remembered_.size());
    const auto [found, is_new] = exact_.try_emplace(stable_hash(seen.sha256), number);
    remembered_.push_back({entry.picture(), entry.id, entry.split});
    if (!is_new) pair_up(kind::kExact, entry, remembered_[found->second], "byte for byte");
    if (!near_) return;
    const auto like = near_->find_then_add(entry, seen.hash, is_new);
    if (like)
      pair_up(kind::kNear, entry, remembered_[like->number],
              text("likeness ", static_cast<int>(100 * like->likeness), " %"));
  }

  std::unordered_set<std::uint64_t> ids_;
  std::unordered_map<std::uint64_t, std::string> splits_;
  std::unordered_map<std::uint64_t, std::uint32_t> exact_;
  std::vector<Remembered> remembered_;
  std::optional<NearPictures> near_;
};

}  // namespace

CheckReport check_set(const std::filesystem::path& set, const CheckOptions& options) {
  Checker checker(set, options);
  look_at_set(set, true, options.threads, "validate", [&](const LookedAt& seen) { checker.take(seen); });
  return std::move(checker.report);
}

Json to_json(const CheckReport& report) {
  Json groups = Json::array();
  for (const auto& [kind, group] : report.groups) {
    Json first = Json::array();
    for (const auto& found : group.first) {
      Json line = {{"id", found.id}, {"about", found.about}};
      if (!found.other.empty()) line["other"] = found.other;
      first.push_back(line);
    }
    groups.push_back({{"kind", kind},
                      {"severity", group.is_error ? "error" : "warning"},
                      {"count", group.count},
                      {"advice", group.advice},
                      {"first", first}});
  }
  return {{"entries", report.entries},
          {"errors", report.errors},
          {"warnings", report.warnings},
          {"findings", groups}};
}

std::vector<DuplicateGroup> find_duplicates(const std::filesystem::path& set, bool near, int threads) {
  std::vector<DuplicateGroup> groups;
  std::unordered_map<std::uint64_t, std::uint32_t> exact;
  std::vector<Remembered> remembered;
  std::vector<std::uint32_t> group_of;  // of each remembered picture, or kNone
  constexpr std::uint32_t kNone = 0xffffffff;
  std::optional<NearPictures> index;
  if (near) index.emplace(set);
  const auto join = [&](std::uint32_t earlier, const SetEntry& entry, bool is_exact) {
    auto& group = group_of[earlier];
    if (group == kNone) {
      group = static_cast<std::uint32_t>(groups.size());
      groups.push_back({{remembered[earlier].id}, true});
    }
    groups[group].ids.push_back(entry.id);
    groups[group].is_exact = groups[group].is_exact && is_exact;
    group_of.back() = group;
  };
  look_at_set(set, false, threads, "dedupe", [&](const LookedAt& seen) {
    if (!seen.is_readable) return;
    const auto number = static_cast<std::uint32_t>(remembered.size());
    remembered.push_back({seen.entry.picture(), seen.entry.id, ""});
    group_of.push_back(kNone);
    const auto [found, is_new] = exact.try_emplace(stable_hash(seen.sha256), number);
    std::optional<NearPictures::Found> like;
    if (index) like = index->find_then_add(seen.entry, seen.hash, is_new);
    if (!is_new)
      join(found->second, seen.entry, true);
    else if (like)
      join(like->number, seen.entry, false);
  });
  return groups;
}

}  // namespace unidg::dataset::sets
