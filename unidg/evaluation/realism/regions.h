#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unidg/dataset/scenes.h"

namespace unidg::evaluation {

/// A defect and what surrounds it, in the picture's own pixels.
struct Region {
  cv::Mat rgb;         ///< CV_8UC3
  cv::Mat mask;        ///< CV_8UC1, same size, 255 = defect
  double area = 0;     ///< pixels of the largest component, which the window surrounds
  std::string group;   ///< regions of one group share a part; they are never in training and test at once
  std::string source;  ///< likewise: the reference it was painted from (and its real picture); empty: none
};

/// The largest 8-neighbour component with a margin of a quarter of its box, at least 28 pixels.
Region cut_region(const MaskedImage& picture, std::string group);

/// A defective picture of a folder, with what its manifest tells of it.
struct DefectPicture {
  dataset::Reference picture;
  std::optional<std::filesystem::path> normal;  ///< the good picture that was painted on
  std::optional<dataset::Reference> reference;  ///< whose defect was painted
};

/// Pictures of a folder that unidg wrote (failed ones left out) or of any that dataset::read_references
/// reads.
/// @throws InputError when there is none
std::vector<DefectPicture> read_defects(const std::filesystem::path& folder);

/// At most `limit` of them, drawn by seed.
std::vector<DefectPicture> drawn(std::vector<DefectPicture> pictures, int limit, std::uint64_t seed);

/// The scale at which two sets are compared: the smaller of their median shorter sides (over the first 15 of
/// each), pixels. Else resolution alone would tell them apart.
int common_side(const std::vector<DefectPicture>& a, const std::vector<DefectPicture>& b);

/// The picture reduced by area until its shorter side is `side`; smaller ones stay. 8-bit RGB. The mask never
/// vanishes.
MaskedImage reduced(const MaskedImage& picture, int side);

/// Their regions at that scale, in order. Group: the pixels of the scene where it is known, else the picture.
std::vector<Region> load_regions(const std::vector<DefectPicture>& pictures, int side);

/// Names the source of every painted region, its reference by content, and gives the same source to the real
/// picture that looks most like the reference (it is that picture wherever the reference is one of them).
void name_sources(std::vector<Region>& painted, const std::vector<DefectPicture>& painted_pictures,
                  std::vector<Region>& real, const std::vector<DefectPicture>& real_pictures);

/// Pairs of (a, b) with the nearest areas on a log scale, nearest first, each region once.
/// @param max_ratio of the larger to the smaller area
std::vector<std::pair<std::size_t, std::size_t>> match_sizes(const std::vector<Region>& a,
                                                             const std::vector<Region>& b, double max_ratio);

}  // namespace unidg::evaluation
