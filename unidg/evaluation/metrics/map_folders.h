#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "unidg/evaluation/metrics/detection.h"

namespace unidg::evaluation {

/// A score map on disk and its truth.
struct MapFile {
  std::string key;  ///< path relative to the folder without extension and `_mask`
  std::filesystem::path map;
  std::optional<std::filesystem::path> truth;  ///< none: a normal image
};

/// Maps (.npy, .png) below `maps`, each with its truth below `truths`, paired by relative path and stem;
/// sorted by key. @throws InputError when a folder is missing or holds nothing, a name occurs twice, or a
/// truth has no map (all are counted, the first is named)
std::vector<MapFile> pair_maps(const std::filesystem::path& maps, const std::filesystem::path& truths);

/// A score map. .npy as read_npy; a grey PNG of 8 or 16 bits becomes [0, 1]. @throws InputError
cv::Mat read_score_map(const std::filesystem::path& path);

/// A truth: CV_8UC1, 0 ... 255; 16 bits are scaled. @throws InputError when it has colours or holds class
/// labels (its largest value is 1 to 15)
cv::Mat read_truth(const std::filesystem::path& path);

/// Every map of a folder, with a progress bar. @throws InputError naming the map that cannot be scored
DetectionScorer score_folders(const std::filesystem::path& maps, const std::filesystem::path& truths,
                              const MetricConfig& config = {});

}  // namespace unidg::evaluation
