#include "unidg/agents/curate/curation.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "unidg/agents/curate/preview.h"
#include "unidg/agents/curate/quality.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/parallel.h"

namespace unidg::agents {
namespace sets = dataset::sets;
namespace fs = std::filesystem;

namespace {

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

/// An item on its way: made, then described and verified.
struct Draft {
  Made made;
  std::optional<Selection> selection;
  std::string step, reason, detail;  ///< why it is not kept; "" when it is
  bool is_unanswered = false;
  bool may_retry = false;
  int attempts = 1;
};

/// The highest mean that any caption got.
std::optional<double> best_score(const std::optional<Selection>& selection) {
  std::optional<double> out;
  if (selection)
    for (const auto& judged : selection->candidates)
      if (judged.verdict && judged.verdict->scores)
        out = std::max(out.value_or(0), judged.verdict->scores->mean());
  if (out) out = rounded(*out);
  return out;
}

/// The lowest of the three scores names the reason: "inaccurate: Normality".
std::string weakest(const Selection& selection) {
  for (const auto& judged : selection.candidates)
    if (judged.verdict && judged.verdict->scores) {
      const auto& s = *judged.verdict->scores;
      const std::array<double, 3> scores = {s.consistency, s.existence, s.normality};
      const auto lowest = std::min_element(scores.begin(), scores.end()) - scores.begin();
      return kVerifyCriteria[static_cast<std::size_t>(lowest)];
    }
  return "";
}

std::string first_problem(const Selection& selection) {
  for (const auto& judged : selection.candidates) {
    if (!judged.candidate.problem.empty()) return judged.candidate.problem;
    if (judged.verdict && !judged.verdict->problem.empty()) return judged.verdict->problem;
  }
  return "";
}

std::string analysis(const Selection& selection) {
  for (const auto& judged : selection.candidates)
    if (judged.verdict) return judged.verdict->analysis;
  return "";
}

/// Captions and verdict of one triplet.
void judge(Draft& draft, const Agents& agents, const CurateConfig& config) {
  std::vector<Candidate> candidates;
  for (const auto& captioner : agents.captioners)
    candidates.push_back(captioner->describe(draft.made.triplet));
  draft.selection = select(draft.made.triplet, candidates, *agents.verifier, config.verify);
  const auto& selection = *draft.selection;
  if (selection.kept) return;
  if (selection.reason == "unsure") {
    draft.step = "caption", draft.reason = "unsure";
    draft.detail = text("every caption's confidence is below ", config.verify.min_confidence);
  } else if (selection.reason == "inaccurate") {
    draft.step = "verify", draft.reason = "inaccurate: " + weakest(selection);
    draft.detail = analysis(selection), draft.may_retry = draft.made.may_retry;
  } else {
    draft.is_unanswered = true, draft.detail = first_problem(selection);
  }
}

LedgerLine line_of(const Draft& draft, const Half& half, const Task& task) {
  const auto& entry = draft.made.entry;
  LedgerLine out;
  out.id = task.id, out.half = half.name(), out.index = task.index, out.outcome = "dropped";
  out.step = draft.step, out.reason = draft.reason, out.detail = draft.detail;
  out.source = entry.source, out.object = entry.object, out.type = entry.type, out.category = entry.category;
  out.attempts = draft.attempts, out.score = best_score(draft.selection);
  return out;
}

/// Puts the files of a kept quadruplet in place and completes its entry.
sets::SetEntry publish(Draft& draft, const Half& half, const Task& task, const Agents& agents,
                       const sets::SetWriter& writer) {
  auto& made = draft.made;
  auto entry = made.entry;
  const auto& judged = draft.selection->candidates[*draft.selection->kept];
  entry.id = task.id, entry.sha256 = sha256_hex(made.abnormal), entry.normal_sha256 = sha256_hex(made.normal);
  const auto place = entry.sha256.substr(0, 2) + "/" + entry.id;
  entry.abnormal = "abnormal/" + place + made.abnormal_extension;
  entry.normal = "normal/" + place + made.normal_extension;
  entry.mask = "mask/" + place + ".png", entry.caption = "caption/" + place + ".json";
  writer.put(entry.abnormal, made.abnormal);
  writer.put(entry.normal, made.normal);
  writer.put(entry.mask, made.mask);
  writer.put(entry.caption, judged.candidate.caption.dump(1) + "\n");

  const auto& scores = *judged.verdict->scores;
  Json curation = {{"half", half.name()},
                   {"index", task.index},
                   {"attempts", draft.attempts},
                   {"score", rounded(scores.mean())},
                   {"scores",
                    {{kVerifyCriteria[0], rounded(scores.consistency)},
                     {kVerifyCriteria[1], rounded(scores.existence)},
                     {kVerifyCriteria[2], rounded(scores.normality)}}},
                   {"confidence", rounded(judged.candidate.confidence)},
                   {"captioner", judged.candidate.asked},
                   {"verifier", agents.verifier->name()}};
  for (const auto& [name, value] : made.provenance.items()) curation[name] = value;
  if (made.found.area() > 0) {
    const auto inside = "mask_found/" + place + ".png";
    writer.put(inside, encode_png(made.found));
    curation["mask_found"] = inside;
  }
  entry.other["curation"] = curation;
  return entry;
}

/// One block of items through all steps, with further tries of those that may end otherwise.
class Block {
 public:
  Block(Half& half, const Agents& agents, const CurateConfig& config)
      : half_(half), agents_(agents), config_(config) {}

