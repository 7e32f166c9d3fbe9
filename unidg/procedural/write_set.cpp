#include "unidg/procedural/write_set.h"

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/procedural/procedural.h"

namespace unidg::procedural {

std::size_t write_set(const std::filesystem::path& out, const SetConfig& config) {
  const std::vector<std::string> all =
      config.product.empty() ? products() : std::vector<std::string>{config.product};
  if (config.product.empty() && !config.defect.empty())
    throw UsageError("a defect ('", config.defect, "') without a product; pass the product too");
  defects(all.front());  // refuses an unknown product before anything is written
  dataset::QuadrupletWriter writer(
      out, {.layout = config.layout, .shard = config.shard, .source = dataset::PixelSource::Algorithm});
  Progress progress("drawing", static_cast<std::int64_t>(config.count));
  for (std::size_t i = 0; i < config.count && !interrupted(); ++i, progress.advance()) {
    const std::string& product = all[i % all.size()];
    const auto suited = defects(product);
    const std::string defect = config.defect.empty() ? suited[i / all.size() % suited.size()] : config.defect;
    const std::string name = text(product, "-", defect, "-", i);
    const std::string id = dataset::item_id(name, "drawn", 1, config.seed);
    if (!config.shard.takes(id) || writer.finished(id, config.width, config.height)) continue;
    const Quadruplet drawn = draw(product, defect, config.width, config.height, config.seed + i);
    writer.append({.id = id,
                   .scene = name,
                   .normal = drawn.normal,
                   .abnormal = drawn.abnormal,
                   .mask = drawn.mask,
                   .mask_used = drawn.mask,
                   .object = product,
                   .type = defect,
                   .reference = std::nullopt,
                   .seed = config.seed + i,
                   .model = "procedural",
                   .reason = ""});
  }
  return writer.count();
}

}  // namespace unidg::procedural
