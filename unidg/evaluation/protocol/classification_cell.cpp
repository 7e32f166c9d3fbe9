#include "unidg/core/error.h"
#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/classification.h"
#include "unidg/evaluation/protocol/cells.h"

namespace unidg::evaluation {
namespace {

Json confusion(const ConfusionMatrix& matrix) {
  auto counts = Json::array();
  for (int truth = 0; truth < matrix.classes(); ++truth) {
    auto row = Json::array();
    for (int predicted = 0; predicted < matrix.classes(); ++predicted)
      row.push_back(matrix.count(truth, predicted));
    counts.push_back(std::move(row));
  }
  return {{"classes", matrix.names()}, {"counts", counts}};
}

/// Share of right answers in rounds of pictures drawn with replacement.
Draws accuracy_draws(const std::vector<bool>& right, std::int64_t rounds, std::uint64_t seed) {
  Draws out;
  const auto n = static_cast<std::int64_t>(right.size());
  for (std::int64_t round = 0; round < rounds && n > 0; ++round) {
    Rng rng(seed, static_cast<std::uint64_t>(round));
    std::int64_t hits = 0;
    for (std::int64_t i = 0; i < n; ++i) hits += right[static_cast<std::size_t>(rng.integer(n))];
    out["accuracy"].push_back(static_cast<double>(hits) / static_cast<double>(n));
  }
  return out;
}

}  // namespace

Json classify_cell(const Cell& cell, const Bench& bench) {
  const auto& spec = bench.spec(cell.generator);
  const auto data = bench.sets.product(cell.product);
  const auto pictures = bench.sets.pictures(spec, cell.product, cell.seed);
  const bool sees_half = spec.sees_test_half();
  TestSet test;
  std::vector<bool> is_other_half;  // of the defective test pictures
  for (std::size_t i = 0; i < data->test.samples.size(); ++i) {
    const auto& sample = data->test.samples[i];
    if (sample.label < 0 || (sees_half && !data->is_other_half[i])) continue;
    test.samples.push_back(sample);
    is_other_half.push_back(data->is_other_half[i]);
  }
  const auto& config = bench.config.classification;
  const auto backbone = bench.backbone_of(config.network);
  const auto folder = bench.cell_folder(cell);
  const auto scores = classify(pictures.set, test, config,
                               {cell.seed,
                                text(cell.product, " types, ", cell.generator, ", seed ", cell.seed),
                                {},
                                folder / "training.jsonl"},
                               backbone);

  std::vector<bool> right;
  int half_right = 0, half = 0;
  for (std::size_t i = 0; i < test.samples.size(); ++i) {
    right.push_back(scores.predicted.at(i) == test.samples[i].label);
    half += is_other_half[i];
    half_right += is_other_half[i] && right.back();
  }
  Json line = {{"scores", {{"accuracy", or_null(scores.types.accuracy())}}},
               {"n_generated", pictures.set.defective.size()},
               {"confusion", confusion(scores.types)},
               {"trained", to_json(scores.training)},
               {"test", {{"good", 0}, {"abnormal", test.samples.size()}}}};
  add_draws(line, accuracy_draws(right, bench.config.bootstrap, cell.seed), cell, bench);
  for (int truth = 0; truth < scores.types.classes(); ++truth) {
    std::int64_t n = 0;
    for (int predicted = 0; predicted < scores.types.classes(); ++predicted)
      n += scores.types.count(truth, predicted);
    if (n == 0) continue;
    const double share = static_cast<double>(scores.types.count(truth, truth)) / static_cast<double>(n);
    line["per_type"][scores.types.names()[static_cast<std::size_t>(truth)]] = {{"n", n}, {"accuracy", share}};
  }
  if (bench.has_oracle() && half > 0)
    line["other_half"] = {{"accuracy", static_cast<double>(half_right) / half}};
  auto notes = pictures.notes;
  notes.push_back("classifier: " + scores.network);
  line["notes"] = notes;
  return line;
}

}  // namespace unidg::evaluation
