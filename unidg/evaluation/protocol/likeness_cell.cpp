#include "unidg/dataset/manifest.h"
#include "unidg/evaluation/likeness/likeness.h"
#include "unidg/evaluation/protocol/cells.h"
#include "unidg/generation/generator.h"

namespace unidg::evaluation {
namespace {}  // namespace

Json likeness_cell(const Cell& cell, const Bench& bench) {
  const auto data = bench.sets.product(cell.product);
  const auto pictures = bench.sets.pictures(bench.spec(cell.generator), cell.product, cell.seed);
  std::vector<LikenessType> types;
  for (const auto& type : data->product.types) {
    LikenessType one{cell.product, type.name, {}, {}};
    for (const auto* files : {&type.pool, &type.test})  // by number: the first third are centres
      for (const auto& file : *files) one.real.push_back({file.image, file.mask});
    for (const auto& file : pictures.files)
      if (file.type == type.name) one.generated.push_back({file.image, file.mask});
    types.push_back(std::move(one));
  }
  const auto& given = bench.config.distance_backbone;
  const auto backbone = given.empty() ? generation::embedded_model_folder() : std::filesystem::path(given);
  const auto distance = open_distance(backbone, bench.config.distance_heads);
  auto config = bench.config.likeness;
  config.seed = static_cast<std::int64_t>(cell.seed);
  const auto likeness = measure_likeness(types, *distance, config);

  Json line = {{"scores", {{"il", or_null(likeness.il)}, {"il_a", or_null(likeness.il_a)}}},
               {"n_generated", pictures.files.size()}};
  for (const auto& type : likeness.types)
    line["per_type"][type.type] = {
        {"n", type.generated}, {"il", or_null(type.il.value)}, {"il_a", or_null(type.il_a.value)}};
  auto notes = pictures.notes;
  notes.push_back("distance: " + likeness.distance +
                  (likeness.is_lpips ? "" : "; not comparable with published IL"));
  line["notes"] = notes;
  return line;
}

}  // namespace unidg::evaluation
