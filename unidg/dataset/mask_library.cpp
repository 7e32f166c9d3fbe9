#include "unidg/dataset/mask_library.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/scenes.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

bool holds_references(const fs::path& folder) {
  if (fs::is_regular_file(folder / "manifest.jsonl")) return true;
  for (const auto& file : pictures_below(folder)) {
    if (is_mask_name(file.key)) continue;
    for (const auto& mask : mask_candidates(file.path))
      if (mask != file.path) return true;  // a file in mask/ is its own candidate
  }
  return false;
}

Mask resized(const Mask& mask, cv::Size size) {
  cv::Mat share;
  cv::resize(mask.pixels(), share, size, 0, 0, size.width < mask.width() ? cv::INTER_AREA : cv::INTER_LINEAR);
  Mask out(share);
  return out.is_empty() ? Mask(share > 0) : out;  // thin defects survive
}

}  // namespace

std::vector<fs::path> list_masks(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), ": no such masks folder");
  std::vector<fs::path> out;
  if (holds_references(folder))
    for (const auto& reference : read_references(folder)) out.push_back(reference.mask);
  else
    for (const auto& file : pictures_below(folder)) out.push_back(file.path);
  if (out.empty())
    throw InputError(folder.string(),
                     ": holds no mask (png, jpg, bmp, tif or webp), nor pictures with masks");
  std::sort(out.begin(), out.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.generic_string(), b.generic_string());
  });
  return out;
}

std::optional<MaskLibrary> MaskLibrary::parse(const std::string& words) {
  if (words.starts_with("like:")) return MaskLibrary{Use::Placed, list_masks(words.substr(5))};
  if (words.starts_with("from:")) return MaskLibrary{Use::AsTheyAre, list_masks(words.substr(5))};
  return std::nullopt;
}

Mask MaskLibrary::draw(const Mask& foreground, const SceneLayout& layout, std::size_t number,
                       const MaskConfig& config, Rng& rng) const {
  const auto& file = use == Use::Placed ? rng.pick(files) : files[number % files.size()];
  const auto mask = load_mask(file);
  if (mask.is_empty()) throw InputError(file.string(), ": the mask is empty, so it shows no place");
  return use == Use::Placed ? placed_mask(mask, foreground, layout, config, rng)
                            : resized(mask, foreground.pixels().size());
}

}  // namespace unidg::dataset
