#include "unidg/cli/console.h"

#include <iostream>

#include "unidg/cli/log_sink.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"

namespace unidg::cli {
namespace {

/// JSON text that survives file names in other encodings than UTF-8.
std::string dump(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

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
    install_log_sink();
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
