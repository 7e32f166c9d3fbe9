#include "unidg/cli/commands.h"

namespace unidg::cli {

Action sft(CLI::App& app) {
  app.description("Diversity-SFT: the pairs that train, and the training.");
  const std::vector<Command> commands = {{"plan", sft_plan}, {"cache", sft_cache}, {"train", sft_train}};
  auto actions = std::make_shared<std::vector<std::pair<std::string, Action>>>();
  for (const auto& command : commands)
    actions->emplace_back(command.name, command.declare(*app.add_subcommand(command.name)));
  return [&app, actions](const Console& console) {
    for (const auto& [name, action] : *actions)
      if (app.got_subcommand(name)) return action(console);
    throw UsageError("unidg sft needs one of: plan, cache, train. `unidg sft --help` says what they do.");
  };
}

}  // namespace unidg::cli
