#pragma once
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/core/files.h"

namespace unidg::cli {

/// `--config FILE` and `--set key=value` of a command. What a flag of its own says wins over `--set`, that
/// over the file, that over the default.
struct ConfigFlags {
  std::string file;
  std::vector<std::string> assignments;

  void declare(CLI::App& app);

  /// @param flags fields that have flags of their own, with the values that were given
  template <typename Config>
  Config resolve(Config config, const std::vector<std::pair<std::string, Json>>& flags = {}) const {
    if (!file.empty()) read_fields(config, read_config_file(file), file);
    for (const auto& assignment : assignments) read_fields(config, parse_assignment(assignment), "--set");
    for (const auto& [key, value] : flags) read_fields(config, Json::object({{key, value}}), "command line");
    return config;
  }

 private:
  static Json read_config_file(const std::string& path);
};

/// The fields of a config as the lines of a help text: name, default, what is allowed, meaning.
std::string describe_fields(const std::vector<FieldInfo>& fields);

/// An option of one value that shows `placeholder` in the help. Repeating it is an error.
template <typename T>
CLI::Option* add(CLI::App& app, const std::string& name, T& value, const std::string& placeholder,
                 const std::string& help) {
  return app.add_option(name, value, help)->option_text(placeholder);
}

/// An option that may be repeated; each time it takes one value.
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                      const std::string& placeholder, const std::string& help);

/// @throws UsageError naming the option when `value` is empty
void require(const std::string& value, const std::string& option, const std::string& command);

}  // namespace unidg::cli
