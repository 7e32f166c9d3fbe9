#pragma once
#include <string>

#include "unidg/core/config.h"

namespace unidg::cli {

/// How a run speaks: results on standard output, everything else on standard error.
class Console {
 public:
  /// Installs the log sink and the progress style. Colours only on a terminal, never with NO_COLOR set.
  /// @param json log lines, progress and errors as JSON lines, the result as one JSON object
  /// @param quiet no progress, no information lines; warnings and errors stay
  Console(bool json, bool quiet);

  /// The command's result on standard output: `object` in JSON mode, `plain` otherwise (nothing when it is
  /// empty).
  void result(const Json& object, const std::string& plain) const;
  /// `error: message`, or {"event": "error", "exit": code, "message": ...}.
  void error(int exit_code, const std::string& message) const;
  bool is_json() const { return json_; }

 private:
  bool json_;
};

}  // namespace unidg::cli
