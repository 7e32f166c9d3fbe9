#include <iomanip>
#include <sstream>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/log.h"
#include "unidg/evaluation/likeness/likeness.h"
#include "unidg/generation/generator.h"

namespace unidg::cli {
namespace {

struct EvaluateIlOptions {
  std::string generated, real, backbone, heads, variant;
  ConfigFlags config;
};

std::string to_text(const evaluation::Likeness& l) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(4);
  const auto figure = [&](std::optional<double> value) {
    out << std::setw(10);
    if (value)
      out << *value;
    else
      out << "-";
  };
  out << l.distance << ", variant " << l.config.variant << (l.config.as_published ? " as published" : "")
      << ", IL-a by " << l.config.il_a << "\n"
      << std::left << std::setw(36) << "type" << std::right << std::setw(6) << "real" << std::setw(6)
      << "made" << std::setw(10) << "IL" << std::setw(10) << "IL-a"
      << "\n";
  for (const auto& type : l.types) {
    out << std::left << std::setw(36) << (type.object + "/" + type.type) << std::right << std::setw(6)
        << type.real << std::setw(6) << type.generated;
    figure(type.il.value), figure(type.il_a.value);
    out << "\n";
  }
  out << std::left << std::setw(48) << "mean" << std::right;
  figure(l.il), figure(l.il_a);
  return out.str();
}

Exit run(const EvaluateIlOptions& options, const Console& console) {
  require(options.generated, "--generated", "evaluate il");
  require(options.real, "--real", "evaluate il");
  if (options.backbone.empty() && !options.heads.empty())
    throw UsageError("--heads needs --backbone FILE, the network that they belong to");
  std::vector<std::pair<std::string, Json>> flags;
  if (!options.variant.empty()) flags.emplace_back("variant", options.variant);
  const auto config = options.config.resolve(evaluation::LikenessConfig{}, flags);
  const auto types = evaluation::read_likeness_types(options.generated, options.real);
  const auto backbone = options.backbone.empty() ? generation::embedded_model_folder()
                                                 : std::filesystem::path(options.backbone);
  const auto distance = evaluation::open_distance(backbone, options.heads);
  const auto likeness = evaluation::measure_likeness(types, *distance, config);
  if (likeness.backbone != likeness.variant_backbone)
    log_warning("figures published as '", config.variant, "' are LPIPS on ", likeness.variant_backbone,
                ", these are ", likeness.distance, ": do not compare them");
  console.result(evaluation::to_json(likeness), to_text(likeness));
  return Exit::Ok;
}

}  // namespace

Action evaluate_il(CLI::App& app) {
  app.description("IL and IL-a: how much generated pictures differ among themselves.");
  auto options = std::make_shared<EvaluateIlOptions>();
  add(app, "--generated", options->generated, "DIR",
      "a folder that unidg wrote, or <type>/ folders of pictures and masks");
  add(app, "--real", options->real, "DIR", "an MVTec category, or a folder of them");
  add(app, "--backbone", options->backbone, "FILE",
      "safetensors: alex, vgg16, squeezenet1_1 or mobilenet_v2; default: the embedded model's encoder");
  add(app, "--heads", options->heads, "FILE",
      "LPIPS heads of that backbone; without them the distance is not LPIPS");
  add(app, "--variant", options->variant, "NAME", "magic (default), seas or dfmgan");
  options->config.declare(app);
  app.footer(text("Settings (--set) and their defaults:\n",
                  describe_fields(list_fields(evaluation::LikenessConfig{})),
                  "Example:\n"
                  "  unidg evaluate il --generated out --real mvtec/bottle --backbone vgg16.safetensors \\\n"
                  "      --heads lpips_vgg.safetensors"));
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
