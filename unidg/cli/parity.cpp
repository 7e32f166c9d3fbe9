#include "unidg/generation/parity.h"

#include <algorithm>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"

namespace unidg::cli {
namespace {

struct ParityOptions {
  std::vector<std::string> files;
  double tolerance = 1e-4;
};

Json to_json(const generation::ParityReport& report) {
  auto outputs = Json::array();
  for (const auto& output : report.outputs)
    outputs.push_back({{"name", output.name},
                       {"absolute", output.absolute},
                       {"relative", output.relative},
                       {"problem", output.problem},
                       {"passed", report.passed(output)}});
  return {{"file", report.path.string()}, {"network", report.network}, {"tolerance", report.tolerance},
          {"passed", report.passed()},    {"outputs", outputs},        {"notes", report.notes}};
}

Exit run(const ParityOptions& options, const Console& console) {
  if (options.files.empty()) throw UsageError("no case given: unidg parity FILE...");
  if (!(options.tolerance > 0))
    throw UsageError("--tolerance is ", options.tolerance, "; it must be above 0");
  Exit worst = Exit::Ok;
  auto reports = Json::array();
  std::string lines;
  for (const auto& file : options.files) {
    try {
      const auto report = generation::run_parity(file, options.tolerance);
      if (!report.passed()) worst = std::max(worst, Exit::RunFailed);
      reports.push_back(to_json(report));
      lines += generation::describe(report);
      if (lines.back() != '\n') lines += '\n';
    } catch (const InputError& error) {  // the other files are compared all the same
      worst = Exit::BadInput;
      reports.push_back({{"file", file}, {"passed", false}, {"problem", error.what()}});
      console.error(static_cast<int>(worst), error.what());
    }
  }
  console.result({{"passed", worst == Exit::Ok}, {"cases", reports}}, lines);
  return worst;
}

}  // namespace

Action parity(CLI::App& app) {
  app.description("Compares our networks with stored outputs of the reference code.");
  auto options = std::make_shared<ParityOptions>();
  app.add_option("files", options->files, "parity cases (docs/formats.md), safetensors")
      ->option_text("FILE...");
  add(app, "--tolerance", options->tolerance, "T", "largest relative error that passes (default 1e-4)");
  app.footer(
      "Example:\n"
      "  unidg parity case-1.safetensors case-2.safetensors\n"
      "Exit code 1 when an output exceeds the tolerance, is missing, extra, of another shape, or not "
      "finite.");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
