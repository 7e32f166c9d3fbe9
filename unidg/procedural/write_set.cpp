#include "unidg/procedural/write_set.h"

#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/procedural/procedural.h"

namespace unidg::procedural {

SetReport write_set(const std::filesystem::path& out, const SetConfig& config) {
  if (config.product.empty() && !config.defect.empty())
    throw UsageError("a defect ('", config.defect, "') without a product; pass the product too");
  // Every pair of product and defect in turn, products first. An unknown name ends here, before anything is
  // written.
  std::vector<std::pair<std::string, std::string>> kinds;
  const std::vector<std::string> chosen = members(config.product);
  std::size_t most = 0;
  for (const auto& product : chosen) most = std::max(most, defects(product).size());
  for (std::size_t turn = 0; turn < most; ++turn) {
    for (const auto& product : chosen) {
      const auto suited = defects(product);
      const bool suits = std::find(suited.begin(), suited.end(), config.defect) != suited.end();
      if (config.defect.empty())
        kinds.emplace_back(product, suited[turn % suited.size()]);
      else if (suits || chosen.size() == 1)
        kinds.emplace_back(product, config.defect);
    }
  }
  if (kinds.empty()) kinds.emplace_back(chosen.front(), config.defect);
  draw(kinds.front().first, kinds.front().second, config.width, config.height, config.seed);

  dataset::QuadrupletWriter writer(
      out, {.layout = config.layout, .shard = config.shard, .source = dataset::PixelSource::Algorithm});
  Progress progress("drawing", static_cast<std::int64_t>(config.count));
  SetReport report;
  for (std::size_t i = 0; i < config.count && !interrupted(); ++i, progress.advance()) {
    const auto& [product, defect] = kinds[i % kinds.size()];
    const std::string name = text(product, "-", defect, "-", i);
    const std::string id = dataset::item_id(name, "drawn", 1, config.seed);
    if (!config.shard.takes(id)) continue;
    if (writer.finished(id, config.width, config.height)) {
      ++report.skipped;
      continue;
    }
    const std::uint64_t seed = stable_hash(text("procedural/", config.seed, "/", i));
    const Quadruplet drawn = draw(product, defect, config.width, config.height, seed);
    writer.append({.id = id,
                   .scene = name,
                   .normal = drawn.normal,
                   .abnormal = drawn.abnormal,
                   .mask = drawn.mask,
                   .mask_used = drawn.mask,
                   .object = product,
                   .type = defect,
                   .reference = std::nullopt,
                   .seed = seed,
                   .model = "procedural",
                   .reason = ""});
    ++report.made;
  }
  return report;
}

}  // namespace unidg::procedural
