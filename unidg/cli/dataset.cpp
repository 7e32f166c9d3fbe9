#include "unidg/cli/dataset_commands.h"
#include "unidg/core/error.h"

namespace unidg::cli {
namespace {

/// One line a subcommand, one function each.
const std::vector<Command>& table() {
  static const std::vector<Command> commands = {
      {"import", dataset_import},        {"validate", dataset_validate},
      {"stats", dataset_stats},          {"split", dataset_split},
      {"dedupe", dataset_dedupe},        {"export", dataset_export},
      {"browse", dataset_browse},        {"apply", dataset_apply},
      {"taxonomy", dataset_taxonomy},    {"mmad-context", dataset_mmad_context},
      {"mmad-score", dataset_mmad_score}};
  return commands;
}

}  // namespace

Action dataset(CLI::App& app) {
  app.description("Real pictures in, a checked set out: import, validate, split, export.");
  auto actions = std::make_shared<std::vector<std::pair<std::string, Action>>>();
  for (const auto& command : table())
    actions->emplace_back(command.name, command.declare(*app.add_subcommand(command.name)));
  return [&app, actions](const Console& console) {
    std::string names;
    for (const auto& [name, action] : *actions) {
      if (app.got_subcommand(name)) return action(console);
      names += (names.empty() ? "" : ", ") + name;
    }
    throw UsageError("unidg dataset needs one of: ", names, ". `unidg dataset --help` says what they do.");
  };
}

}  // namespace unidg::cli
