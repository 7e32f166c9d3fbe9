#pragma once
#include <opencv2/core.hpp>

#include "unidg/image/image.h"

namespace unidg::dataset::templates {

/// What a mask is compared by (docs/choices.md 87): its shape, the box stretched to 64 x 64; the logarithm of
/// its area as a share of the picture; the logarithm of its box' width / height.
struct Features {
  static constexpr int kSide = 64;
  cv::Mat shape;  ///< CV_8UC1 [64, 64], 255 = all of the cell is mask
  double log_area = 0, log_aspect = 0;
};
/// @param mask not empty
Features features_of(const Mask& mask);

/// As one row for k-means: squared distance = mean squared difference of the shapes (0 to 1)
/// + (area_weight * difference of log_area)^2 + (aspect_weight * difference of log_aspect)^2.
/// @returns CV_32FC1 [1, 4098]
cv::Mat row_of(const Features& features, double area_weight, double aspect_weight);

/// Clusters of rows: k-means with k-means++ starts, the same for the same seed.
struct Clusters {
  cv::Mat centres;                   ///< CV_32FC1 [K, D]
  std::vector<int> cluster;          ///< of each row: the nearest centre; every cluster has a row
  std::vector<std::size_t> typical;  ///< of each cluster: the row nearest to its centre
};
/// @param rows CV_32FC1 [N, D]  @param count at most N clusters are made
Clusters cluster(const cv::Mat& rows, int count, int iterations, std::uint64_t seed);

}  // namespace unidg::dataset::templates
