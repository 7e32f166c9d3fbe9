#pragma once
#include <opencv2/core.hpp>
#include <string>

namespace unidg::dataset::sets {

/// A palette PNG: the values are the numbers, the colours Pascal VOC's. @param numbers CV_8UC1
std::string indexed_png(const cv::Mat& numbers);

}  // namespace unidg::dataset::sets
