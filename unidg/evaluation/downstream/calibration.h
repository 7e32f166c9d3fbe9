#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "unidg/evaluation/metrics/detection.h"

namespace unidg::evaluation {

/// A detector's maps and what is true.
struct JudgedMaps {
  std::vector<cv::Mat> maps;    ///< CV_32FC1, any finite range
  std::vector<cv::Mat> truths;  ///< CV_8UC1 of the maps' sizes, above 127 = defect; empty: a good picture
};

/// Calibration test (docs/evaluation.md, Downstream training): thresholds learned on generated defects, F1 on
/// real ones.
struct CalibrationScores {
  Thresholds learned;   ///< where F1 is largest on the generated pictures
  DecisionScores real;  ///< F1 of the real pictures at those thresholds
  DecisionScores
      ceiling;  ///< the largest F1 of the real pictures: what calibration on real defects would give
};
/// @param generated pictures that calibrate, good ones among them @param real pictures that judge
/// @throws InputError when either side lacks defects or good pictures, or counts or sizes differ
CalibrationScores calibrate(const JudgedMaps& generated, const JudgedMaps& real,
                            const MetricConfig& metric = {});
/// {"threshold_image", "threshold_pixel", "f1_image", "f1_pixel", "ceiling_image", "ceiling_pixel"}
Json to_json(const CalibrationScores& scores);

}  // namespace unidg::evaluation
