#pragma once
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "unidg/evaluation/downstream/recipe.h"
#include "unidg/evaluation/downstream/samples.h"

namespace unidg::evaluation {

struct DetectionScores;

/// Binary U-Net per product (evaluation.md 2.1). The defaults are the `paper` preset.
struct LocalisationConfig {
  Recipe recipe;
  int base_width = 64;      ///< channels of the first stage
  double good_share = 0.5;  ///< probability of a good picture with an empty mask
  double focal_gamma = 2;   ///< exponent of the focal loss
  std::string score_at =
      "map";  ///< map: the truth is resized to the network's size | truth: the map to the truth's

  static LocalisationConfig paper() { return {}; }
  /// The same code on two cores: narrower, smaller, fewer steps.
  static LocalisationConfig cpu();
};
void fields(FieldVisitor& visit, LocalisationConfig& c);

/// A trained U-Net that tells where a picture is defective.
class Localiser {
 public:
  /// Probability of a defect, CV_32FC1 in [0, 1], each of its picture's size (`score_at` = truth) or of the
  /// network's (map). @param images CV_8UC3, R, G, B, of any size
  std::vector<cv::Mat> maps(const std::vector<cv::Mat>& images) const;
  /// The truth at the size of `maps`: CV_8UC1, 0 or 255; an empty mask stands for "no defect".
  cv::Mat truth(const Sample& sample) const;
  const TrainingReport& training() const { return report_; }

  /// Weights with the config in their metadata. @throws FormatError for a file of another kind
  void save(const std::filesystem::path& path) const;
  static Localiser load(const std::filesystem::path& path);

 private:
  friend Localiser train_localiser(const TrainingSet&, const LocalisationConfig&, const TrainingOptions&,
                                   const TestSet*);
  friend Localiser untrained_localiser(const LocalisationConfig&, std::uint64_t);
  struct Network;
  LocalisationConfig config_;
  TrainingReport report_;
  std::shared_ptr<Network> network_;
};

/// Trains from seeded noise; the same seed gives the same weights on the CPU of one machine.
/// @param test needed for `checkpoint` = best_test only
/// @throws InputError for an empty generated set, UsageError for a config that cannot be, Interrupted after a
/// signal (nothing is written)
Localiser train_localiser(const TrainingSet& set, const LocalisationConfig& config,
                          const TrainingOptions& options = {}, const TestSet* test = nullptr);

/// The control "trained on nothing": seeded weights as they start.
Localiser untrained_localiser(const LocalisationConfig& config, std::uint64_t seed);

/// Maps of every test picture against its mask (evaluation.md 3).
DetectionScores evaluate_localiser(const Localiser& localiser, const TestSet& test);

}  // namespace unidg::evaluation
