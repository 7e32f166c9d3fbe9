#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/evaluation/metrics/detection.h"

namespace unidg::evaluation {

double image_score(const cv::Mat& score, const std::string& kind) {
  if (score.type() != CV_32FC1 || score.empty())
    throw InputError("a score map is one 32-bit float a pixel and not empty");
  cv::Mat map;
  if (kind == "pool21") {
    cv::boxFilter(score, map, CV_32F, {21, 21}, {-1, -1}, /*normalize=*/true, cv::BORDER_CONSTANT);
  } else if (kind == "max") {
    map = score;
  } else {
    throw UsageError("image score '", kind, "' is none of pool21, max");
  }
  double largest = 0;
  cv::minMaxLoc(map, nullptr, &largest);
  return largest;
}

}  // namespace unidg::evaluation
