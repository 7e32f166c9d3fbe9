#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "unidg/core/torch.h"
#include "unidg/evaluation/downstream/recipe.h"
#include "unidg/evaluation/downstream/samples.h"
#include "unidg/evaluation/metrics/classes.h"

namespace unidg::evaluation {

/// A frozen network whose features a linear head reads.
struct Backbone {
  std::string name;  ///< named in every report, for instance "MobileNetV2 1.0 (ImageNet)"
  int size = 224;    ///< side of its square input, pixels
  /// @param pixels [B, 3, size, size], R, G, B in [0, 1]  @returns [B, F]
  std::function<torch::Tensor(const torch::Tensor& pixels)> features;
  /// For every place: [B, 3, map_size, map_size] -> [B, F, grid, grid]
  int map_size = 0, grid = 0;
  std::function<torch::Tensor(const torch::Tensor& pixels)> maps;
};
/// MobileNetV2 1.0. @param weights safetensors as tools/convert writes them
Backbone mobilenet_backbone(const std::filesystem::path& weights);

/// Classifier of the defect types of one product (docs/evaluation.md, Downstream training). The defaults are
/// the `paper` preset.
struct ClassificationConfig {
  Recipe recipe{.epochs = 30, .epoch_samples = 0};
  /// resnet34: all of it is trained | linear: a linear head on a frozen backbone | small: a narrow ResNet
  /// from scratch
  std::string network = "resnet34";
  std::string weights;              ///< ImageNet ResNet-34 in torchvision's keys; empty: from seeded noise
  std::int64_t max_per_type = 500;  ///< the first pictures of a type that are used
  double weight_decay = 1e-2;       ///< linear: penalty on the squared weights of the head

  static ClassificationConfig paper() { return {}; }
  static ClassificationConfig cpu();  ///< linear; the recipe serves `small`
};
void fields(FieldVisitor& visit, ClassificationConfig& c);

struct ClassificationScores {
  std::string network;         ///< what was trained and from which weights it started
  ConfusionMatrix types;       ///< [truth][predicted] of the defective test pictures; accuracy() is Acc-C
  std::vector<int> predicted;  ///< label of each defective test picture, in the order of the set
  TrainingReport training;
};

/// Trains on the defective samples and labels the defective test pictures; good pictures are not asked.
/// @param backbone for `network` = linear; without one (no `features`) `small` is trained instead, and the
/// report names it
/// @throws InputError for an empty set, a type without a training picture, or one type only
ClassificationScores classify(const TrainingSet& set, const TestSet& test, const ClassificationConfig& config,
                              const TrainingOptions& options = {}, const Backbone& backbone = {});

}  // namespace unidg::evaluation
