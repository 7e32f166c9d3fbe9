#include "unidg/agents/curate/funnel.h"

#include <iomanip>
#include <sstream>
#include <unordered_set>

#include "unidg/agents/curate/ledger.h"
#include "unidg/core/rng.h"

namespace unidg::agents {

std::size_t Funnel::dropped_at(const std::string& step) const {
  const auto found = dropped.find(step);
  std::size_t out = 0;
  if (found != dropped.end())
    for (const auto& [reason, count] : found->second) out += count;
  return out;
}

const std::vector<std::string>& curation_steps() {
  static const std::vector<std::string> steps = {"input",   "inpaint", "generate",
                                                 "quality", "caption", "verify"};
  return steps;
}

std::map<std::string, Funnel> count_funnels(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "ledger.jsonl"))
    throw InputError(folder.string(),
                     ": holds no ledger.jsonl; `unidg curate --out` makes one, `unidg curate "
                     "--merge` joins those of shards");
  std::map<std::string, Funnel> out;
  std::unordered_set<std::uint64_t> seen;
  each_ledger_line(folder / "ledger.jsonl", [&](const LedgerLine& line, std::uint64_t) {
    if (!seen.insert(stable_hash(line.id)).second) return;
    auto& funnel = out[line.half];
    auto &source = funnel.sources[line.source], &category = funnel.categories[line.category.value_or(-1)];
    ++funnel.items, ++source.items, ++category.items;
    funnel.retried += line.attempts > 1;
    if (line.is_kept())
      ++funnel.kept, ++source.kept, ++category.kept;
    else
      ++funnel.dropped[line.step][line.reason];
  });
  return out;
}

Json to_json(const std::map<std::string, Funnel>& funnels) {
  Json out = Json::object();
  for (const auto& [half, funnel] : funnels) {
    Json dropped = Json::object(), sources = Json::object(), categories = Json::array();
    for (const auto& [step, reasons] : funnel.dropped)
      for (const auto& [reason, count] : reasons) dropped[step][reason] = count;
    for (const auto& [source, share] : funnel.sources)
      sources[source] = {{"items", share.items}, {"kept", share.kept}};
    for (const auto& [category, share] : funnel.categories)
      categories.push_back({{"category", category < 0 ? Json(nullptr) : Json(category)},
                            {"items", share.items},
                            {"kept", share.kept}});
    out[half] = {{"items", funnel.items}, {"kept", funnel.kept}, {"retried", funnel.retried},
                 {"dropped", dropped},    {"sources", sources},  {"categories", categories}};
  }
  return out;
}

std::string to_text(const std::map<std::string, Funnel>& funnels) {
  std::ostringstream out;
  for (const auto& [half, funnel] : funnels) {
    out << half << ": " << funnel.kept << " of " << funnel.items << " kept\n";
    for (const auto& step : curation_steps()) {
      const auto found = funnel.dropped.find(step);
      if (found == funnel.dropped.end()) continue;
      for (const auto& [reason, count] : found->second)
        out << "  " << std::left << std::setw(10) << step << std::right << std::setw(7) << count << "  "
            << reason << "\n";
    }
  }
  auto words = out.str();
  if (!words.empty()) words.pop_back();
  return words;
}

}  // namespace unidg::agents
