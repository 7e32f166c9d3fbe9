#include "unidg/cli/console.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <iostream>

#include "unidg/core/log.h"
#include "unidg/core/progress.h"

namespace unidg::cli {
namespace {

/// JSON text that survives file names in other encodings than UTF-8.
std::string dump(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::shared_ptr<spdlog::logger> make_logger() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool plain = no_color != nullptr && *no_color != '\0';
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
      plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
  auto logger = std::make_shared<spdlog::logger>("unidg", std::move(sink));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

void write_line(spdlog::logger& logger, LogLevel level, const std::string& line) {
  switch (level) {
    case LogLevel::Debug:
      logger.set_pattern("debug: %v");
      return logger.log(spdlog::level::debug, spdlog::string_view_t(line));
    case LogLevel::Info:
      logger.set_pattern("%v");
      return logger.log(spdlog::level::info, spdlog::string_view_t(line));
    case LogLevel::Warning:
      logger.set_pattern("%^warning:%$ %v");
      return logger.log(spdlog::level::warn, spdlog::string_view_t(line));
    case LogLevel::Error:
      logger.set_pattern("%^error:%$ %v");
      return logger.log(spdlog::level::err, spdlog::string_view_t(line));
  }
}

const char* word(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      return "error";
  }
  return "";
}

}  // namespace

Console::Console(bool json, bool quiet) : json_(json) {
  if (json)
    set_log_sink([](LogLevel level, const std::string& line) {
      std::cerr << dump({{"event", "log"}, {"level", word(level)}, {"message", line}}) + "\n" << std::flush;
    });
  else
    set_log_sink([logger = make_logger()](LogLevel level, const std::string& line) {
      write_line(*logger, level, line);
    });
  set_log_level(quiet ? LogLevel::Warning : LogLevel::Info);
  Progress::set_default_style(quiet  ? Progress::Style::Quiet
                              : json ? Progress::Style::Json
                                     : Progress::Style::Auto);
}

void Console::result(const Json& object, const std::string& plain) const {
  const auto content = json_ ? dump(object) : plain;
  if (content.empty()) return;
  std::cout << content;
  if (content.back() != '\n') std::cout << '\n';
  std::cout << std::flush;
}

void Console::error(int exit_code, const std::string& message) const {
  if (json_)
    std::cerr << dump({{"event", "error"}, {"exit", exit_code}, {"message", message}}) + "\n" << std::flush;
  else
    log_line(LogLevel::Error, message);
}

}  // namespace unidg::cli
