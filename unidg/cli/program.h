#pragma once
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <functional>
#include <string>
#include <vector>

#include "unidg/cli/console.h"

namespace unidg::cli {

/// What the program returns to the shell (docs/cli.md).
enum class Exit : int {
  Ok = 0,
  RunFailed = 1,
  Usage = 2,
  BadInput = 3,
  OutOfMemory = 4,
  Partial = 5,  ///< some pictures of a batch failed, the others are written
  Interrupted = 130
};

/// Runs a command whose options have been parsed.
using Action = std::function<Exit(const Console&)>;

/// One subcommand. `declare` adds its description, options and examples; the action it returns may touch
/// files.
struct Command {
  std::string name;
  std::function<Action(CLI::App&)> declare;
};

/// Parses, runs the chosen command and turns every exception into a message and an exit code. An unknown
/// option or command names the nearest known one.
int run(int argc, const char* const* argv, const std::vector<Command>& commands);

/// The exit code and the message of an exception.
struct Failure {
  Exit exit = Exit::RunFailed;
  std::string message;
};
Failure describe_failure(std::exception_ptr error);

}  // namespace unidg::cli
