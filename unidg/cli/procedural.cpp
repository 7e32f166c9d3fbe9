#include "unidg/procedural/procedural.h"

#include "unidg/cli/commands.h"
#include "unidg/cli/config_flags.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/writer.h"
#include "unidg/generation/batch.h"

namespace unidg::cli {
namespace {

struct Options {
  std::string out, product, defect, layout = "quadruplet";
  std::int64_t count = 0, size = 256;
  std::uint64_t seed = 0;
};

dataset::Record record_of(const procedural::Quadruplet& drawn, const std::string& id, std::uint64_t seed) {
  dataset::Record record;
  record.id = record.scene = id;
  record.normal = drawn.normal, record.abnormal = drawn.abnormal;
  record.mask = record.mask_used = drawn.mask;
  record.object = drawn.product, record.type = drawn.defect;
  record.seed = seed, record.model = "procedural";
  return record;
}

/// Number `index` of a run draws the same specimen whatever the count.
std::uint64_t specimen_seed(std::uint64_t seed, std::int64_t index) {
  return stable_hash(text("procedural/", seed, "/", index));
}

Exit run(const Options& options, const Console& console) {
  require(options.out, "--out", "procedural");
  if (options.count < 1) throw UsageError("--count is ", options.count, "; how many pictures, at least 1");
  if (!options.product.empty())
    procedural::defects(options.product);  // names the nearest product when unknown
  if (!options.defect.empty() && options.product.empty()) throw UsageError("--defect needs --product");
  dataset::QuadrupletWriter writer(
      options.out, {dataset::parse_layout(options.layout), {}, true, dataset::PixelSource::Algorithm});
  Progress progress("drawings", options.count);
  std::int64_t skipped = 0;
  const int side = static_cast<int>(options.size);
  for (std::int64_t i = 0; i < options.count && !interrupted(); ++i) {
    const auto seed = specimen_seed(options.seed, i);
    const auto id = dataset::item_id(text("procedural", options.product.empty() ? "" : "-", options.product),
                                     "drawn", static_cast<int>(i + 1), options.seed);
    if (writer.finished(id, side, side)) {
      ++skipped;
      continue;
    }
    writer.append(record_of(procedural::draw(options.product, options.defect, side, side, seed), id, seed));
    progress.set(i + 1);
  }
  const auto gallery = interrupted() ? std::filesystem::path() : generation::finish_folder(options.out);
  console.result({{"out", options.out},
                  {"manifest", writer.manifest().string()},
                  {"made", writer.count()},
                  {"skipped", skipped},
                  {"interrupted", interrupted()}},
                 writer.manifest().string());
  return interrupted() ? Exit::Interrupted : Exit::Ok;
}

}  // namespace

Action procedural(CLI::App& app) {
  app.description("Draws products and defects with exact masks.");
  auto options = std::make_shared<Options>();
  add(app, "--out", options->out, "DIR", "receives quadruplets and their manifest");
  add(app, "--count", options->count, "N", "how many");
  add(app, "--seed", options->seed, "S", "the same seed draws the same pictures (default 0)");
  std::string names;
  for (const auto& name : procedural::products()) names += (names.empty() ? "" : ", ") + name;
  add(app, "--product", options->product, "NAME", text("one of ", names, " (default: any)"));
  add(app, "--defect", options->defect, "NAME", "a defect that suits the product (default: any)");
  add(app, "--size", options->size, "PX", "side of the pictures, 32 to 4096 (default 256)");
  add(app, "--layout", options->layout, "NAME", "quadruplet (default) or mvtec");
  app.footer(
      "Example:\n"
      "  unidg procedural --out drawn --count 20 --seed 1 --product metal");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
