#pragma once
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation {

/// Counts of (true class, predicted class), for classification and for multi-class maps alike. Class 0 is the
/// background where there is one.
class ConfusionMatrix {
 public:
  /// @param names of the classes, in their order  @throws UsageError when there is none
  explicit ConfusionMatrix(std::vector<std::string> names);
  /// Classes named "0", "1", ...
  explicit ConfusionMatrix(int classes);

  int classes() const { return static_cast<int>(names_.size()); }
  const std::vector<std::string>& names() const { return names_; }

  /// @throws InputError when a class is out of range
  void add(int truth, int predicted, std::int64_t count = 1);
  /// Every pixel of a map. @param truth, predicted CV_8UC1, CV_16UC1 or CV_32SC1 of one size, class indices
  /// @throws InputError naming the map and the class that is out of range, or both sizes
  void add(const cv::Mat& truth, const cv::Mat& predicted, const std::string& name = "");
  /// Adds the counts of another matrix of the same classes. @throws UsageError otherwise
  void add(const ConfusionMatrix& other);

  std::int64_t count(int truth, int predicted) const;
  std::int64_t total() const;

  /// Share on the diagonal, in [0, 1]; none without samples.
  std::optional<double> accuracy() const;
  /// Mean over classes that occur in the truth of the share recognised; none without samples.
  std::optional<double> balanced_accuracy() const;
  /// Intersection over union of one class; none where it occurs neither in truth nor in prediction.
  std::optional<double> iou(int index) const;
  /// Mean IoU over all classes, over class 0, and over the others (docs/evaluation.md, Scores); undefined
  /// classes are left out of a mean.
  std::optional<double> mean_iou() const;
  std::optional<double> background_iou() const { return iou(0); }
  std::optional<double> foreground_iou() const;

 private:
  std::optional<double> mean_iou_from(int first) const;
  std::vector<std::string> names_;
  std::vector<std::int64_t> counts_;  ///< [truth, predicted]
};

/// {"classes": [...], "counts": [[...]], "accuracy", "miou", "bg_iou", "fg_iou"}
Json to_json(const ConfusionMatrix& matrix);

}  // namespace unidg::evaluation
