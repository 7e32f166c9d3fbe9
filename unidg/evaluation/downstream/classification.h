#pragma once
#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "unidg/evaluation/downstream/recipe.h"
#include "unidg/evaluation/downstream/samples.h"

namespace unidg::evaluation {

/// A frozen network whose features a linear head reads.
struct Backbone {
  std::string name;  ///< named in every report, for instance "MobileNetV2 1.0 (ImageNet)"
  int size = 224;    ///< side of its square input, pixels
  /// @param pixels [B, 3, size, size], R, G, B in [0, 1]  @returns [B, F]
  std::function<torch::Tensor(const torch::Tensor& pixels)> features;
};
/// @param weights as models/mobilenet reads them
Backbone mobilenet_backbone(const std::filesystem::path& weights);

/// Classifier of the defect types of one product (evaluation.md 2.3). The defaults are the `paper` preset.
struct ClassificationConfig {
  Recipe recipe{.size = 256, .batch = 8, .epochs = 30, .epoch_samples = 0, .lr = 1e-4};
  /// resnet34: all of it is trained | linear: a linear head on a frozen backbone | small: a narrow ResNet
  /// from scratch
  std::string network = "resnet34";
  std::int64_t repeats = 5;         ///< an epoch is this many times the number of pictures
  std::int64_t max_per_type = 500;  ///< further pictures of a type are left out, the first are kept
  std::string weights;              ///< ImageNet ResNet-34 in torchvision's keys; empty: from seeded noise
  double weight_decay = 1e-2;       ///< linear: L2 penalty on the weights of the head

  static ClassificationConfig paper() { return {}; }
  static ClassificationConfig cpu();  ///< linear
};
void fields(FieldVisitor& visit, ClassificationConfig& c);

struct ClassificationScores {
  std::string network;  ///< what was trained and from which weights it started
  double accuracy = 0;  ///< top-1 over all defective test pictures, in [0, 1]; good ones are not asked
  std::vector<std::string> types;
  std::vector<std::vector<int>> confusion;  ///< [truth][predicted], counts
  std::vector<double> type_accuracy;        ///< of each type; NaN without a test picture
  std::vector<int> predicted;               ///< label of each defective test picture, in the order of the set
  TrainingReport training;
};

/// Trains on the defective samples and labels the defective test pictures.
/// @param backbone for `network` = linear; without one (empty `features`) `small` is trained instead, and the
/// report names it
/// @throws InputError for a type without a training picture, one type only, or an empty set
ClassificationScores classify(const TrainingSet& set, const TestSet& test, const ClassificationConfig& config,
                              const TrainingOptions& options = {}, const Backbone& backbone = {});

}  // namespace unidg::evaluation
