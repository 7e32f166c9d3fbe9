#include "unidg/cli/config_flags.h"

namespace unidg::cli {

void ConfigFlags::declare(CLI::App& app) {
  add(app, "--config", file, "FILE", "settings as JSON; --set and flags win over it");
  add_list(app, "--set", assignments, "KEY=VALUE", "one setting; may be repeated");
}

Json ConfigFlags::read_config_file(const std::string& path) {
  constexpr std::size_t kLimit = 16 << 20;
  const auto values = parse_json(read_file(path, kLimit), path);
  if (!values.is_object())
    throw UsageError(path, ": a config is a JSON object such as {\"paint\": {\"steps\": 28}}, found ",
                     values.type_name());
  return values;
}

std::string describe_fields(const std::vector<FieldInfo>& fields) {
  std::string lines;
  for (const auto& field : fields) {
    auto left = text("  ", field.name, "=", field.value.dump());
    left.resize(std::max<std::size_t>(left.size() + 1, 42), ' ');
    lines += text(left, field.help, field.allowed.empty() ? "" : text(" [", field.allowed, "]"), "\n");
  }
  return lines;
}

CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                      const std::string& placeholder, const std::string& help) {
  return app.add_option(name, values, help)->option_text(placeholder)->allow_extra_args(false);
}

void require(const std::string& value, const std::string& option, const std::string& command) {
  if (value.empty()) throw UsageError(option, " is missing. `unidg ", command, " --help` shows an example.");
}

}  // namespace unidg::cli
