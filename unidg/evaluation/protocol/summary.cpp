#include "unidg/evaluation/protocol/summary.h"

#include <algorithm>
#include <iomanip>
#include <set>
#include <sstream>

#include "unidg/core/files.h"
#include "unidg/evaluation/protocol/ledger.h"

namespace unidg::evaluation {
namespace {

/// [seed][product][score] of one task and generator.
using Values = std::map<std::uint64_t, std::map<std::string, std::map<std::string, double>>>;

SummaryRow summarise_row(const std::string& task, const std::string& generator, const Values& values) {
  SummaryRow row{task, generator, 0, {}};
  for (const auto& [seed, products] : values) row.products = std::max(row.products, products.size());
  std::map<std::string, std::vector<double>> by_score;
  for (const auto& [seed, products] : values) {
    if (products.size() < row.products) continue;
    std::map<std::string, std::pair<double, std::size_t>> sums;
    for (const auto& [product, scores] : products)
      for (const auto& [name, value] : scores) sums[name].first += value, ++sums[name].second;
    for (const auto& [name, sum] : sums)
      if (sum.second == row.products) by_score[name].push_back(sum.first / static_cast<double>(sum.second));
  }
  for (auto& [name, list] : by_score) row.scores[name] = spread(std::move(list));
  return row;
}

}  // namespace

Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = values.size();
  return {(values[(n - 1) / 2] + values[n / 2]) / 2, values.front(), values.back(), n};
}

std::vector<SummaryRow> summarise(const std::filesystem::path& run) {
  const auto file = run / "run.json";
  const auto description = parse_json(read_file(file), file.string());
  std::map<std::pair<std::string, std::string>, Values> cells;
  for (const auto& line : read_lines(run / "results.jsonl")) {
    auto& scores = cells[{line.at("task"), line.at("generator")}][line.at("seed").get<std::uint64_t>()]
                        [line.at("product").get<std::string>()];
    for (const auto& [name, value] : line.at("scores").items())
      if (value.is_number()) scores[name] = value.get<double>();
  }
  std::vector<SummaryRow> rows;
  for (const auto& task : description.at("tasks"))
    for (const auto& generator : description.at("generators")) {
      const auto found = cells.find({task.get<std::string>(), generator.at("name").get<std::string>()});
      if (found != cells.end())
        rows.push_back(summarise_row(found->first.first, found->first.second, found->second));
    }
  return rows;
}

Json to_json(const std::vector<SummaryRow>& rows) {
  auto out = Json::array();
  for (const auto& row : rows) {
    Json scores = Json::object();
    for (const auto& [name, s] : row.scores)
      scores[name] = {{"median", s.median}, {"low", s.low}, {"high", s.high}, {"seeds", s.seeds}};
    out.push_back(
        {{"task", row.task}, {"generator", row.generator}, {"products", row.products}, {"scores", scores}});
  }
  return out;
}

std::string to_text(const std::vector<SummaryRow>& rows) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3);
  std::string task;
  for (const auto& row : rows) {
    if (row.task != task) out << (task.empty() ? "" : "\n") << row.task << " (median over seeds, range)\n";
    task = row.task;
    out << "  " << std::left << std::setw(18) << row.generator;
    for (const auto& [name, s] : row.scores) {
      out << "  " << name << " " << s.median;
      if (s.seeds > 1) out << " [" << s.low << ", " << s.high << "]";
    }
    out << "\n";
  }
  return out.str();
}

}  // namespace unidg::evaluation
