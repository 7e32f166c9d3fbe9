#include "unidg/weights/inspect.h"

#include <fstream>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/dataset/picture_texts.h"

namespace unidg::cli {
namespace fs = std::filesystem;
namespace {

struct InspectOptions {
  std::string path;
  bool has_tensors = false;
};

bool is_png(const fs::path& path) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  std::string head(kSignature.size(), '\0');
  std::ifstream in(path, std::ios::binary);
  return in.read(head.data(), static_cast<std::streamsize>(head.size())) && head == kSignature;
}

Exit inspect_picture(const std::string& path, const Console& console) {
  const auto texts = read_png_texts(path);
  const auto settings = dataset::settings_of(texts, path);
  if (settings.is_null())
    throw InputError(path,
                     ": a PNG without settings of ours: not made by unidg, made with --no-metadata, or saved "
                     "again by another program");
  console.result(settings, settings.dump(2));
  return Exit::Ok;
}

Exit run(const InspectOptions& options, const Console& console) {
  require(options.path, "FILE|DIR", "inspect");
  if (!fs::exists(options.path)) throw InputError(options.path, ": no such file or folder");
  if (is_png(options.path)) return inspect_picture(options.path, console);
  const auto inspection = weights::inspect(options.path);
  console.result(weights::to_json(inspection), weights::to_text(inspection, options.has_tensors));
  return Exit::Ok;
}

}  // namespace

Action inspect(CLI::App& app) {
  app.description("Says what a weight file, a model folder or a generated PNG holds.");
  auto options = std::make_shared<InspectOptions>();
  app.add_option("path", options->path, "weights (file, index, folder) or a generated PNG")
      ->option_text("FILE|DIR");
  app.add_flag("--tensors", options->has_tensors, "list every tensor with its dtype and shape");
  app.footer(
      "Reads headers only and executes nothing.\n"
      "Examples:\n"
      "  unidg inspect flux1-fill-dev.safetensors\n"
      "  unidg inspect out/abnormal/part-1-0123456789.png");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
