#include "unidg/sft/pairs/plan_file.h"

#include <cmath>
#include <functional>
#include <sstream>
#include <unordered_map>

#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/gallery.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
namespace sets = dataset::sets;

constexpr int kVersion = 1;

std::string key_of(std::size_t set, const std::string& id) { return text(set, " ", id); }

Json pair_line(const Quadruplets& q, const PlannedPair& pair,
               const std::map<fs::path, std::size_t>& numbers) {
  const auto side = [&](std::uint32_t i) {
    const auto entry = q.entry(i);
    return Json{{"set", numbers.at(q.set_of(i))}, {"id", entry.id}, {"sha256", entry.sha256}};
  };
  return {{"distribution", letter(pair.distribution)},
          {"target", side(pair.target)},
          {"reference", side(pair.reference)},
          {"quality", std::round(pair.quality * 1e6) / 1e6},
          {"held_out", pair.is_held_out}};
}

/// Pairs by distribution, split by `word`.
Json shares(const Quadruplets& q, const std::vector<PlannedPair>& pairs,
            const std::function<std::string(const Quadruplet&)>& word) {
  std::map<std::string, std::map<std::string, std::int64_t>> counts;
  for (const auto& pair : pairs)
    if (!pair.is_held_out) ++counts[word(q[pair.target])][letter(pair.distribution)];
  Json out = Json::object();
  for (const auto& [name, by_letter] : counts) out[name] = by_letter;
  return out;
}

void write_sheet(const fs::path& out, const Quadruplets& q, const std::vector<PlannedPair>& pairs, int rows,
                 std::int64_t seed) {
  std::vector<dataset::ManifestEntry> shown;
  for (const auto distribution : kDistributions) {
    std::vector<const PlannedPair*> some;
    for (const auto& pair : pairs)
      if (pair.distribution == distribution && !pair.is_held_out) some.push_back(&pair);
    Rng(static_cast<std::uint64_t>(seed), text("sheet ", letter(distribution))).shuffle(some);
    if (some.size() > static_cast<std::size_t>(rows)) some.resize(static_cast<std::size_t>(rows));
    for (const auto* pair : some) {
      const auto target = q.entry(pair->target), reference = q.entry(pair->reference);
      const auto in = [](const fs::path& set, const std::string& file) {
        return file.empty() ? std::string() : fs::absolute(set / file).string();
      };
      dataset::ManifestEntry entry;
      char quality[32] = "";
      if (distribution != Distribution::SameImage)
        std::snprintf(quality, sizeof(quality), "  Q %.2f", pair->quality);
      entry.id = text("(", letter(distribution), ") ", target.object, ", ", target.type, " <- ",
                      reference.object, ", ", reference.type, quality);
      const auto &from = q.set_of(pair->target), &to = q.set_of(pair->reference);
      entry.abnormal = in(from, target.abnormal), entry.normal = in(from, target.normal);
      entry.mask = in(from, target.mask), entry.reference = in(to, reference.abnormal);
      entry.reference_mask = in(to, reference.mask);
      shown.push_back(std::move(entry));
    }
  }
  if (shown.empty()) return;
  save_png(out / "sheet.png", dataset::contact_sheet({}, shown, {.cell = 150, .rows = 3 * rows}));
}

}  // namespace

