#pragma once
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "unidg/evaluation/downstream/dense_head.h"
#include "unidg/evaluation/downstream/recipe.h"
#include "unidg/evaluation/downstream/samples.h"
#include "unidg/evaluation/metrics/detection.h"

namespace unidg::evaluation {

/// One detector per product (docs/evaluation.md, Downstream training). The defaults are the `paper` preset.
struct LocalisationConfig {
  /// unet | maps: a head of every place on a frozen backbone's maps (without a backbone the U-Net)
  std::string network = "unet";
  DenseHeadConfig head;  ///< maps
  Recipe recipe;
  int base_width = 64;           ///< channels of the first stage
  double good_share = 0.5;       ///< probability of a good picture with an empty mask
  double mask_share = 0.5;       ///< a cell of the network's grid is defective when more of its area is
  double focal_gamma = 2;        ///< exponent of the focal loss
  std::string score_at = "map";  ///< map: the truth shrinks to the network's size | truth: the map grows
  std::string input = "plain";   ///< plain: [0, 1] | standardised: each picture to mean 0 and deviation 1

  static LocalisationConfig paper() { return {}; }
  /// Heads on a backbone's maps, seconds on two cores. The recipe serves `network` = unet: the same code in
  /// about half a minute, narrower, smaller, fewer steps, one-cycle rate, and pictures standardised, since
  /// few steps do not learn to look past exposure.
  static LocalisationConfig cpu();
};
void fields(FieldVisitor& visit, LocalisationConfig& c);

class Segmenter;

/// A network that tells where a picture is defective.
class Localiser {
 public:
  /// Probability of a defect, CV_32FC1 in [0, 1], each of its picture's size (`score_at` = truth) or of the
  /// network's (map). @param images CV_8UC3, R, G, B, of any size
  std::vector<cv::Mat> maps(const std::vector<cv::Mat>& images) const;
  /// The truth at the size of `maps`: CV_8UC1, 0 or 255; zeros for a good picture.
  cv::Mat truth(const Sample& sample) const;
  const TrainingReport& training() const { return report_; }

  /// Weights of a U-Net with config, class names and report in their metadata.
  /// @throws UsageError for a head on maps, which is fitted again in seconds
  void save(const std::filesystem::path& path) const;
  /// @throws FormatError for a file of another kind
  static Localiser load(const std::filesystem::path& path);

 private:
  friend Localiser train_localiser(const TrainingSet&, const LocalisationConfig&, const TrainingOptions&,
                                   const TestSet*, const Backbone&);
  friend Localiser untrained_localiser(const LocalisationConfig&, std::uint64_t);
  explicit Localiser(std::shared_ptr<Segmenter> net);
  explicit Localiser(std::shared_ptr<const DenseHead> head, LocalisationConfig config);
  LocalisationConfig config_;  ///< with the size of the network's maps
  std::shared_ptr<Segmenter> net_;
  std::shared_ptr<const DenseHead> head_;
  TrainingReport report_;
};

/// Trains from seeded noise; the same seed gives the same weights on the CPU of one machine.
/// @param test needed for `checkpoint` = best_test only  @param backbone for `network` = maps
/// @throws InputError for an empty generated set or a wrong sample, UsageError for a config that cannot be,
/// Interrupted after a signal (nothing is saved)
Localiser train_localiser(const TrainingSet& set, const LocalisationConfig& config,
                          const TrainingOptions& options = {}, const TestSet* test = nullptr,
                          const Backbone& backbone = {});

/// Whether `train_localiser` fits a head of every place: it is asked for and there is a backbone.
bool learns_on_maps(const LocalisationConfig& config, const Backbone& backbone);

/// The control "trained on nothing": a U-Net's seeded weights as they start.
Localiser untrained_localiser(const LocalisationConfig& config, std::uint64_t seed);

/// Maps of every test picture against its mask (docs/evaluation.md, Scores), for scores, intervals and
/// curves.
DetectionScorer score_localiser(const Localiser& localiser, const TestSet& test,
                                const MetricConfig& metric = {});
/// The scores alone.
DetectionScores evaluate_localiser(const Localiser& localiser, const TestSet& test);

}  // namespace unidg::evaluation
