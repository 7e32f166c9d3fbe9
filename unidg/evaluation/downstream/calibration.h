#pragma once
#include <opencv2/core.hpp>
#include <vector>

namespace unidg::evaluation {

/// A detector's maps and what is true.
struct JudgedMaps {
  std::vector<cv::Mat> maps;    ///< CV_32FC1, any finite range
  std::vector<cv::Mat> truths;  ///< CV_8UC1 of the maps' sizes, above 127 = defect; empty: a good picture
};

/// Calibration test (evaluation.md 7): thresholds learned on generated defects, F1 on real ones.
struct CalibrationScores {
  double image_threshold = 0, pixel_threshold = 0;  ///< where F1 is largest on the generated pictures
  double image_f1 = 0, pixel_f1 = 0;                ///< at those thresholds on the real pictures
  double image_f1_best = 0, pixel_f1_best = 0;      ///< largest F1 on the real pictures: the ceiling
};
/// Image scores are those of evaluation.md 3 (pool21).
/// @throws InputError when either side lacks defects or (image level) good pictures, or sizes differ
CalibrationScores calibrate(const JudgedMaps& generated, const JudgedMaps& real);

}  // namespace unidg::evaluation