Json write_plan(const fs::path& out, const std::vector<fs::path>& folders, const Quadruplets& q,
                const std::vector<PlannedPair>& pairs, const PlanReport& report,
                const std::map<std::string, std::vector<std::string>>& left_out, const PlanConfig& config,
                int rows) {
  std::map<fs::path, std::size_t> numbers;
  Json header = {{"unidg_plan", kVersion}, {"sets", Json::array()}, {"settings", echo_fields(config)}};
  for (const auto& folder : folders) {
    numbers.emplace(folder, numbers.size());
    header["sets"].push_back(fs::absolute(folder)
                                 .lexically_normal()
                                 .lexically_relative(fs::absolute(out).lexically_normal())
                                 .generic_string());
  }
  std::string lines = header.dump() + "\n";
  for (const auto& pair : pairs) lines += pair_line(q, pair, numbers).dump() + "\n";

  std::map<std::string, std::int64_t> counts, held_out;
  std::int64_t without_normal = 0;
  for (const auto& pair : pairs) {
    ++(pair.is_held_out ? held_out : counts)[letter(pair.distribution)];
    without_normal += !pair.is_held_out && !q[pair.target].has_normal;
  }
  Json words = {{"quadruplets", q.size()}, {"pairs", counts},
                {"held_out", held_out},    {"targets_without_normal", without_normal},
                {"cut", report.cut},       {"dropped", report.dropped},
                {"left_out", left_out}};
  words["by_category"] = shares(q, pairs, [](const Quadruplet& one) { return std::to_string(one.category); });
  words["by_domain"] = shares(q, pairs, [&](const Quadruplet& one) { return q.word(one.domain); });
  words["by_object"] = shares(q, pairs, [&](const Quadruplet& one) { return q.word(one.object); });
  fs::create_directories(out);
  write_sheet(out, q, pairs, rows, config.sampling.seed);
  write_file_atomic(out / "report.json", words.dump(2) + "\n");
  write_file_atomic(out / "plan.jsonl", lines);
  return words;
}

Plan Plan::open(const fs::path& file) {
  std::istringstream lines(read_file(file));
  std::string line;
  std::getline(lines, line);
  const auto header = parse_json(line, file.string() + ":1");
  if (!header.is_object() || header.value("unidg_plan", 0) != kVersion || !header.contains("sets"))
    throw FormatError(file.string(), ":1: no header of a pair plan, version ", kVersion,
                      " (expected what `unidg sft plan` writes)");
  std::vector<fs::path> folders;
  for (const auto& folder : header["sets"])
    folders.push_back((fs::absolute(file).parent_path() / folder.get<std::string>()).lexically_normal());

  std::unordered_map<std::string, std::pair<std::uint32_t, std::string>>
      known;  // by set and id: number, content
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < folders.size(); ++i)
    sets::each_entry(folders[i], [&](const sets::SetEntry& entry) {
      if (!entry.is_normal()) known.emplace(key_of(i, entry.id), std::pair{count++, entry.sha256});
    });
  Plan plan(sets::EntryIndex(folders, [](const sets::SetEntry& entry) { return !entry.is_normal(); }),
            header.value("settings", Json::object()));
  for (int number = 2; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const auto where = text(file.string(), ":", number);
    const auto json = parse_json(line, where);
    const auto side = [&](const char* name) {
      try {
        const auto& one = json.at(name);
        const auto set = one.at("set").get<std::size_t>();
        const auto id = one.at("id").get<std::string>();
        const auto found = known.find(key_of(set, id));
        if (found == known.end())
          throw FormatError(
              where, ": ", name, " '", id, "' is not in ",
              set < folders.size() ? folders[set].string() : "a set of the plan",
              ". The plan was made from another version of the set: run `unidg sft plan` again");
        if (found->second.second != one.at("sha256").get<std::string>())
          throw FormatError(where, ": ", name, " '", id,
                            "' shows another picture than when the plan was made (sha256 ",
                            found->second.second.substr(0, 12), "...). Run `unidg sft plan` again");
        return found->second.first;
      } catch (const Json::exception& error) {
        throw FormatError(where, ": '", name, "' needs set, id and sha256");
      }
    };
    Line entry;
    entry.distribution = json.value("distribution", std::string("a")).front();
    entry.is_held_out = json.value("held_out", false), entry.quality = json.value("quality", 0.0F);
    entry.target = side("target"), entry.reference = side("reference");
    plan.lines_.push_back(entry);
  }
  return plan;
}

PlanLine Plan::line(std::size_t i) const {
  const auto& line = lines_.at(i);
  PlanLine out;
  out.distribution = line.distribution, out.quality = line.quality, out.is_held_out = line.is_held_out;
  out.target = index_.entry(line.target), out.reference = index_.entry(line.reference);
  out.target_set = index_.set_of(line.target), out.reference_set = index_.set_of(line.reference);
  return out;
}

}  // namespace unidg::sft
