#include "unidg/evaluation/realism/regions.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>
#include <tuple>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/manifest.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;

Region cut_region(const MaskedImage& picture, std::string group) {
  cv::Mat labels, stats, centres;
  const int count = cv::connectedComponentsWithStats(picture.mask.pixels(), labels, stats, centres,
                                                     /*connectivity=*/8, CV_32S);
  int largest = 1;
  for (int i = 2; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(largest, cv::CC_STAT_AREA)) largest = i;
  const auto at = [&](int field) { return stats.at<int>(largest, field); };

  const cv::Rect box(at(cv::CC_STAT_LEFT), at(cv::CC_STAT_TOP), at(cv::CC_STAT_WIDTH),
                     at(cv::CC_STAT_HEIGHT));
  const int margin = std::max(std::max(box.width, box.height) / 4, 28);
  const cv::Rect window =
      cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) &
      cv::Rect({0, 0}, picture.mask.pixels().size());
  return {picture.image.rgb8()(window).clone(), picture.mask.pixels()(window).clone(),
          static_cast<double>(at(cv::CC_STAT_AREA)), std::move(group)};
}

std::vector<DefectPicture> read_defects(const fs::path& folder) {
  std::vector<DefectPicture> out;
  std::error_code ignored;
  if (!fs::is_regular_file(folder / "manifest.jsonl", ignored)) {
    for (const auto& picture : dataset::read_references(folder)) out.push_back({picture, {}, {}});
    return out;
  }
  for (const auto& entry : dataset::read_manifest(folder)) {
    if (entry.abnormal.empty() || entry.mask.empty() || entry.status == "failed") continue;
    DefectPicture defect{{folder / entry.abnormal, folder / entry.mask, "", ""}, {}, {}};
    if (!entry.normal.empty()) defect.normal = folder / entry.normal;
    if (!entry.reference.empty() && !entry.reference_mask.empty())
      defect.reference = dataset::Reference{folder / entry.reference, folder / entry.reference_mask, "", ""};
    out.push_back(std::move(defect));
  }
  if (out.empty()) throw InputError((folder / "manifest.jsonl").string(), ": names no picture that was made");
  return out;
}

std::vector<DefectPicture> drawn(std::vector<DefectPicture> pictures, int limit, std::uint64_t seed) {
  if (pictures.size() <= static_cast<std::size_t>(limit)) return pictures;
  Rng rng(seed, "realism/pictures");
  rng.shuffle(pictures);
  pictures.resize(static_cast<std::size_t>(limit));
  return pictures;
}

int common_side(const std::vector<DefectPicture>& a, const std::vector<DefectPicture>& b) {
  const auto median = [](const std::vector<DefectPicture>& pictures) {
    std::vector<int> sides;
    for (std::size_t i = 0; i < std::min<std::size_t>(pictures.size(), 15); ++i) {
      const auto image = load_image(pictures[i].picture.image);
      sides.push_back(std::min(image.width(), image.height()));
    }
    std::ranges::sort(sides);
    return sides.at(sides.size() / 2);
  };
  return std::min(median(a), median(b));
}

MaskedImage reduced(const MaskedImage& picture, int side) {
  const cv::Mat rgb = picture.image.rgb8();
  const double scale = static_cast<double>(side) / std::min(rgb.cols, rgb.rows);
  if (scale >= 1) return {Image(rgb), picture.mask};
  const cv::Size size(cvRound(rgb.cols * scale), cvRound(rgb.rows * scale));
  cv::Mat small, share;
  cv::resize(rgb, small, size, 0, 0, cv::INTER_AREA);
  cv::resize(picture.mask.pixels(), share, size, 0, 0, cv::INTER_AREA);
  const Mask mask(share);
  return {Image(small), mask.is_empty() ? Mask(cv::Mat((share > 0))) : mask};
}

std::vector<Region> load_regions(const std::vector<DefectPicture>& pictures, int side) {
  std::vector<Region> out;
  for (const auto& defect : pictures) {
    auto group = defect.picture.image.string();
    if (defect.normal) {  // every item has its own copy of the scene
      const auto pixels = load_image(*defect.normal).rgb8();
      group = sha256_hex(pixels.data, pixels.total() * pixels.elemSize());
    }
    out.push_back(cut_region(reduced(dataset::load_reference(defect.picture), side), group));
  }
  return out;
}

namespace {

/// A picture as 48 x 48 pixels, CV_32FC3.
cv::Mat thumbnail(const fs::path& path) {
  cv::Mat small, out;
  cv::resize(load_image(path).rgb8(), small, {48, 48}, 0, 0, cv::INTER_AREA);
  small.convertTo(out, CV_32F);
  return out;
}

}  // namespace

void name_sources(std::vector<Region>& painted, const std::vector<DefectPicture>& painted_pictures,
                  std::vector<Region>& real, const std::vector<DefectPicture>& real_pictures) {
  std::map<std::string, fs::path> references;
  for (std::size_t i = 0; i < painted.size(); ++i) {
    const auto& reference = painted_pictures[i].reference;
    if (!reference) continue;
    painted[i].source = sha256_hex(read_file(reference->image) + read_file(reference->mask));
    references.emplace(painted[i].source, reference->image);
  }
  if (references.empty()) return;
  std::vector<cv::Mat> looks;
  for (const auto& picture : real_pictures) looks.push_back(thumbnail(picture.picture.image));
  for (const auto& [source, image] : references) {
    const auto look = thumbnail(image);
    std::size_t nearest = 0;
    for (std::size_t i = 1; i < looks.size(); ++i)
      if (cv::norm(look, looks[i], cv::NORM_L1) < cv::norm(look, looks[nearest], cv::NORM_L1)) nearest = i;
    real.at(nearest).source = source;
  }
}

std::vector<std::pair<std::size_t, std::size_t>> match_sizes(const std::vector<Region>& a,
                                                             const std::vector<Region>& b, double max_ratio) {
  std::vector<std::tuple<double, std::size_t, std::size_t>> near;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) {
      const double distance = std::abs(std::log(a[i].area / b[j].area));
      if (distance <= std::log(max_ratio)) near.emplace_back(distance, i, j);
    }
  std::ranges::sort(near);
  std::vector<bool> taken_a(a.size()), taken_b(b.size());
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const auto& [distance, i, j] : near) {
    if (taken_a[i] || taken_b[j]) continue;
    taken_a[i] = taken_b[j] = true;
    out.emplace_back(i, j);
  }
  return out;
}

}  // namespace unidg::evaluation