  /// @returns nothing when interrupted on the way
  std::optional<std::vector<Draft>> run(const std::vector<Task>& tasks) {
    std::vector<Draft> drafts(tasks.size());
    std::vector<std::size_t> open(tasks.size());
    for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
    for (int attempt = 0; attempt <= config_.retries && !open.empty(); ++attempt) {
      std::vector<Task> now;
      for (const auto i : open) now.push_back({tasks[i].index, tasks[i].id, attempt});
      auto made = half_.make(now);
      if (interrupted()) return std::nullopt;
      sets::parallel(open.size(), static_cast<int>(config_.threads), [&](std::size_t k) {
        if (!interrupted()) drafts[open[k]] = take(std::move(made[k]), attempt);
      });
      if (interrupted()) return std::nullopt;
      std::erase_if(open, [&](std::size_t i) { return !drafts[i].may_retry; });
    }
    return drafts;
  }

 private:
  Draft take(Made made, int attempt) const {
    Draft out;
    out.made = std::move(made), out.attempts = attempt + 1;
    if (out.made.step.empty()) {
      judge(out, agents_, config_);
    } else {
      out.step = out.made.step, out.reason = out.made.reason, out.detail = out.made.detail;
      out.may_retry = out.made.may_retry;
    }
    return out;
  }

