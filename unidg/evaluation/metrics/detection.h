#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation {

/// What the scores of a detector mean (docs/choices.md E).
struct MetricConfig {
  std::string image_score = "pool21";  ///< docs/choices.md 69
  std::string gt = "half";             ///< docs/choices.md 67
  std::string pro = "exact";           ///< every threshold, or the 100 of the MVTec 3D-AD code
  double pro_limit = 0.3;              ///< largest false positive rate of PRO (docs/choices.md 76)
  double confidence = 0.95;            ///< of bootstrap intervals
};
void fields(FieldVisitor& visit, MetricConfig& c);

/// Scores of a detector, each in [0, 1]; none where the data do not define it: no defect, or (AUROC, PRO) no
/// normal image or pixel. Without any normal one AP and F1 are 1, as in scikit-learn.
struct DetectionScores {
  std::optional<double> auroc_image, ap_image, f1_image, auroc_pixel, ap_pixel, f1_pixel, pro;
};
/// The scores by name, in the order above.
std::vector<std::pair<std::string, std::optional<double>>> named(const DetectionScores& scores);
/// The same as one flat object; null where a score is undefined.
Json to_json(const DetectionScores& scores);

struct Interval {
  double low = 0, high = 0;
};

/// Thresholds at which F1 is largest: a score counts as defect from there on.
struct Thresholds {
  double image = 0, pixel = 0;
};

/// F1 of an image-level and a pixel-level decision, in [0, 1].
struct DecisionScores {
  std::optional<double> f1_image, f1_pixel;
};

/// A point of the ROC and the precision-recall curve of the pixels (or images).
struct CurvePoint {
  double threshold = 0, recall = 0, false_positive_rate = 0, precision = 0;
  double overlap = 0;  ///< mean share of a defect component that is found; 0 for images
};

/// Image score of a map (docs/choices.md 69). @param score CV_32FC1
/// @param kind "pool21": largest mean of a 21 x 21 window, stride 1, zeros outside, divisor always 441;
/// "max": largest value
double image_score(const cv::Mat& score, const std::string& kind = "pool21");

/// AUROC, AP and F1-max of images and pixels, and PRO, over any number of maps of any sizes. Exact: no
/// binning; equal scores are one threshold, as in scikit-learn. Memory: 4 bytes a normal pixel, 8 bytes a
/// defect pixel, while a result is computed 4 bytes a pixel more. Not safe for concurrent `add`.
class DetectionScorer {
 public:
  explicit DetectionScorer(MetricConfig config = {});
  ~DetectionScorer();
  DetectionScorer(DetectionScorer&&) noexcept;
  DetectionScorer& operator=(DetectionScorer&&) noexcept;

  /// @param score CV_32FC1, any finite range, higher = more defect
  /// @param truth CV_8UC1 of the same size, 0 ... 255 (above 127 is defect); empty = normal image. An image
  /// is abnormal when its truth marks a pixel.
  /// @param name of the map in messages  @throws InputError for NaN, infinity, another size or type
  void add(const cv::Mat& score, const cv::Mat& truth, const std::string& name = "");

  DetectionScores result() const;

  /// Scores of `rounds` test sets, as many images drawn with replacement each; by name as in to_json, NaN
  /// where a round leaves a score undefined. Seed and number of images alone decide which images a round has.
  std::map<std::string, std::vector<double>> draws(int rounds, std::uint64_t seed) const;
  /// Percentile intervals of the draws. Rounds in which a score
  /// is undefined are left out; a score that is never defined has no interval. Pixel scores are grouped
  /// into at most 8192 classes first, which moves an end by less than 1e-3; the same seed gives the same
  /// interval.
  std::map<std::string, Interval> bootstrap(int rounds, std::uint64_t seed) const;

  /// Where F1 is largest on these images. @throws InputError when there is no defect among them
  Thresholds best_thresholds() const;
  /// F1 when thresholds found elsewhere are applied (calibration test, docs/evaluation.md, Downstream
  /// training).
  DecisionScores f1_at(const Thresholds& thresholds) const;

  /// The curves for plots, at most `points` of them, from the highest threshold to the lowest.
  std::vector<CurvePoint> curve_pixel(int points) const;
  std::vector<CurvePoint> curve_image(int points) const;

  std::size_t images() const;
  /// Image scores in the order of `add`.
  std::vector<double> image_scores() const;
  std::vector<bool> is_abnormal() const;

  struct State;  ///< of this room alone

 private:
  std::unique_ptr<State> state_;
};

/// AUROC, AP and F1-max of single scores, defined as above.
struct RankingScores {
  std::optional<double> auroc, ap, f1;
};
/// @throws InputError for NaN or infinity  @param is_positive one for each score
RankingScores rank(const std::vector<double>& scores, const std::vector<bool>& is_positive);

}  // namespace unidg::evaluation
