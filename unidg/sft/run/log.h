#pragma once
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::sft {

/// One optimizer step in numbers.
struct StepLog {
  std::int64_t step = 0;
  double loss = 0, flow = 0, regularisation = 0, d = 0, gradient_norm = 0, lr = 0, seconds = 0,
         samples_per_s = 0, rss_mib = 0, time = 0;  ///< time: Unix seconds at its end
};
Json to_json(const StepLog& line);

/// log.jsonl, log.csv, TensorBoard's event file and loss.png of a run.
class RunLog {
 public:
  explicit RunLog(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void append(const StepLog& line);
  void append_validation(std::int64_t step, double loss, double time);
  /// Drops lines of steps beyond `step`, which a resumed run does again.
  void rewind(std::int64_t step);
  /// Draws loss.png from the log anew.
  void plot() const;

 private:
  std::filesystem::path events() const;
  std::filesystem::path folder_;
};

/// Tells early that a run goes wrong.
class Watch {
 public:
  /// @param spike a loss so many times the median of the last 100 is one
  explicit Watch(double spike) : spike_(spike) {}
  /// @returns warnings, mostly none. @param is_prodigy d is looked at too
  std::vector<std::string> look(const StepLog& line, bool is_prodigy, double d0);

 private:
  double spike_;
  std::deque<double> last_;
  bool told_stuck_ = false;
};

/// Unix time, seconds.
double now_s();
/// Memory of this process, MiB.
double resident_mib();

}  // namespace unidg::sft
