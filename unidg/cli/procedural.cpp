#include "unidg/procedural/procedural.h"

#include <algorithm>

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/progress.h"
#include "unidg/generation/batch.h"
#include "unidg/procedural/write_set.h"

namespace unidg::cli {
namespace {

struct ProceduralOptions {
  std::string out, product, defect, layout = "quadruplet";
  std::int64_t count = 0, size = 256;
  std::uint64_t seed = 0;
};

Exit run(const ProceduralOptions& options, const Console& console) {
  require(options.out, "--out", "procedural");
  if (options.count < 1) throw UsageError("--count is ", options.count, "; how many pictures, at least 1");
  const int side = static_cast<int>(std::clamp<std::int64_t>(options.size, 0, 1 << 20));
  procedural::SetConfig config{.count = static_cast<std::size_t>(options.count),
                               .seed = options.seed,
                               .product = options.product,
                               .defect = options.defect,
                               .width = side,
                               .height = side,
                               .layout = dataset::parse_layout(options.layout),
                               .shard = {}};
  const auto report = procedural::write_set(options.out, config);
  if (!interrupted()) generation::finish_folder(options.out);
  const auto manifest = std::filesystem::path(options.out) / "manifest.jsonl";
  console.result({{"out", options.out},
                  {"manifest", manifest.string()},
                  {"made", report.made},
                  {"skipped", report.skipped},
                  {"interrupted", interrupted()}},
                 manifest.string());
  return interrupted() ? Exit::Interrupted : Exit::Ok;
}

}  // namespace

Action procedural(CLI::App& app) {
  app.description("Draws products and defects with exact masks.");
  auto options = std::make_shared<ProceduralOptions>();
  add(app, "--out", options->out, "DIR", "receives quadruplets and their manifest");
  add(app, "--count", options->count, "N", "how many");
  add(app, "--seed", options->seed, "S", "the same seed draws the same pictures (default 0)")
      ->check(CLI::NonNegativeNumber);
  std::string names;
  for (const auto& name : procedural::products()) names += (names.empty() ? "" : ", ") + name;
  add(app, "--product", options->product, "NAME",
      text("one of ", names, ", or metal (default: all in turn)"));
  add(app, "--defect", options->defect, "NAME", "a defect that suits the product (default: all in turn)");
  add(app, "--size", options->size, "PX", "side of the pictures, 32 to 4096 (default 256)");
  add(app, "--layout", options->layout, "NAME", "quadruplet (default) or mvtec");
  app.footer(
      "Example:\n"
      "  unidg procedural --out drawn --count 20 --seed 1 --product metal");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