  Half& half_;
  const Agents& agents_;
  const CurateConfig& config_;
};

std::string of_shard(const std::string& name, const dataset::Shard& shard) {
  return shard.count == 1 ? name + ".jsonl" : text(name, "-", shard.index, "-of-", shard.count, ".jsonl");
}

}  // namespace

void fields(FieldVisitor& visit, CurateConfig& c) {
  visit.group("verify", c.verify);
  visit("retries", c.retries, in(0, 100), "further tries of an item that another draw may mend");
  visit("previews", c.previews, in(0, 1000), "dropped items of one reason that the report can show");
  visit("block", c.block, in(1, 4096), "items between two writes");
  visit("threads", c.threads, in(0, 1024), "0: one a core");
}

Json Agents::settings() const {
  Json names = Json::array();
  for (const auto& captioner : captioners) names.push_back(captioner->name());
  return {{"captioners", names}, {"verifier", verifier->name()}};
}

Agents embedded_agents() {
  Agents out;
  out.captioners.push_back(std::make_unique<MeasuringCaptioner>());
  out.verifier = std::make_unique<MeasuringVerifier>();
  return out;
}

CurationFiles::CurationFiles(const fs::path& folder, const dataset::Shard& s)
    : writer(folder, of_shard("manifest", s)), ledger(writer, of_shard("ledger", s)), shard(s) {}

Json to_json(const CurationReport& r) {
  return {{"planned", r.planned},       {"kept", r.kept},
          {"dropped", r.dropped},       {"skipped", r.skipped},
          {"unanswered", r.unanswered}, {"interrupted", r.is_interrupted}};
}

CurationReport curate(Half& half, const Agents& agents, CurationFiles& files, const CurateConfig& config) {
  CurationReport report;
  std::vector<std::size_t> todo;
  for (std::size_t i = 0; i < half.count(); ++i) {
    const auto id = half.id(i);
    if (!files.shard.takes(id)) continue;
    ++report.planned;
    if (files.ledger.has(id))
      ++report.skipped;
    else
      todo.push_back(i);
  }
  Progress progress("curate " + half.name(), static_cast<std::int64_t>(todo.size()));
  Previews previews(files.writer.folder(), static_cast<int>(config.previews));
  const auto size = static_cast<std::size_t>(config.block);
  for (std::size_t begin = 0; begin < todo.size() && !interrupted(); begin += size) {
    std::vector<Task> tasks;
    for (std::size_t i = begin; i < std::min(begin + size, todo.size()); ++i)
      tasks.push_back({todo[i], half.id(todo[i]), 0});
    auto drafts = Block(half, agents, config).run(tasks);
    if (!drafts) break;

    std::vector<sets::SetEntry> entries;
    std::vector<LedgerLine> lines;
    std::size_t unanswered = 0;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      auto& draft = (*drafts)[i];
      if (draft.is_unanswered) {
        ++unanswered;
      } else if (draft.reason.empty()) {
        entries.push_back(publish(draft, half, tasks[i], agents, files.writer));
        lines.push_back(kept_line(entries.back()));
        ++report.kept;
      } else {
        lines.push_back(line_of(draft, half, tasks[i]));
        previews.add(lines.back(), draft.made.triplet);
        ++report.dropped;
      }
    }
    files.writer.append(entries);
    files.ledger.append(lines);
    report.unanswered += unanswered;
    if (unanswered == size)
      throw ServiceError("no usable answer for ", unanswered, " pictures in a row: ", (*drafts)[0].detail,
                         ". What was done so far is kept; the same command goes on.");
    progress.advance(static_cast<std::int64_t>(tasks.size()), text(report.kept, " kept"));
  }
  report.is_interrupted = interrupted();
  return report;
}

Forecast forecast(Half& half, const Agents* agents, const fs::path& folder, const dataset::Shard& shard,
                  const CurateConfig& config, std::size_t samples) {
  Forecast out;
  std::vector<std::size_t> mine;
  std::unordered_set<std::uint64_t> ids;
  for (std::size_t i = 0; i < half.count(); ++i)
    if (const auto id = half.id(i); shard.takes(id)) mine.push_back(i), ids.insert(stable_hash(id));
  out.planned = mine.size();
  out.finished =
      count_finished(folder, [&](const std::string& id) { return ids.count(stable_hash(id)) > 0; });
  std::vector<Task> tasks;
  const auto count = std::min(samples, mine.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = mine[i * mine.size() / count];
    tasks.push_back({index, half.id(index), 0});
  }
  if (tasks.empty()) return out;
  const auto start = std::chrono::steady_clock::now();
  if (agents)
    (void)Block(half, *agents, config).run(tasks);
  else
    (void)half.make(tasks);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  out.seconds_an_item = spent.count() / static_cast<double>(tasks.size());
  return out;
}

void claim_settings(const fs::path& folder, const std::string& half, const Json& settings) {
  const auto path = folder / "curation.json";
  Json all = {{"format", "unidg curation"}, {"version", 1}};
  if (fs::exists(path)) all = parse_json(read_file(path, 64 << 20), path.string());
  if (!all.contains(half)) {
    all[half] = settings;
    write_file_atomic(path, all.dump(1) + "\n");
    return;
  }
  for (const auto& [name, value] : settings.items())
    if (!all[half].contains(name) || all[half][name] != value)
      throw UsageError(path.string(), ": the ", half, " half was begun with ", name, " = ",
                       all[half].contains(name) ? all[half][name].dump() : "nothing", ", now it is ",
                       value.dump(), ". Repeat the old setting, or choose another --out");
}

}  // namespace unidg::agents
