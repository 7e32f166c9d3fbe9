#include "unidg/evaluation/protocol/ledger.h"

#include <ctime>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;

std::string Cell::key() const {
  return text(task, "/", product == "*" ? "all" : product, "/", generator, "/", seed);
}

std::vector<Json> read_lines(const fs::path& file) {
  std::vector<Json> out;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return out;
  const auto content = read_file(file);
  std::size_t start = 0;
  for (int number = 1; start < content.size(); ++number) {
    const auto end = content.find('\n', start);
    const auto line = content.substr(start, end == std::string::npos ? end : end - start);
    start = end == std::string::npos ? content.size() : end + 1;
    if (line.find_first_not_of(" \r") == std::string::npos) continue;
    try {
      out.push_back(parse_json(line, text(file.string(), ":", number)));
    } catch (const FormatError& error) {  // what a killed run left of a line
      log_warning(error.what(), "; the line is left out");
    }
  }
  return out;
}

std::string short_hash(const Json& deciding) { return sha256_hex(deciding.dump()).substr(0, 16); }

Ledger::Ledger(fs::path folder) : folder_(std::move(folder)) {
  for (auto& line : read_lines(folder_ / "results.jsonl")) {
    if (!line.is_object() || !line.contains("cell") || !line["cell"].is_string())
      throw FormatError((folder_ / "results.jsonl").string(),
                        ": a line without \"cell\": ", line.dump().substr(0, 80));
    const auto key = line["cell"].get<std::string>();
    results_[key] = std::move(line);
  }
  generated_ = read_lines(folder_ / "generated.jsonl");
}

const Json* Ledger::finished(const std::string& cell) const {
  const auto found = results_.find(cell);
  return found == results_.end() ? nullptr : &found->second;
}

void Ledger::append_result(const Json& line) {
  const std::lock_guard lock(mutex_);
  append_line(folder_ / "results.jsonl", line.dump());
  results_[line.at("cell")] = line;
}

void Ledger::append_failure(const Cell& cell, const std::string& error) {
  const std::lock_guard lock(mutex_);
  char date[32];
  const auto now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  append_line(folder_ / "failures.jsonl", Json({{"cell", cell.key()},
                                                {"task", cell.task},
                                                {"product", cell.product},
                                                {"generator", cell.generator},
                                                {"seed", cell.seed},
                                                {"error", error},
                                                {"date", date}})
                                              .dump());
}

void Ledger::append_generated(const Json& line) {
  const std::lock_guard lock(mutex_);
  append_line(folder_ / "generated.jsonl", line.dump());
  generated_.push_back(line);
}

double Ledger::seconds_of(const std::string& task) const {
  double sum = 0;
  int count = 0;
  for (const auto& [key, line] : results_)
    if (line.value("task", "") == task && line.contains("seconds"))
      sum += line["seconds"].get<double>(), ++count;
  return count ? sum / count : -1;
}

double Ledger::seconds_per_picture(const std::string& generator) const {
  double sum = 0;
  int count = 0;
  for (const auto& line : generated_)
    if (line.value("generator", "") == generator && line.value("seconds_per_picture", Json()).is_number())
      sum += line["seconds_per_picture"].get<double>(), ++count;
  return count ? sum / count : -1;
}

}  // namespace unidg::evaluation
