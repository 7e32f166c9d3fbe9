#include <iomanip>
#include <sstream>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/evaluation/realism/realism.h"

namespace unidg::cli {
namespace {

struct EvaluateRealismOptions {
  std::string generated, real;
  std::uint64_t seed = 0;
  ConfigFlags config;
};

std::string percent(const evaluation::Accuracy& accuracy) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << 100 * accuracy.value << " %  [" << 100 * accuracy.low << ", "
      << 100 * accuracy.high << "]";
  return out.str();
}

std::string line(const std::string& name, const evaluation::RealismTest& test) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << name << percent(test.generated)
      << "  (50 % is perfect; real against real " << 100 * test.real << " %, DRAEM's textures ";
  if (test.perlin)
    out << 100 * *test.perlin << " %)";
  else
    out << "not painted)";
  if (!test.void_because.empty()) out << "\n          VOID: " << test.void_because;
  return out.str();
}

std::string to_text(const evaluation::Realism& realism) {
  std::ostringstream out;
  out << realism.pairs << " pairs of one size; without a partner: " << realism.generated_left
      << " generated, " << realism.real_left << " real; folds by " << realism.split << "\n"
      << line("regions   ", realism.region) << "\n"
      << line("seams     ", realism.seam);
  if (const auto& reference = realism.reference)
    out << "\nreference " << percent(reference->accuracy) << "  (chance " << std::fixed
        << std::setprecision(1) << 100 * reference->chance << " %, " << reference->pictures << " pictures)";
  return out.str();
}

Exit run(const EvaluateRealismOptions& options, const Console& console) {
  require(options.generated, "--generated", "evaluate realism");
  require(options.real, "--real", "evaluate realism");
  const auto config = options.config.resolve(evaluation::RealismConfig{});
  const auto realism = evaluation::measure_realism(options.generated, options.real, config, options.seed);
  console.result(evaluation::to_json(realism), to_text(realism));
  return Exit::Ok;
}

}  // namespace

Action evaluate_realism(CLI::App& app) {
  app.description("Can a small classifier tell generated defects from real ones?");
  auto options = std::make_shared<EvaluateRealismOptions>();
  add(app, "--generated", options->generated, "DIR", "a folder that unidg wrote, or pictures with masks");
  add(app, "--real", options->real, "DIR", "real defects: MVTec layout, or pictures with masks");
  add(app, "--seed", options->seed, "S", "of folds, controls and intervals (default 0)");
  options->config.declare(app);
  app.footer(text(
      "Regions are matched in size; 50 % is perfect. Every run checks itself: DRAEM's textures must be\n"
      "recognised (90 %), real against real must not (45 to 55 %), else the figure is void and says so.\n",
      "Settings (--set) and their defaults:\n", describe_fields(list_fields(evaluation::RealismConfig{})),
      "Example:\n"
      "  unidg evaluate realism --generated out --real mvtec/bottle"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
