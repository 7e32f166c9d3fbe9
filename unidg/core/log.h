#pragma once
#include <functional>
#include <string>

#include "unidg/core/error.h"

namespace unidg {

enum class LogLevel { Debug, Info, Warning, Error };

/// Replaces where log lines go (default: standard error). The program installs spdlog here; libraries never
/// print elsewhere.
void set_log_sink(std::function<void(LogLevel, const std::string&)> sink);
void set_log_level(LogLevel level);
void log_line(LogLevel level, const std::string& line);

template <typename... Parts>
void log_debug(const Parts&... parts) {
  log_line(LogLevel::Debug, text(parts...));
}
template <typename... Parts>
void log_info(const Parts&... parts) {
  log_line(LogLevel::Info, text(parts...));
}
template <typename... Parts>
void log_warning(const Parts&... parts) {
  log_line(LogLevel::Warning, text(parts...));
}

}  // namespace unidg
