#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/evaluation/metrics/detection.h"
#include "unidg/evaluation/metrics/draws.h"
#include "unidg/evaluation/protocol/config.h"
#include "unidg/evaluation/protocol/ledger.h"
#include "unidg/evaluation/protocol/sets.h"

namespace unidg::evaluation {

/// What a task works with.
struct Bench {
  const RunConfig& config;
  const std::vector<GeneratorSpec>& specs;
  const std::vector<std::string>& products;  ///< names of their folders
  Sets& sets;
  std::filesystem::path out;

  const GeneratorSpec& spec(const std::string& name) const;
  bool has_oracle() const;
  /// The frozen backbone of a `maps` network; none for the others, and where the run names none.
  Backbone backbone_of(const std::string& network) const;
  /// Folder of what a cell keeps besides its line.
  std::filesystem::path cell_folder(const Cell& cell) const;
};

/// Computes the fields of a result line that the task has (docs/formats.md): scores, per_type, n_generated,
/// ...
/// @throws any error: the cell is lost, the run goes on
Json run_cell(const Cell& cell, const Bench& bench);

// One function a task.
Json localise(const Cell& cell,
              const Bench& bench);  ///< one detector per product (docs/evaluation.md, Downstream training)
Json calibrate_cell(
    const Cell& cell,
    const Bench& bench);  ///< thresholds from generated data (docs/evaluation.md, Downstream training)
Json classify_cell(const Cell& cell,
                   const Bench& bench);  ///< types per product (docs/evaluation.md, Downstream training)
Json multiclass_cell(
    const Cell& cell,
    const Bench& bench);  ///< one network for all products (docs/evaluation.md, Downstream training)
Json realism_cell(const Cell& cell, const Bench& bench);   ///< generated or real?
Json likeness_cell(const Cell& cell, const Bench& bench);  ///< IL, IL-a (docs/evaluation.md, IL and IL-a)

/// A score for a result line; null where it is not defined.
inline Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// Stores the resampled scores of a cell (draws.json in its folder) and adds their intervals to its line;
/// nothing for no draws.
void add_draws(Json& line, const Draws& draws, const Cell& cell, const Bench& bench);

/// Maps against the truth, per type, with curves and the worst pictures.
class DetectionSheet {
 public:
  DetectionSheet(const RunConfig& config, const ProductData& data, bool other_half);
  /// @param index of the test sample  @param map, truth as DetectionScorer::add
  void add(std::size_t index, const cv::Mat& map, const cv::Mat& truth);
  /// Fields scores, per_type, other_half, curves, worst, test.
  Json fields() const;
  /// Resampled scores behind the intervals; none where the run draws none.
  Draws draws(std::uint64_t seed) const;

 private:
  const RunConfig& config_;
  const ProductData& data_;
  DetectionScorer all_, other_half_;
  std::vector<DetectionScorer> by_type_;
  std::vector<std::pair<double, std::size_t>> image_scores_;
  bool has_other_half_;
};

}  // namespace unidg::evaluation
