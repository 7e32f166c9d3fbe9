#include <algorithm>

#include "unidg/evaluation/protocol/config.h"

namespace unidg::evaluation {

const std::vector<Switch>& switches() {
  static const std::vector<Switch> all = {
      {"localisation.recipe.checkpoint", "last", "best_test",
       "which epoch is scored; published code picks the best on the test set (docs/choices.md 66)"},
      {"classification.recipe.checkpoint", "last", "best_test",
       "the same for the classifier (docs/choices.md 66)"},
      {"multiclass.net.recipe.checkpoint", "last", "best_test",
       "the same for the multi-class net (docs/choices.md 66)"},
      {"metrics.gt", "half", "published",
       "when a pixel of the ground truth counts; published code casts it differently for AUROC and PRO "
       "(docs/choices.md 67)"},
      {"metrics.image_score", "pool21", "pool21", "image score: largest 21 x 21 mean (docs/choices.md 69)"},
      {"metrics.pro", "exact", "100", "thresholds of PRO: all, or 100 as in the MVTec 3D-AD code"},
      {"metrics.pro_limit", 0.3, 0.3, "largest false positive rate of PRO (docs/choices.md 76)"},
      {"multiclass.merge", "one_minus_bg", "one_minus_bg",
       "binary score of the multi-class net (docs/choices.md 70)"},
      {"split.split", "third", "third",
       "pool of a type: floor(n / 3); SeaS: at least one (docs/choices.md 75)"},
      {"shots", 4, 4, "references of a type (docs/choices.md 73)"},
      {"n", 500, 500, "generated pictures (docs/evaluation.md, Protocol)"},
      {"per", "type", "type", "n counts for each type or object (docs/choices.md 74b)"},
      {"targets.pick", "first", "first", "which of the given target masks (docs/choices.md 74)"},
      {"likeness.variant", "magic", "magic", "clusters of IL (docs/choices.md 71)"},
      {"likeness.il_a", "crop", "crop", "region of IL-a (docs/choices.md 72)"},
      {"likeness.as_published", false, true,
       "with the variant's published errors (docs/evaluation.md, Protocol)"},
      {"guard.check", true, true, "everything learned from is compared with the test set"},
      {"guard.same_part", "leave_out", "ignore", "pool photos of a specimen that is also in the test set"}};
  return all;
}

Json switches_in_force(const RunConfig& config) {
  const auto values = echo_fields(config);
  auto out = Json::array();
  for (const auto& one : switches())
    out.push_back({{"name", one.name},
                   {"value", values.at(one.name)},
                   {"ours", one.ours},
                   {"published", one.published},
                   {"meaning", one.meaning}});
  return out;
}

std::vector<std::string> deviations(const RunConfig& config) {
  std::vector<std::string> out;
  for (const auto& one : switches_in_force(config))
    if (one.at("value") != one.at("ours")) out.push_back(one.at("name"));
  return out;
}

}  // namespace unidg::evaluation
