#include "unidg/cli/commands.h"
#include "unidg/core/error.h"

namespace unidg::cli {
namespace {

/// One line a subcommand, one file each.
const std::vector<Command>& table() {
  static const std::vector<Command> commands = {{"inpaint", agents_inpaint},
                                                {"caption", agents_caption},
                                                {"verify", agents_verify},
                                                {"check", agents_check}};
  return commands;
}

}  // namespace

Action agents(CLI::App& app) {
  app.description("Normal counterparts, captions and verdicts for defect photos.");
  auto actions = std::make_shared<std::vector<std::pair<std::string, Action>>>();
  for (const auto& command : table())
    actions->emplace_back(command.name, command.declare(*app.add_subcommand(command.name)));
  return [&app, actions](const Console& console) {
    std::string names;
    for (const auto& [name, action] : *actions) {
      if (app.got_subcommand(name)) return action(console);
      names += (names.empty() ? "" : ", ") + name;
    }
    throw UsageError("unidg agents needs one of: ", names, ". `unidg agents --help` says what they do.");
  };
}

}  // namespace unidg::cli
