#pragma once
#include <string>
#include <vector>

#include "unidg/evaluation/downstream/localisation.h"
#include "unidg/evaluation/metrics/classes.h"
#include "unidg/evaluation/metrics/draws.h"

namespace unidg::evaluation {

/// One network for all products: background and every type of every product (docs/evaluation.md, Downstream
/// training).
struct MulticlassConfig {
  LocalisationConfig net;
  std::string merge = "one_minus_bg";  ///< binary score: one_minus_bg = sum over types | max over types

  static MulticlassConfig paper() { return {}; }
  static MulticlassConfig cpu();
};
void fields(FieldVisitor& visit, MulticlassConfig& c);

/// A product with what its network learns from and is asked.
struct ProductSets {
  std::string product;
  TrainingSet training;
  TestSet test;
};

struct MulticlassScores {
  /// Pixels of all test pictures: "background", then "product/type" sorted. Gives mIoU, FG-mIoU and BG-mIoU.
  ConfusionMatrix pixels;
  std::vector<std::string> products;
  std::vector<DetectionScores> detection;  ///< of each product, by the merged binary map
  /// The same by picture, for draws: binary maps, and pixels by class of each picture in the test's order.
  std::vector<DetectionScorer> maps;
  std::vector<std::vector<ConfusionMatrix>> pictures;
  TrainingReport training;
};

/// Trains one network on all products and scores it on all test sets. The class of a pixel is the largest
/// output at the network's size, enlarged by nearest neighbour where maps are scored at the truth's size.
/// @param backbone for `net.network` = maps  @throws as train_localiser; UsageError for more than 255 types
MulticlassScores multiclass(const std::vector<ProductSets>& products, const MulticlassConfig& config,
                            const TrainingOptions& options = {}, const MetricConfig& metric = {},
                            const Backbone& backbone = {});

/// Scores of test sets drawn with replacement within each product: fg_miou, miou, and the mean over products
/// of every detection score.
Draws draws_of(const MulticlassScores& scores, int rounds, std::uint64_t seed);

}  // namespace unidg::evaluation
