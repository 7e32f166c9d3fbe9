#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "unidg/evaluation/report/run.h"
#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {

/// How a score is shown.
struct ScoreInfo {
  std::string id, label;
  bool is_percent = true;  ///< stored as a fraction, shown times 100
  Better better = Better::Higher;
};
/// Known scores; an unknown one is shown as it is stored, under its own name, unranked.
ScoreInfo score_info(const std::string& id);

/// Median over seeds with the range.
struct Summary {
  double median = 0, low = 0, high = 0;
  int seeds = 0;
};
std::optional<Summary> summarise(std::vector<double> values);  ///< nothing for no values

/// Picks one number out of a result, or none.
using Pick = std::function<std::optional<double>(const Result&)>;
Pick score(const std::string& name);
Pick type_score(const std::string& type, const std::string& name);

/// The numbers of one generator on one product, a value a seed, in the order of results.
std::vector<double> over_seeds(const Run& run, const std::string& task, const std::string& product,
                               const std::string& generator, const Pick& pick);

/// Mean over `products` for each seed that has them all; an incomplete seed counts for nothing.
std::vector<double> means_over_products(const Run& run, const std::string& task,
                                        const std::vector<std::string>& products,
                                        const std::string& generator, const Pick& pick);

/// Products for which at least one generator has the number: the ones an average is over. (Accuracy, say,
/// does not exist for a product with one defect type.)
std::vector<std::string> products_with(const Run& run, const std::string& task, const Pick& pick);

bool has_task(const Run& run, const std::string& task);
/// Notes that all results of a task carry; they belong into the caption.
std::vector<std::string> common_notes(const Run& run, const std::string& task);
/// True when a result of the task has the score, be it null.
bool has_score(const Run& run, const std::string& task, const std::string& name);
/// The names in the order of the paper's tables; unknown ones behind, by name.
std::vector<std::string> in_order(const std::set<std::string>& names);
/// A cell whose score is null in the results says why, when they do: a void control, one class only, ...
void explain_missing(Cell& cell, const Run& run, const std::string& task, const std::string& product,
                     const std::string& generator, const std::string& name);

/// Ranks the cells from `first` on, which are one a generator; oracles stand apart.
void rank_generators(const Run& run, std::vector<Cell>& cells, std::size_t first, Better better);

/// Median, with the range where there are several seeds; times 100 for a percent score; "-" for no values.
Cell seed_cell(const std::vector<double>& values, const ScoreInfo& info, int decimals);

}  // namespace unidg::evaluation::report
