#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::sets {

/// Areas and places of one category's masks.
struct CategoryStats {
  static constexpr int kBins = 24;  ///< of log2(area share), one a factor of 2: bin 0 is [1/2, 1]
  static constexpr int kGrid = 16;  ///< cells a side of the position map
  std::size_t count = 0;
  std::array<std::size_t, kBins> areas{};
  std::array<double, kGrid * kGrid> places{};  ///< sum of each mask's share a cell; each mask counts 1
  std::map<std::string, std::size_t> types;    ///< "source/type"
  /// Area share below which `part` of the masks lie, from the bins (log-linear inside a bin).
  double area_quantile(double part) const;
};

struct SetStats {
  std::size_t entries = 0, abnormal = 0, normal = 0, with_counterpart = 0, with_caption = 0;
  std::map<std::string, std::size_t> sources, objects, splits, licences, domains, origins, mask_kinds, sizes;
  std::map<int, CategoryStats> categories;  ///< -1: not mapped
};

/// Counts, areas and positions. Memory does not grow with the set. @throws Interrupted
SetStats measure_set(const std::filesystem::path& set, int threads = 0);

Json to_json(const SetStats& stats, const Taxonomy& taxonomy);
/// A table for the terminal.
std::string to_text(const SetStats& stats, const Taxonomy& taxonomy);
/// Writes stats.html and stats.json. @returns the page
std::filesystem::path write_stats(const SetStats& stats, const Taxonomy& taxonomy, const std::string& title,
                                  const std::filesystem::path& to);

}  // namespace unidg::dataset::sets
