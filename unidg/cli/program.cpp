#include "unidg/cli/program.h"

#include <algorithm>
#include <iostream>

#include "unidg/core/error.h"
#include "unidg/core/names.h"
#include "unidg/core/progress.h"
#include "unidg/core/version.h"

namespace unidg::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 ok, 1 the run failed, 2 usage, 3 bad input, 4 out of memory, 5 a batch with failures, 130 "
    "interrupted.\n"
    "Results go to standard output, everything else to standard error. Ctrl+C finishes the picture at hand, "
    "a second "
    "one stops.\n"
    "Examples of a command: unidg COMMAND --help";

/// The command the user has chosen, with its parents: "unidg train base".
struct Chosen {
  const CLI::App* app;
  std::string path;
};
Chosen deepest(const CLI::App& root) {
  Chosen chosen{&root, root.get_name()};
  while (!chosen.app->get_subcommands().empty()) {
    chosen.app = chosen.app->get_subcommands().front();
    chosen.path += " " + chosen.app->get_name();
  }
  return chosen;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = closest(word, known);
  return nearest.empty() ? "" : text(" Did you mean '", nearest, "'?");
}

/// The message for words that no option and no command took.
std::string explain_leftovers(const CLI::App& root) {
  const auto [app, path] = deepest(root);
  auto leftovers = app->remaining();
  if (leftovers.empty()) leftovers = root.remaining(true);
  const auto option = std::find_if(leftovers.begin(), leftovers.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-';
  });
  const auto commands = command_names(*app);
  if (!commands.empty() && option != leftovers.begin() && !leftovers.empty())
    return text("unknown command '", leftovers.front(), "'.", suggestion(leftovers.front(), commands), " `",
                path, " --help` lists the commands.");
  if (option != leftovers.end()) {
    const auto name = option->substr(0, option->find('='));
    return text("unknown option '", name, "' for `", path, "`.", suggestion(name, option_names(*app)), " `",
                path, " --help` lists the options.");
  }
  return text("`", path, "` does not know what to do with '", leftovers.empty() ? "" : leftovers.front(),
              "'. `", path, " --help` shows how it is called.");
}

/// The options that every command has.
struct Common {
  bool json = false, quiet = false;
};

void declare_common(CLI::App& app, Common& common) {
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (auto* nested : app.get_subcommands([](CLI::App*) { return true; })) declare_common(*nested, common);
  if (!subcommands.empty()) return;
  app.add_flag("--json", common.json,
               "progress as JSON lines on stderr, the result as one JSON object on stdout");
  app.add_flag("--quiet", common.quiet, "no progress and no information lines");
}

/// @returns the exit code when parsing already answered (help, version, a wrong option), else nothing
std::optional<int> parse(CLI::App& root, int argc, const char* const* argv, const Console& console) {
  try {
    root.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::cout << root.help() << std::flush;
  } catch (const CLI::CallForAllHelp&) {
    std::cout << root.help("", CLI::AppFormatMode::All) << std::flush;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << std::endl;
  } catch (const CLI::ExtrasError&) {
    console.error(static_cast<int>(Exit::Usage), explain_leftovers(root));
    return static_cast<int>(Exit::Usage);
  } catch (const CLI::ParseError& error) {
    console.error(static_cast<int>(Exit::Usage),
                  text(error.what(), " (`", deepest(root).path, " --help` shows how it is called)"));
    return static_cast<int>(Exit::Usage);
  }
  return static_cast<int>(Exit::Ok);
}

Exit dispatch(const CLI::App& root, const std::vector<Command>& commands, const std::vector<Action>& actions,
              const Console& console) {
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (root.got_subcommand(commands[i].name)) return actions[i](console);
  throw UsageError("no command given. `unidg --help` lists them; to begin: `unidg generate --help`.");
}

}  // namespace

int run(int argc, const char* const* argv, const std::vector<Command>& commands) {
  Common common;
  CLI::App root("unidg: paints the defect of one reference picture into good pictures, with masks.", "unidg");
  root.set_version_flag("--version", text("unidg ", kVersion));
  root.footer(kFooter);
  root.get_formatter()->column_width(34);
  std::vector<Action> actions;
  for (const auto& command : commands) {
    auto* app = root.add_subcommand(command.name);
    actions.push_back(command.declare(*app));
    declare_common(*app, common);
  }

  root.set_help_all_flag("--help-all",
                         "help of every command");  // the last, or each command would inherit it

  const bool wants_json =
      std::any_of(argv, argv + argc, [](const char* word) { return std::string(word) == "--json"; });
  if (const auto answered = parse(root, argc, argv, Console(wants_json, false))) return *answered;
  const Console console(common.json, common.quiet);
  install_interrupt_handler();
  try {
    return static_cast<int>(dispatch(root, commands, actions, console));
  } catch (...) {
    const auto failure = describe_failure(std::current_exception());
    console.error(static_cast<int>(failure.exit), failure.message);
    return static_cast<int>(failure.exit);
  }
}

}  // namespace unidg::cli
