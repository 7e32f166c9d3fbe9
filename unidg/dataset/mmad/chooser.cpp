#include "unidg/dataset/mmad/chooser.h"

#include <algorithm>
#include <unordered_map>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"

namespace unidg::dataset::mmad {
namespace {

using sets::SetEntry;

/// Deals the members of a list in a drawn order, each once, without copying the list.
class Deal {
 public:
  explicit Deal(const std::vector<std::uint32_t>& list) : list_(list) {}
  std::optional<std::uint32_t> next(Rng& rng) {
    const auto left = list_.size() - dealt_;
    if (left == 0) return std::nullopt;
    const auto at = dealt_ + static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(left)));
    const auto drawn = number(at);
    moved_[at] = number(dealt_++);
    return list_[drawn];
  }

 private:
  std::size_t number(std::size_t at) const {
    const auto found = moved_.find(at);
    return found == moved_.end() ? at : found->second;
  }
  const std::vector<std::uint32_t>& list_;
  std::unordered_map<std::size_t, std::size_t> moved_;
  std::size_t dealt_ = 0;
};

std::string object_key(const Picture& picture) { return picture.dataset + "\n" + picture.object; }

std::string part_of(const SetEntry& entry) { return entry.part.empty() ? "id " + entry.id : entry.part; }

/// What the questions say of a picture's defect: its folder, and the right answer about its kind.
std::vector<std::string> types_of(const Picture& picture) {
  std::vector<std::string> out;
  if (picture.is_normal) return out;
  if (!picture.type.empty()) out.push_back(picture.type);
  for (const auto& question : picture.questions)
    if (question.task == "Defect Classification")
      for (const auto& [letter, words] : question.options)
        if (letter == question.answer) out.push_back(words);
  for (auto& type : out) std::replace(type.begin(), type.end(), '+', ' ');
  return out;
}

}  // namespace

Chooser::Chooser(std::filesystem::path set, const std::vector<Picture>& pictures, const LeakGuard& guard,
                 const ChoiceOptions& options, const sets::Taxonomy& taxonomy)
    : set_(std::move(set)), guard_(guard), options_(options) {
  for (const auto& picture : pictures)
    for (const auto& type : types_of(picture)) {
      const auto category = taxonomy.category(picture.dataset, picture.object, type).category;
      if (!category) continue;
      of_picture_[picture.image].insert(*category);
      of_object_[object_key(picture)].insert(*category);
    }
  sets::each_entry(set_, [&](SetEntry entry) {
    entry.other = Json(), entry.parts.clear();
    const auto number = static_cast<std::uint32_t>(entries_.size());
    parts_[part_of(entry)].push_back(number);
    const bool serves = !entry.is_normal() && !entry.mask.empty() &&
                        (options_.without_normal || !entry.normal.empty()) &&
                        (options_.split.empty() || entry.split == options_.split);
    if (serves) {
      ++serving_;
      const auto object = sets::plain_words(entry.object);
      const bool same_domain = entry.domain == options_.domain;
      by_object_[object].push_back(number);
      if (same_domain) domain_.push_back(number);
      if (entry.category) {
        object_by_category_[object][*entry.category].push_back(number);
        if (same_domain) domain_by_category_[*entry.category].push_back(number);
        by_category_[*entry.category].push_back(number);
      }
    }
    entries_.push_back(std::move(entry));
  });
  if (serving_ == 0)
    throw UsageError(
        set_.string(), ": none of ", entries_.size(), " entries",
        options_.split.empty() ? "" : " of split " + options_.split,
        " has a defective picture, a mask and a normal counterpart. --without-normal does without ",
        "the counterpart; `unidg agents inpaint` makes one");
}

std::set<int> Chooser::wanted(const Picture& picture) const {
  if (options_.match == ChoiceOptions::Match::Category) {
    const auto own = of_picture_.find(picture.image);
    if (own != of_picture_.end()) return own->second;
  }
  const auto known = of_object_.find(object_key(picture));
  return known == of_object_.end() ? std::set<int>() : known->second;
}

bool Chooser::is_questioned(const SetEntry& entry) const {
  if (guard_.is_questioned(entry.sha256) ||
      (!entry.normal_sha256.empty() && guard_.is_questioned(entry.normal_sha256)))
    return true;
  const auto shows = [&](const std::string& file) {
    return !file.empty() && guard_.shows_questioned(load_image(set_ / file), entry.object);
  };
  return shows(entry.abnormal) || shows(entry.normal);
}

bool Chooser::leaks(const SetEntry& entry) {
  const auto part = part_of(entry);
  const auto known = part_leaks_.find(part);
  if (known != part_leaks_.end()) return known->second;
  const auto& numbers = parts_.at(part);
  const bool found = std::any_of(numbers.begin(), numbers.end(),
                                 [&](std::uint32_t number) { return is_questioned(entries_[number]); });
  if (found) refused_ += numbers.size();
  return part_leaks_[part] = found;
}

std::vector<const SetEntry*> Chooser::choose(const Picture& picture) {
  std::vector<const SetEntry*> out;
  std::set<std::string> parts;
  Rng rng(options_.seed, "mmad/" + picture.image);
  const auto take = [&](std::uint32_t number) {
    const auto& entry = entries_[number];
    if (parts.count(part_of(entry)) || leaks(entry)) return false;
    parts.insert(part_of(entry));
    out.push_back(&entry);
    return true;
  };
  const auto is_full = [&] { return out.size() >= static_cast<std::size_t>(std::max(0, options_.count)); };

  const auto object = sets::plain_words(picture.object);
  const auto categories = wanted(picture);
  std::vector<int> turns(categories.begin(), categories.end());
  rng.shuffle(turns);
  // The wanted categories take turns, each with a list of its own.
  const auto by_turns = [&](const ByCategory& lists) {
    std::vector<Deal> deals;
    for (const int category : turns)
      if (const auto list = lists.find(category); list != lists.end()) deals.emplace_back(list->second);
    for (bool any = true; any && !is_full();) {
      any = false;
      for (auto& deal : deals)
        while (!is_full()) {
          const auto drawn = deal.next(rng);
          if (!drawn) break;
          any = true;
          if (take(*drawn)) break;
        }
    }
  };
  const auto of_list = [&](const List& list) {
    Deal deal(list);
    while (!is_full()) {
      const auto drawn = deal.next(rng);
      if (!drawn) return;
      take(*drawn);
    }
  };
  if (by_object_.count(object)) {
    by_turns(object_by_category_[object]);
    of_list(by_object_[object]);
  }
  by_turns(domain_by_category_);
  by_turns(by_category_);
  of_list(domain_);
  return out;
}

}  // namespace unidg::dataset::mmad
