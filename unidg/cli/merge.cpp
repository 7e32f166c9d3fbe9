#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/dataset/manifest.h"
#include "unidg/generation/batch.h"

namespace unidg::cli {

Action merge(CLI::App& app) {
  app.description("Joins the manifests of shards that share a folder.");
  auto folder = std::make_shared<std::string>();
  app.add_option("folder", *folder, "the folder that the shards wrote into")->option_text("DIR");
  app.footer(
      "Joins manifest-i-of-N.jsonl to manifest.jsonl and draws the contact sheet and the gallery.\n"
      "Example:\n"
      "  unidg merge out");
  return [folder](const Console& console) {
    require(*folder, "DIR", "merge");
    const auto gallery = generation::finish_folder(*folder);
    const auto manifest = std::filesystem::path(*folder) / "manifest.jsonl";
    const auto count = dataset::read_manifest(*folder).size();
    console.result({{"manifest", manifest.string()},
                    {"entries", count},
                    {"gallery", gallery.empty() ? Json(nullptr) : Json(gallery.string())}},
                   manifest.string());
    return Exit::Ok;
  };
}

}  // namespace unidg::cli
