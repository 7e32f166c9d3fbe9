#include "unidg/core/error.h"
#include "unidg/evaluation/protocol/cells.h"
#include "unidg/evaluation/realism/realism.h"

namespace unidg::evaluation {
namespace {

/// A figure whose controls fail is void: null, with the reason in the notes.
void add_test(Json& line, std::vector<std::string>& notes, const std::string& name, const RealismTest& test) {
  const bool is_void = !test.void_because.empty();
  line["scores"][name] = is_void ? Json() : Json(test.generated.value);
  if (!is_void) line["intervals"][name] = {test.generated.low, test.generated.high};
  if (is_void) notes.push_back(text(name, " ", test.generated.value, " is void: ", test.void_because));
}

}  // namespace

Json realism_cell(const Cell& cell, const Bench& bench) {
  const auto data = bench.sets.product(cell.product);
  const auto pictures = bench.sets.pictures(bench.spec(cell.generator), cell.product, cell.seed);
  const auto realism = measure_realism(pictures.folder, data->product.folder, {}, cell.seed);
  Json line;
  auto notes = pictures.notes;
  add_test(line, notes, "defect_accuracy", realism.region);
  add_test(line, notes, "seam_accuracy", realism.seam);
  line["scores"]["control_perlin"] = realism.region.perlin ? Json(*realism.region.perlin) : Json();
  line["scores"]["control_real"] = realism.region.real;
  if (realism.reference) {
    const auto& test = *realism.reference;
    line["scores"]["reference_accuracy"] = test.accuracy.value;
    line["intervals"]["reference_accuracy"] = {test.accuracy.low, test.accuracy.high};
    notes.push_back(text("reference test: chance is ", test.chance));
  }
  notes.push_back("realism: folds by " + realism.split);
  line["n_generated"] = pictures.files.size();
  line["notes"] = notes;
  return line;
}

}  // namespace unidg::evaluation
