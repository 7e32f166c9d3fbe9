#include "unidg/agents/curate/ledger.h"

#include <fstream>

#include "unidg/core/files.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace fs = std::filesystem;

Json to_json(const LedgerLine& line) {
  Json out = {{"id", line.id}, {"half", line.half}, {"index", line.index}, {"outcome", line.outcome}};
  if (!line.is_kept()) {
    out["step"] = line.step, out["reason"] = line.reason;
    if (!line.detail.empty()) out["detail"] = line.detail;
  }
  out["source"] = line.source, out["object"] = line.object, out["type"] = line.type;
  out["category"] = line.category ? Json(*line.category) : Json(nullptr);
  out["attempts"] = line.attempts;
  out["score"] = line.score ? Json(*line.score) : Json(nullptr);
  return out;
}

LedgerLine ledger_line_from_json(const Json& json, const std::string& where) {
  LedgerLine out;
  try {
    out.id = json.at("id"), out.half = json.at("half"), out.index = json.at("index");
    out.outcome = json.at("outcome");
    out.step = json.value("step", ""), out.reason = json.value("reason", ""),
    out.detail = json.value("detail", "");
    out.source = json.at("source"), out.object = json.at("object"), out.type = json.at("type");
    if (!json.at("category").is_null()) out.category = json.at("category").get<int>();
    out.attempts = json.at("attempts");
    if (!json.at("score").is_null()) out.score = json.at("score").get<double>();
  } catch (const Json::exception& error) {
    throw FormatError(where, ": no line of a curation ledger: ", error.what());
  }
  return out;
}

LedgerLine kept_line(const dataset::sets::SetEntry& entry) {
  const auto found = entry.other.find("curation");
  if (found == entry.other.end())
    throw FormatError("entry ", entry.id,
                      ": no field 'curation'; this set was not written by `unidg curate`");
  LedgerLine out;
  out.id = entry.id, out.outcome = "kept";
  out.source = entry.source, out.object = entry.object, out.type = entry.type, out.category = entry.category;
  try {
    out.half = found->at("half"), out.index = found->at("index"), out.attempts = found->at("attempts");
    out.score = found->at("score").get<double>();
  } catch (const Json::exception& error) {
    throw FormatError("entry ", entry.id, ": field 'curation': ", error.what());
  }
  return out;
}

void each_ledger_line(const fs::path& file, const std::function<void(LedgerLine, std::uint64_t)>& visit) {
  std::ifstream in(file);
  std::string line;
  std::uint64_t begin = 0, next = 0;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    begin = next, next += line.size() + 1;
    if (line.empty() || (line.front() == '{' && line.back() != '}')) continue;  // what a crash left
    const auto where = text(file.string(), ":", number);
    visit(ledger_line_from_json(parse_json(line, where), where), begin);
  }
}

std::size_t count_finished(const fs::path& folder, const std::function<bool(const std::string&)>& counts) {
  std::unordered_set<std::uint64_t> ids;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder, error))
    if (const auto name = file.path().filename().string();
        name.rfind("ledger", 0) == 0 && file.path().extension() == ".jsonl")
      each_ledger_line(file.path(), [&](const LedgerLine& line, std::uint64_t) {
        if (counts(line.id)) ids.insert(stable_hash(line.id));
      });
  return ids.size();
}

Ledger::Ledger(const dataset::sets::SetWriter& writer, const std::string& name)
    : file_(writer.folder() / name) {
  const auto joined = writer.folder() / "ledger.jsonl";
  read(joined, writer);
  if (file_ != joined) read(file_, writer);
  if (!fs::exists(file_)) write_file_atomic(file_, "");  // a shard without items has a ledger too
  // What was kept just before a crash has no line yet.
  std::vector<LedgerLine> missing;
  dataset::sets::each_entry_in(writer.manifest(), [&](const dataset::sets::SetEntry& entry, std::uint64_t) {
    if (!has(entry.id)) missing.push_back(kept_line(entry));
  });
  append(missing);
}

void Ledger::read(const fs::path& file, const dataset::sets::SetWriter& writer) {
  each_ledger_line(file, [&](const LedgerLine& line, std::uint64_t) {
    if (!line.is_kept() || writer.has(line.id)) done_.insert(stable_hash(line.id));
  });
}

bool Ledger::has(const std::string& id) const { return done_.count(stable_hash(id)) > 0; }

void Ledger::append(const std::vector<LedgerLine>& lines) {
  if (lines.empty()) return;
  std::string words;
  for (const auto& line : lines) {
    words += (words.empty() ? "" : "\n") + to_json(line).dump();
    done_.insert(stable_hash(line.id));
  }
  append_line(file_, words);
}

}  // namespace unidg::agents
