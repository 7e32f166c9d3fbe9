#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/dataset/masks.h"
#include "unidg/dataset/scenes.h"
#include "unidg/dataset/templates/library.h"

namespace unidg::dataset::templates {

/// Where masks may lie in a scene, besides on the product.
struct RegionOfInterest {
  std::filesystem::path foreground;        ///< masks of the product itself, in place of `unidg::foreground`
  std::filesystem::path include, exclude;  ///< one mask for all scenes of its size, or a folder; empty: none
  std::filesystem::path boxes;  ///< NVIDIA's ROI JSON: [{"image_path", "boxes": [[x1, y1, x2, y2]]}]
};

/// The allowed part of every scene: on its foreground, inside `include`, outside `exclude`, inside the boxes.
class Allowed {
 public:
  /// Reads the ROI file and pairs regions with scenes. @throws InputError, FormatError naming file and entry
  Allowed(const RegionOfInterest& roi, const std::vector<Scene>& scenes);
  /// @throws InputError naming the scene when nothing is left, or a mask has another size
  Mask of(const Scene& scene, const Image& image) const;

 private:
  using Files = std::map<std::string, std::filesystem::path>;  ///< by the scene's name
  static Files paired(const std::filesystem::path& from, std::vector<Scene> scenes);
  static std::optional<Mask> region(const Files& files, const Scene& scene, cv::Size size);
  Files foreground_, include_, exclude_;
  std::filesystem::path boxes_file_;
  std::vector<std::pair<std::string, std::vector<cv::Rect>>> boxes_;  ///< by stem
};

struct PlaceConfig {
  std::string pick = "weighted";  ///< weighted: clusters by their masks and by how well they fit | even
  bool may_touch_border = false;  ///< else only masks that touched the border in their own picture do
  double least_fit = 0.3;         ///< a cluster that fits the product less is left out where others fit
  MaskConfig placing;             ///< turn, mirror, scale and overlap
};
void fields(FieldVisitor& visit, PlaceConfig& c);

/// How well masks like this one fit on a product, 0 to 1: its box against the product's, and its area against
/// a quarter of the product's (App. A.1: "compatible with the foreground").
double fit_of(const Member& member, const Mask& allowed);

struct PlacedMask {
  Mask mask;               ///< inside `allowed`
  std::size_t member = 0;  ///< of the library
};
/// A mask of this category laid on the product: a cluster is drawn, one of its masks, its turn and place.
/// @param allowed not empty
/// @throws InputError when the library has no mask of the category (those it has are named)
PlacedMask place(const TemplateLibrary& library, int category, const Mask& allowed, const PlaceConfig& config,
                 Rng& rng);

}  // namespace unidg::dataset::templates
