#include "unidg/cli/commands.h"
#include "unidg/core/error.h"

namespace unidg::cli {
namespace {

/// One line a subcommand, one file each.
const std::vector<Command>& table() {
  static const std::vector<Command> commands = {{"run", evaluate_run},         {"score", evaluate_score},
                                                {"il", evaluate_il},           {"judge", evaluate_judge},
                                                {"realism", evaluate_realism}, {"report", evaluate_report}};
  return commands;
}

}  // namespace

Action evaluate(CLI::App& app) {
  app.description("Scores generated data, and the generators that made it.");
  auto actions = std::make_shared<std::vector<std::pair<std::string, Action>>>();
  for (const auto& command : table())
    actions->emplace_back(command.name, command.declare(*app.add_subcommand(command.name)));
  return [&app, actions](const Console& console) {
    std::string names;
    for (const auto& [name, action] : *actions) {
      if (app.got_subcommand(name)) return action(console);
      names += (names.empty() ? "" : ", ") + name;
    }
    throw UsageError("unidg evaluate needs one of: ", names, ". `unidg evaluate --help` says what they do.");
  };
}

}  // namespace unidg::cli
