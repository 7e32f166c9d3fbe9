#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation::report {

using Scores = std::map<std::string, double>;  ///< what is null or absent in the file is absent here
using Points = std::vector<std::array<double, 2>>;

/// A test picture that the network got most wrong.
struct WorstCase {
  std::string image, type, why;  ///< path inside the product; "good" or a type; "missed" or "false alarm"
  double score = 0;
};

/// One line of results.jsonl (docs/formats.md).
struct Result {
  std::string cell, task, product, generator, settings_hash;
  std::int64_t seed = 0;
  Scores scores;
  std::vector<std::string>
      undefined;  ///< scores that are null in the file: not defined for these data, or void
  std::map<std::string, std::array<double, 2>> intervals;
  std::map<std::string, Scores> per_type, per_product;
  std::map<std::string, Points> curves;
  std::vector<WorstCase> worst;
  std::vector<std::string> notes;
  Scores other_half;  ///< scores where an oracle has not seen the test defects
  std::optional<double> seconds, n_generated;
  std::string network, preset;
};

struct DefectType {
  std::string name;
  int images = 0, pool = 0, test = 0;
};
struct Product {
  std::string name, folder, data_sha256;
  int good_train = 0, good_test = 0;
  std::vector<DefectType> types;
};
struct Generator {
  std::string name, kind, model, label;  ///< label: what tables show; the name where there is none
  std::optional<double> parameters;

  /// An oracle, with its own masks or with exchanged ones, learns from half of the test defects and is scored
  /// on the other half alone.
  bool is_oracle() const { return kind == "oracle" || kind == "shuffled"; }
  /// Real defects and nothing at all are compared too, but nothing is generated for them.
  bool generates() const { return kind != "real-only" && kind != "nothing" && !is_oracle(); }
};
struct Switch {
  std::string name, value, ours, published, meaning;
};
/// One line of generated.jsonl.
struct GeneratedSet {
  std::string generator, product, folder, model;
  std::int64_t seed = 0;
  std::optional<double> n, weak, failed, seconds, seconds_per_picture, width, height, steps, parameters;
};
/// A cell that has no result.
struct MissingCell {
  std::string task, product, generator;
  std::int64_t seed = 0;
  std::string error;  ///< of failures.jsonl; "" when it has not been tried
};

/// A run folder as it is on disk: finished or not.
struct Run {
  std::filesystem::path folder;
  std::string name, version, date;
  Json config = Json::object(), machine = Json::object();
  std::vector<Switch> switches;
  std::vector<std::string> deviations;
  bool as_published = false;
  std::vector<Product> products;
  std::vector<Generator> generators;
  std::vector<std::int64_t> seeds;
  std::vector<std::string> tasks;
  std::int64_t cells = 0;  ///< how many the config has
  std::vector<Result> results;
  std::vector<GeneratedSet> sets;
  std::vector<MissingCell> missing;
  std::vector<std::string> warnings;  ///< a last line cut short by a crash, ...

  bool is_complete() const { return missing.empty(); }
  const Generator* find_generator(const std::string& name) const;
  std::string label(const std::string& generator) const;
};

/// False for what a run does not ask: real defects are not asked whether they look real.
bool is_asked(const std::string& task, const Generator& generator);

inline constexpr const char* kAllProducts = "*";  ///< `product` of a network that serves all products

/// @throws InputError without run.json or without one result; FormatError naming file, line and field for
/// unreadable lines, unknown fields (with the nearest known one), fields of another kind, two lines of one
/// cell with different settings, and results of a generator or product that run.json does not know
Run read_run(const std::filesystem::path& folder);

}  // namespace unidg::evaluation::report
