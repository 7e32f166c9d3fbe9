#pragma once
#include <string>
#include <vector>

#include "unidg/evaluation/downstream/localisation.h"

namespace unidg::evaluation {

/// One U-Net for all products: background and every type of every product (evaluation.md 2.2).
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
  std::vector<std::string> classes;  ///< "background", then "product/type" sorted
  std::vector<double> iou;    ///< of each class over all test pixels; NaN: neither in truth nor predicted
  double mean_iou = 0;        ///< mIoU over all classes
  double background_iou = 0;  ///< BG-mIoU
  double foreground_iou = 0;  ///< FG-mIoU, over the types
  std::vector<std::string> products;
  std::vector<DetectionScores> detection;  ///< of each product, by the merged binary map
  TrainingReport training;
};

/// Trains one network on all products and scores it on all test sets.
/// @throws as train_localiser
MulticlassScores multiclass(const std::vector<ProductSets>& products, const MulticlassConfig& config,
                            const TrainingOptions& options = {});

}  // namespace unidg::evaluation
