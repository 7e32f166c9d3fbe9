#include "unidg/agents/curate/preview.h"

#include <algorithm>

#include "unidg/core/files.h"
#include "unidg/dataset/items.h"
#include "unidg/dataset/sets/html.h"

namespace unidg::agents {
namespace fs = std::filesystem;
std::string preview_jpeg(const Image& abnormal, const Mask& mask, const Image& normal, int side) {
  constexpr int kGap = 6;
  const auto left = dataset::sets::small_view(abnormal, mask, side);
  if (normal.is_empty()) return dataset::sets::jpeg(left);
  const auto right = dataset::sets::small_view(normal, {}, side);
  cv::Mat both(std::max(left.rows, right.rows), left.cols + kGap + right.cols, CV_8UC3, cv::Scalar::all(255));
  left.copyTo(both(cv::Rect(0, 0, left.cols, left.rows)));
  right.copyTo(both(cv::Rect(left.cols + kGap, 0, right.cols, right.rows)));
  return dataset::sets::jpeg(both);
}

fs::path preview_folder(const std::string& half, const std::string& step, const std::string& reason) {
  return fs::path("previews") / dataset::file_safe(half + "-" + step + "-" + reason);
}

Previews::Previews(fs::path folder, int most) : folder_(std::move(folder)), most_(most) {}

void Previews::add(const LedgerLine& line, const Triplet& triplet) {
  if (triplet.abnormal.is_empty()) return;
  const auto place = folder_ / preview_folder(line.half, line.step, line.reason);
  const auto [count, is_new] = counts_.try_emplace(place.string(), 0);
  if (is_new && fs::is_directory(place))
    count->second = static_cast<int>(std::distance(fs::directory_iterator(place), fs::directory_iterator()));
  if (count->second >= most_) return;
  ++count->second;
  write_file_atomic(place / (dataset::file_safe(line.id, 120) + ".jpg"),
                    preview_jpeg(triplet.abnormal, triplet.mask, triplet.normal, kSide));
}

}  // namespace unidg::agents
