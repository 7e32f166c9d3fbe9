#pragma once
#include <filesystem>
#include <opencv2/core.hpp>

namespace unidg::evaluation {

/// A map that numpy.save wrote: little-endian float16, float32 or float64, C or Fortran order, two axes
/// (height, width) beside axes of length 1. Objects (pickle) are refused by their type.
/// @returns CV_32FC1; float64 is rounded  @throws FormatError with what was found and how to convert it
cv::Mat read_npy(const std::filesystem::path& path);

/// Writes a map as float32, version 1.0. @param map CV_32FC1
void write_npy(const std::filesystem::path& path, const cv::Mat& map);

}  // namespace unidg::evaluation
