#include "unidg/evaluation/report/paired.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"
#include "unidg/evaluation/metrics/draws.h"
#include "unidg/evaluation/report/summary.h"

namespace unidg::evaluation::report {
namespace {

/// Where a cell keeps its draws (docs/formats.md).
std::filesystem::path draws_file(const Run& run, const Result& result) {
  auto folder = result.cell;
  std::replace(folder.begin(), folder.end(), '/', '+');
  return run.folder / "cells" / folder / "draws.json";
}

/// Values of each round; empty when the cell keeps none.
std::vector<double> draws_of(const Run& run, const Result& result, const std::string& score) {
  const auto file = draws_file(run, result);
  if (!std::filesystem::exists(file)) return {};
  auto all = read_draws(file);
  const auto found = all.find(score);
  return found == all.end() ? std::vector<double>{} : std::move(found->second);
}

/// The difference of one product and seed.
struct Pair {
  double difference = 0;
  std::vector<double> draws;  ///< of each round; empty: none stored
};

/// By product; the order of the run's results.
std::vector<std::vector<Pair>> pairs_of(const Run& run, const std::string& task, const std::string& score,
                                        const std::string& generator, const std::string& other) {
  std::vector<std::string> products;
  std::vector<std::vector<Pair>> out;
  for (const Result& mine : run.results) {
    if (mine.task != task || mine.generator != generator || !mine.scores.count(score)) continue;
    const auto theirs = std::find_if(run.results.begin(), run.results.end(), [&](const Result& r) {
      return r.task == task && r.generator == other && r.product == mine.product && r.seed == mine.seed &&
             r.scores.count(score);
    });
    if (theirs == run.results.end()) continue;
    Pair pair{mine.scores.at(score) - theirs->scores.at(score), draws_of(run, mine, score)};
    const auto subtracted = draws_of(run, *theirs, score);
    if (pair.draws.size() == subtracted.size())
      for (std::size_t i = 0; i < subtracted.size(); ++i) pair.draws[i] -= subtracted[i];
    else
      pair.draws.clear();
    const auto known = std::find(products.begin(), products.end(), mine.product);
    if (known == products.end()) {
      products.push_back(mine.product);
      out.push_back({std::move(pair)});
    } else {
      out[static_cast<std::size_t>(known - products.begin())].push_back(std::move(pair));
    }
  }
  return out;
}

const Generator* first_of_ours(const Run& run) {
  for (const auto& generator : run.generators)
    if (generator.kind == "embedded" || generator.kind == "model") return &generator;
  return nullptr;
}

}  // namespace

std::optional<PairedDifference> paired_difference(const Run& run, const std::string& task,
                                                  const std::string& score, const std::string& generator,
                                                  const std::string& other, double confidence) {
  const auto products = pairs_of(run, task, score, generator, other);
  if (products.empty()) return std::nullopt;
  PairedDifference out;
  std::size_t rounds = SIZE_MAX;
  const auto share = 1.0 / static_cast<double>(products.size());
  for (const auto& pairs : products) {
    for (const auto& pair : pairs) {
      out.mean += share * pair.difference / static_cast<double>(pairs.size());
      rounds = std::min(rounds, pair.draws.size());
    }
    out.cells += static_cast<int>(pairs.size());
  }
  std::vector<double> means;
  for (std::size_t round = 0; round < rounds; ++round) {
    Rng rng(0, static_cast<std::uint64_t>(round));
    double mean = 0;
    for (const auto& pairs : products)
      for (std::size_t i = 0; i < pairs.size(); ++i)
        mean += share * rng.pick(pairs).draws[round] / static_cast<double>(pairs.size());
    if (!std::isnan(mean)) means.push_back(mean);
  }
  if (means.empty()) return out;
  const auto interval = percentiles(std::move(means), confidence);
  out.low = interval.low, out.high = interval.high;
  return out;
}

std::optional<Table> paired_table(const Run& run, const std::string& generator) {
  const Generator* ours = generator.empty() ? first_of_ours(run) : run.find_generator(generator);
  if (!ours && generator.empty()) return std::nullopt;
  if (!ours || ours->is_oracle()) {
    std::string known;
    for (const auto& one : run.generators)
      if (!one.is_oracle()) known += (known.empty() ? "" : ", ") + one.name;
    throw UsageError("--paired is '", generator, "'; this run compares ", known);
  }
  Table out;
  out.id = "paired", out.title = "Paired differences: " + ours->label + " minus the others";
  out.caption =
      "Points, mean over seeds and products. In brackets a 95 % interval: test pictures drawn with "
      "replacement, "
      "the same for both generators, and seeds drawn with replacement. An interval above 0 is a difference.";
  out.label_names = {"Minus"};
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"localisation", "auroc_image"}, {"localisation", "auroc_pixel"}, {"localisation", "ap_pixel"},
      {"localisation", "pro"},         {"classification", "accuracy"},  {"multiclass", "fg_miou"},
      {"multiclass", "ap_pixel"}};
  std::vector<std::pair<std::string, std::string>> shown;
  for (const auto& [task, name] : wanted)
    if (has_score(run, task, name)) {
      shown.emplace_back(task, name);
      out.columns.push_back({task, score_info(name).label});
    }
  for (const auto& other : run.generators) {
    if (other.is_oracle() || other.name == ours->name) continue;
    Row row;
    row.labels.push_back(other.label);
    for (const auto& [task, name] : shown) {
      Cell cell;
      if (const auto found = paired_difference(run, task, name, ours->name, other.name)) {
        cell = found->low ? Cell::between(100 * found->mean, 100 * *found->low, 100 * *found->high, 1)
                          : Cell::number(100 * found->mean, 1);
        if (!found->low) cell.notes = {"No interval: the run keeps no draws of these cells."};
      }
      row.cells.push_back(std::move(cell));
    }
    out.rows.push_back(std::move(row));
  }
  if (out.rows.empty() || shown.empty()) return std::nullopt;
  return out;
}

}  // namespace unidg::evaluation::report
