#include "unidg/cli/log_sink.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

#include "unidg/core/log.h"

namespace unidg::cli {
namespace {

std::shared_ptr<spdlog::logger> make_logger() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool is_plain = no_color != nullptr && *no_color != '\0';
  const auto colours = is_plain ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  auto logger = std::make_shared<spdlog::logger>(
      "unidg", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(colours));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

void write_line(spdlog::logger& logger, LogLevel level, const std::string& line) {
  const spdlog::string_view_t words(line.data(), line.size());
  switch (level) {
    case LogLevel::Debug:
      logger.set_pattern("debug: %v");
      return logger.log(spdlog::level::debug, words);
    case LogLevel::Info:
      logger.set_pattern("%v");
      return logger.log(spdlog::level::info, words);
    case LogLevel::Warning:
      logger.set_pattern("%^warning:%$ %v");
      return logger.log(spdlog::level::warn, words);
    case LogLevel::Error:
      logger.set_pattern("%^error:%$ %v");
      return logger.log(spdlog::level::err, words);
  }
}

}  // namespace

void install_log_sink() {
  set_log_sink([logger = make_logger()](LogLevel level, const std::string& line) {
    write_line(*logger, level, line);
  });
}

}  // namespace unidg::cli
