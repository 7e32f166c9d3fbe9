#pragma once
#include <vector>

#include "unidg/evaluation/report/published.h"
#include "unidg/evaluation/report/run.h"
#include "unidg/evaluation/report/summary.h"
#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {

/// The generator that others are measured against: Crop-Paste, when the run has it.
const Generator* baseline_of(const Run& run);

/// Tables 1, 2 and 12-17 in the paper's order: printed values, then this run's. Published and measured cells
/// are ranked apart, since their protocols differ. Table 1 also comes over the objects that both sides have.
std::vector<Table> paper_tables(const Run& run, const Published& published);

/// Table 5 (counted parameters beside the printed ones) and Table 10 (seconds a picture beside size and
/// steps).
std::vector<Table> cost_tables(const Run& run, const Published& published);

/// What the paper does not print: further scores, defect types, differences to the baseline, intervals,
/// calibration, realism, the half that an oracle has not seen.
std::vector<Table> own_tables(const Run& run, const Published& published);

/// Peers, each under its own protocol.
std::vector<Table> peer_tables(const Published& published);

/// What was run: switches, data with hashes, generators, trainings, missing cells.
std::vector<Table> protocol_tables(const Run& run);

/// Scores of one task, a row per generator and score, a column per product. Shared by Tables 12, 14, 15 and
/// ours.
struct PerObject {
  std::string id, title, task;
  std::vector<std::string> scores;
  std::string printed;  ///< number of the paper's table; "" = ours alone
  int decimals = 1;
};
Table per_object_table(const Run& run, const Published& published, const PerObject& what);

/// Differences of a defect type's score to the baseline, in points (median over seeds of both).
struct TypeDifference {
  std::string product, type, generator;
  double points = 0;
};
struct TypeDifferences {
  std::string task, score;  ///< what was compared
  std::vector<TypeDifference> list;
};
TypeDifferences type_differences(const Run& run);

}  // namespace unidg::evaluation::report
