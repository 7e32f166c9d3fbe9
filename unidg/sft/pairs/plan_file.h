#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/sft/pairs/plan.h"

namespace unidg::sft {

/// One line of plan.jsonl, which training reads.
struct PlanLine {
  std::string distribution;  ///< a | b | c
  std::filesystem::path target_set, reference_set;
  dataset::sets::SetEntry target, reference;
  double quality = 0;
  bool is_held_out = false;
};

/// A plan opened for training: its lines by number, the entries read when asked for.
class Plan {
 public:
  /// @throws InputError when file or set is absent; FormatError for a damaged line, and when a set no longer
  /// holds the entries, or not the pictures, with which the plan was made
  static Plan open(const std::filesystem::path& file);
  std::size_t size() const { return lines_.size(); }
  PlanLine line(std::size_t i) const;
  bool is_held_out(std::size_t i) const { return lines_.at(i).is_held_out; }
  /// What the plan was made with.
  const Json& settings() const { return settings_; }

 private:
  struct Line {
    char distribution = 'a';
    bool is_held_out = false;
    float quality = 0;
    std::uint32_t target = 0, reference = 0;  ///< in the index
  };
  Plan(dataset::sets::EntryIndex index, Json settings)
      : index_(std::move(index)), settings_(std::move(settings)) {}
  dataset::sets::EntryIndex index_;
  std::vector<Line> lines_;
  Json settings_;
};

/// Writes plan.jsonl (a header, then a line a pair), report.json and sheet.png of `rows` drawn pairs into
/// `out`.
/// @returns the report
Json write_plan(const std::filesystem::path& out, const std::vector<std::filesystem::path>& sets,
                const Quadruplets& quadruplets, const std::vector<PlannedPair>& pairs,
                const PlanReport& report, const std::map<std::string, std::vector<std::string>>& left_out,
                const PlanConfig& config, int rows);

}  // namespace unidg::sft
