#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "unidg/image/image.h"

namespace unidg::dataset {

/// A good photo and where to paint on it.
struct Scene {
  std::filesystem::path image;
  std::string
      name;  ///< path relative to the scenes folder without extension, '/' between folders: decides the id
  std::optional<std::filesystem::path> mask;  ///< none: the mask is drawn (`--masks auto`)
  std::string mask_name = "auto";             ///< stem of the mask file, or "auto": decides the id too
  std::string object;                         ///< product, where the layout tells it
};

/// Good photos from one file, a folder (with its subfolders) or an MVTec category (its train/good, else
/// test/good). Of a folder that unidg wrote its `normal` pictures, equal ones once. Sorted by name; files
/// named like masks beside a photo are left out.
/// @throws InputError when the path does not exist or holds no picture
std::vector<Scene> read_scenes(const std::filesystem::path& scenes);

/// Gives every scene its mask. `masks` is one file, which then serves all scenes, or a folder, paired by
/// relative path and stem (`_mask` ignored), else by stem alone when that is unambiguous.
/// @throws InputError naming the scenes without a mask, or with several
std::vector<Scene> pair_masks(std::vector<Scene> scenes, const std::filesystem::path& masks);

/// Decodes a scene. The mask is empty-sized when the scene has none.
/// @throws InputError when sizes differ (both are named) or the mask is empty
MaskedImage load_scene(const Scene& scene);

/// A photo that shows a defect.
struct Reference {
  std::filesystem::path image, mask;
  std::string type;    ///< defect type: the folder's name in MVTec layout, "" when unknown
  std::string object;  ///< product: the category's name in MVTec layout, "" when unknown
};

/// One reference; its mask is the file given or the one found beside it (stem_mask.png, ground_truth mirror,
/// masks/).
/// @throws InputError naming the places that were tried
Reference find_reference(const std::filesystem::path& image,
                         const std::optional<std::filesystem::path>& mask);

/// All references below a folder: MVTec categories, a folder that unidg wrote (its manifest), or pictures
/// with masks by the rules of find_reference. Sorted; pictures without a mask are counted and named in a
/// warning.
/// @throws InputError when there is none
std::vector<Reference> read_references(const std::filesystem::path& folder);

/// @throws InputError when the mask is empty or its size differs from the image's (both are named)
MaskedImage load_reference(const Reference& reference);

/// One of `references`, the same for the same seed and item whatever the order of items.
/// @param type only those of this defect type ("" = all): the whole type or its part behind a '+'
/// @throws InputError naming the known types when none fits
const Reference& pick_reference(const std::vector<Reference>& references, const std::string& type,
                                std::uint64_t seed, const std::string& item);

}  // namespace unidg::dataset
