#include "unidg/evaluation/metrics/map_folders.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/files_of.h"
#include "unidg/evaluation/metrics/npy.h"
#include "unidg/image/image.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

std::string extension_of(const fs::path& path) {
  std::string out = path.extension().string();
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Files below a folder by key, hidden ones left out.
std::map<std::string, fs::path> files_by_key(const fs::path& folder,
                                             const std::vector<std::string>& extensions,
                                             const std::string& what) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw InputError(folder.string(), ": no such folder (expected ", what, ")");
  std::map<std::string, fs::path> out;
  for (auto walk = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
       walk != fs::recursive_directory_iterator(); ++walk) {
    if (walk->path().filename().string().front() == '.') {
      if (walk->is_directory()) walk.disable_recursion_pending();
      continue;
    }
    if (!walk->is_regular_file() ||
        std::ranges::find(extensions, extension_of(walk->path())) == extensions.end())
      continue;
    const auto key = dataset::without_mask_suffix(
        walk->path().lexically_relative(folder).replace_extension().generic_string());
    const auto [at, is_new] = out.emplace(key, walk->path());
    if (!is_new)
      throw InputError(walk->path().string(), ": has the same name as ", at->second.string(),
                       " (extension and _mask do not count). Keep one of the two.");
  }
  if (out.empty()) throw InputError(folder.string(), ": holds no ", what);
  return out;
}

cv::Mat grey_of(const Image& image, const fs::path& path, const std::string& what) {
  if (!image.is_grey()) throw InputError(path.string(), ": has colours; ", what, " is grey");
  cv::Mat grey;
  cv::extractChannel(image.pixels(), grey, 0);
  return grey;
}

}  // namespace

std::vector<MapFile> pair_maps(const fs::path& maps, const fs::path& truths) {
  const auto map_files = files_by_key(maps, {".npy", ".png"}, "score map (.npy or .png)");
  auto truth_files = files_by_key(truths, {".png"}, "truth (.png, above 127 is defect)");
  std::vector<MapFile> out;
  for (const auto& [key, path] : map_files) {
    const auto truth = truth_files.extract(key);
    out.push_back({key, path, truth ? std::optional(truth.mapped()) : std::nullopt});
  }
  if (!truth_files.empty()) {
    const auto& [key, path] = *truth_files.begin();
    throw InputError(path.string(), ": this truth has no map: neither ", (maps / key).string(),
                     ".npy nor .png (", truth_files.size(),
                     " such in all). Every defect counts, so every truth needs its map.");
  }
  return out;
}

cv::Mat read_score_map(const fs::path& path) {
  if (extension_of(path) == ".npy") return read_npy(path);
  const auto image = load_image(path);
  cv::Mat map;
  grey_of(image, path, "a score map")
      .convertTo(map, CV_32F, bit_depth(image.format()) == 16 ? 1.0 / 65535 : 1.0 / 255);
  return map;
}

cv::Mat read_truth(const fs::path& path) {
  const auto image = load_image(path);
  cv::Mat truth;
  grey_of(image, path, "a truth").convertTo(truth, CV_8U, bit_depth(image.format()) == 16 ? 1.0 / 257 : 1.0);
  double largest = 0;
  cv::minMaxLoc(truth, nullptr, &largest);
  if (largest >= 1 && largest <= 15)
    throw InputError(path.string(), ": its largest value is ", largest,
                     ", so it seems to hold class labels; a truth is 0 and 255 (above 127 is defect)");
  return truth;
}

DetectionScorer score_folders(const fs::path& maps, const fs::path& truths, const MetricConfig& config) {
  const auto files = pair_maps(maps, truths);
  DetectionScorer scorer(config);
  Progress progress("score maps", static_cast<std::int64_t>(files.size()));
  for (const auto& file : files) {
    if (interrupted()) throw Interrupted("stopped before all maps were read");
    scorer.add(read_score_map(file.map), file.truth ? read_truth(*file.truth) : cv::Mat(), file.map.string());
    progress.advance();
  }
  return scorer;
}

}  // namespace unidg::evaluation
