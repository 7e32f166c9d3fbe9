#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation {

/// One training, or one scoring: the grain of resuming.
struct Cell {
  std::string task, product, generator;  ///< product is "*" where one network serves all
  std::uint64_t seed = 0;
  std::string key() const;  ///< "localisation/bottle/crop-paste/0"; "*" is written "all"
};

/// A run folder's files of lines (docs/formats.md, "Evaluation run"). Lines are written whole, one writer at
/// a time.
class Ledger {
 public:
  /// Reads what earlier runs left.
  /// @throws FormatError naming file and line
  explicit Ledger(std::filesystem::path folder);

  /// The line of a finished cell, or null.
  const Json* finished(const std::string& cell) const;
  std::size_t finished_count() const { return results_.size(); }
  void append_result(const Json& line);
  void append_failure(const Cell& cell, const std::string& error);
  void append_generated(const Json& line);

  /// Mean seconds of the finished cells of a task, of generating one picture (by generator); nothing
  /// measured: -1.
  double seconds_of(const std::string& task) const;
  double seconds_per_picture(const std::string& generator) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, Json> results_;
  std::vector<Json> generated_;
  std::mutex mutex_;
};

/// Lines of a JSONL file; none when it is absent. A line cut short by a crash is left out with a warning.
std::vector<Json> read_lines(const std::filesystem::path& file);

/// 16 hex digits over everything in `deciding`.
std::string short_hash(const Json& deciding);

}  // namespace unidg::evaluation
