#include "unidg/core/log.h"

#include <iostream>
#include <mutex>

namespace unidg {
namespace {
struct LogState {
  std::mutex mutex;
  LogLevel level = LogLevel::Info;
  std::function<void(LogLevel, const std::string&)> sink;
};
LogState& state() {
  static LogState instance;
  return instance;
}
const char* prefix(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug: ";
    case LogLevel::Warning:
      return "warning: ";
    case LogLevel::Error:
      return "error: ";
    default:
      return "";
  }
}
}  // namespace

void set_log_sink(std::function<void(LogLevel, const std::string&)> sink) {
  std::lock_guard lock(state().mutex);
  state().sink = std::move(sink);
}
void set_log_level(LogLevel level) {
  std::lock_guard lock(state().mutex);
  state().level = level;
}
void log_line(LogLevel level, const std::string& line) {
  std::lock_guard lock(state().mutex);
  if (level < state().level) return;
  if (state().sink)
    state().sink(level, line);
  else
    std::cerr << prefix(level) << line << std::endl;
}
}  // namespace unidg
