#include "unidg/dataset/templates/features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

namespace unidg::dataset::templates {

Features features_of(const Mask& mask) {
  const cv::Rect box = mask.box();
  Features out;
  cv::resize(mask.pixels()(box), out.shape, {Features::kSide, Features::kSide}, 0, 0, cv::INTER_AREA);
  out.log_area = std::log(static_cast<double>(mask.area()) / static_cast<double>(mask.pixels().total()));
  out.log_aspect = std::log(static_cast<double>(box.width) / box.height);
  return out;
}

cv::Mat row_of(const Features& features, double area_weight, double aspect_weight) {
  constexpr int kCells = Features::kSide * Features::kSide;
  cv::Mat row(1, kCells + 2, CV_32FC1);
  features.shape.reshape(1, 1).convertTo(row.colRange(0, kCells), CV_32F, 1.0 / (255 * Features::kSide));
  row.at<float>(kCells) = static_cast<float>(area_weight * features.log_area);
  row.at<float>(kCells + 1) = static_cast<float>(aspect_weight * features.log_aspect);
  return row;
}

Clusters cluster(const cv::Mat& rows, int count, int iterations, std::uint64_t seed) {
  Clusters out;
  cv::Mat labels;
  cv::theRNG().state = seed * 2 + 1;  // the state must not be 0
  if (rows.rows == 1)                 // OpenCV takes a single row for many samples of one number
    out.centres = rows.clone();
  else
    cv::kmeans(rows, std::min(count, rows.rows), labels,
               {cv::TermCriteria::MAX_ITER + cv::TermCriteria::EPS, iterations, 1e-5}, 1,
               cv::KMEANS_PP_CENTERS, out.centres);
  // The labels of the last iteration are those before the centres moved for the last time.
  std::vector<double> nearest(static_cast<std::size_t>(out.centres.rows), std::numeric_limits<double>::max());
  out.typical.assign(nearest.size(), 0);
  for (int i = 0; i < rows.rows; ++i) {
    double smallest = std::numeric_limits<double>::max();
    int best = 0;
    for (int k = 0; k < out.centres.rows; ++k) {
      const double distance = cv::norm(rows.row(i), out.centres.row(k), cv::NORM_L2SQR);
      if (distance < smallest) smallest = distance, best = k;
    }
    out.cluster.push_back(best);
    const auto at = static_cast<std::size_t>(best);
    if (smallest < nearest[at]) nearest[at] = smallest, out.typical[at] = static_cast<std::size_t>(i);
  }
  // A cluster that lost its last row to the moved centres takes no number.
  std::vector<int> number(nearest.size(), -1);
  cv::Mat centres;
  std::vector<std::size_t> typical;
  for (std::size_t k = 0; k < nearest.size(); ++k) {
    if (nearest[k] == std::numeric_limits<double>::max()) continue;
    number[k] = static_cast<int>(typical.size());
    typical.push_back(out.typical[k]);
    centres.push_back(out.centres.row(static_cast<int>(k)));
  }
  for (auto& label : out.cluster) label = number[static_cast<std::size_t>(label)];
  out.centres = centres, out.typical = typical;
  return out;
}

}  // namespace unidg::dataset::templates
