#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/evaluation/protocol/config.h"
#include "unidg/evaluation/protocol/ledger.h"

namespace unidg::evaluation {

struct RunOptions {
  std::filesystem::path out;  ///< run folder; an unfinished run goes on
  int jobs = 1;               ///< cells at once, each with its share of the processor
  bool as_published = false;  ///< noted in run.json
};

struct LostCell {
  std::string cell, error;
};

struct RunReport {
  std::size_t cells = 0;     ///< of the config
  std::size_t finished = 0;  ///< by this call
  std::size_t skipped = 0;   ///< by earlier ones
  std::vector<LostCell> lost;
  bool is_interrupted = false;
};

/// Every cell of a config: seed by seed, product by product; multi-class cells after the products of their
/// seed.
std::vector<Cell> cells_of(const RunConfig& config);

/// Products x generators x seeds x tasks. Finished cells are skipped, a cell that fails is recorded and the
/// others go on; an interrupt ends the run after what can be kept.
/// @throws UsageError when the folder holds a run with other settings (cells may be added, nothing else
/// changed); LeakError from a guard; InputError for products that cannot be read
RunReport run_evaluation(const RunConfig& config, const RunOptions& options);

/// What `--dry-run` tells.
struct Estimate {
  std::size_t cells = 0, finished = 0;
  std::size_t pictures = 0;  ///< to be generated
  double generate_seconds = 0;
  Json seconds = Json::object();  ///< of each task
  double total_seconds = 0;       ///< one job
  bool is_measured = false;       ///< from this run's own cells; else from a table of two cores
  std::vector<std::string> notes;
};
/// Reads folders, decodes nothing. @throws as run_evaluation for products that cannot be read
Estimate estimate_run(const RunConfig& config, const std::filesystem::path& out);

/// The name of a product as cells have it: "procedural:fabric" is "fabric".
std::string product_name(const std::string& product);

}  // namespace unidg::evaluation
