#include "unidg/agents/caption/groups.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace unidg::agents {

std::vector<Mask> defect_groups(const Mask& mask, std::size_t most) {
  const int reach = std::max(1, static_cast<int>(0.02 * std::min(mask.width(), mask.height())));
  cv::Mat grown, labels;
  cv::dilate(mask.pixels(), grown, cv::Mat::ones(2 * reach + 1, 2 * reach + 1, CV_8UC1));
  const int count = cv::connectedComponents(grown, labels, 8);
  if (count <= 2 || static_cast<std::size_t>(count) > most + 1) return {mask};
  std::vector<Mask> out;
  for (int i = 1; i < count; ++i) out.emplace_back(cv::Mat((labels == i) & mask.pixels()));
  std::stable_sort(out.begin(), out.end(), [](const Mask& a, const Mask& b) { return a.area() > b.area(); });
  return out;
}

}  // namespace unidg::agents
