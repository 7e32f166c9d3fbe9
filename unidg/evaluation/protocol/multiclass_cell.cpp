#include "unidg/core/error.h"
#include "unidg/evaluation/downstream/multiclass.h"
#include "unidg/evaluation/metrics/detection.h"
#include "unidg/evaluation/protocol/cells.h"

namespace unidg::evaluation {
namespace {}  // namespace

Json multiclass_cell(const Cell& cell, const Bench& bench) {
  const auto& spec = bench.spec(cell.generator);
  std::vector<ProductSets> sets;
  std::vector<std::string> notes;
  std::size_t generated = 0, good = 0, abnormal = 0;
  for (const auto& name : bench.products) {
    const auto data = bench.sets.product(name);
    auto pictures = bench.sets.pictures(spec, name, cell.seed);
    generated += pictures.set.defective.size();
    for (const auto& note : pictures.notes) notes.push_back(name + ": " + note);
    TestSet test;
    for (std::size_t i = 0; i < data->test.samples.size(); ++i) {
      if (spec.sees_test_half() && !data->is_other_half[i]) continue;
      test.samples.push_back(data->test.samples[i]);
      (data->test.samples[i].label < 0 ? good : abnormal) += 1;
    }
    sets.push_back({name, std::move(pictures.set), std::move(test)});
  }
  const auto folder = bench.cell_folder(cell);
  const auto backbone = bench.backbone_of(bench.config.multiclass.net.network);
  const auto scores = multiclass(sets, bench.config.multiclass,
                                 {cell.seed,
                                  text("all products, ", cell.generator, ", seed ", cell.seed),
                                  {},
                                  folder / "training.jsonl"},
                                 bench.config.metrics, backbone);

  Json line = {{"scores",
                {{"miou", or_null(scores.pixels.mean_iou())},
                 {"bg_miou", or_null(scores.pixels.background_iou())},
                 {"fg_miou", or_null(scores.pixels.foreground_iou())}}}};
  // Detection scores are means over products, each of which counts the same.
  Json sums = Json::object(), counts = Json::object();
  for (std::size_t i = 0; i < scores.products.size(); ++i) {
    const auto of_product = to_json(scores.detection[i]);
    line["per_product"][scores.products[i]] = of_product;
    for (const auto& [name, value] : of_product.items()) {
      if (!value.is_number()) continue;
      sums[name] = sums.value(name, 0.0) + value.get<double>();
      counts[name] = counts.value(name, 0) + 1;
    }
  }
  for (const auto& [name, sum] : sums.items())
    line["scores"][name] = sum.get<double>() / counts[name].get<double>();
  for (int i = 0; i < scores.pixels.classes(); ++i)
    line["per_type"][scores.pixels.names()[static_cast<std::size_t>(i)]] = {
        {"iou", or_null(scores.pixels.iou(i))}};
  if (bench.config.bootstrap > 0)
    add_draws(line, draws_of(scores, static_cast<int>(bench.config.bootstrap), cell.seed), cell, bench);
  line["n_generated"] = generated;
  line["trained"] = to_json(scores.training);
  line["test"] = {{"good", good}, {"abnormal", abnormal}};
  line["notes"] = notes;
  return line;
}

}  // namespace unidg::evaluation
