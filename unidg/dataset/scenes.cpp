#include "unidg/dataset/scenes.h"

#include <map>
#include <set>
#include <system_error>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/manifest.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNamed = 5;  ///< at most so many offenders are spelled out

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) out += (i ? ", " : "") + names[i];
  if (names.size() > kNamed) out += text(" and ", names.size() - kNamed, " more");
  return out;
}

/// The folder that holds the good photos: an MVTec category keeps them in train/good.
fs::path good_folder(const fs::path& folder) {
  for (const char* inside : {"train/good", "test/good"})
    if (fs::is_directory(folder / inside)) return folder / inside;
  return folder;
}

/// The good photos of a folder that unidg wrote: its `normal` pictures, each content once.
std::vector<Scene> scenes_of_manifest(const fs::path& folder) {
  std::set<std::string> normals;
  for (const auto& file : manifest_files(folder))
    for (const auto& entry : read_manifest_file(file))
      if (!entry.normal.empty()) normals.insert(entry.normal);
  std::map<std::uintmax_t, std::vector<std::string>> by_size;
  for (const auto& path : normals) by_size[fs::file_size(folder / path)].push_back(path);
  std::set<std::string> kept;
  for (const auto& [size, paths] : by_size) {
    std::set<std::string> hashes;
    for (const auto& path : paths)
      if (paths.size() == 1 || hashes.insert(sha256_hex(read_file(folder / path))).second) kept.insert(path);
  }
  std::vector<Scene> out;
  for (const auto& path : kept)
    out.push_back({folder / path, fs::path(path).stem().string(), std::nullopt, "auto", ""});
  return out;
}

}  // namespace

std::vector<Scene> read_scenes(const fs::path& scenes) {
  std::error_code ignored;
  if (fs::is_regular_file(scenes, ignored))
    return {{scenes, scenes.stem().string(), std::nullopt, "auto", ""}};
  if (!fs::is_directory(scenes, ignored)) throw InputError(scenes.string(), ": no such scene file or folder");
  if (!manifest_files(scenes).empty()) {
    auto out = scenes_of_manifest(scenes);
    if (out.empty())
      throw InputError(scenes.string(), ": none of the pictures that unidg wrote here has a normal picture");
    return out;
  }
  const fs::path folder = good_folder(scenes);
  const auto files = pictures_below(folder);
  std::set<std::string> keys;
  for (const auto& file : files) keys.insert(file.key);
  const std::string object =
      folder == scenes ? "" : fs::absolute(scenes / ".").lexically_normal().parent_path().filename().string();
  std::vector<Scene> out;
  for (const auto& file : files) {
    if (is_mask_name(file.key) && keys.count(without_mask_suffix(file.key)))
      continue;  // the mask of its neighbour
    if (!out.empty() && out.back().name == file.key)
      throw InputError("scenes ", out.back().image.string(), " and ", file.path.string(),
                       " differ only in their extension; their results would share a name. Rename one.");
    out.push_back({file.path, file.key, std::nullopt, "auto", object});
  }
  if (out.empty())
    throw InputError(folder.string(), ": the scenes folder holds no picture (png, jpg, bmp, tif or webp)");
  return out;
}

std::vector<Scene> pair_masks(std::vector<Scene> scenes, const fs::path& masks) {
  std::error_code ignored;
  if (fs::is_regular_file(masks, ignored)) {
    for (auto& scene : scenes) scene.mask = masks, scene.mask_name = masks.stem().string();
    return scenes;
  }
  if (!fs::is_directory(masks, ignored)) throw InputError(masks.string(), ": no such mask file or folder");

  std::set<fs::path> photos;
  for (const auto& scene : scenes) photos.insert(fs::weakly_canonical(scene.image, ignored));
  std::map<std::string, std::vector<fs::path>> by_key, by_stem;
  std::size_t count = 0;
  for (const auto& file : pictures_below(masks)) {
    // In a folder that holds photos and masks together, only files named like masks are masks.
    if (photos.count(fs::weakly_canonical(file.path, ignored))) continue;
    const std::string key = without_mask_suffix(file.key);
    by_key[key].push_back(file.path);
    by_stem[fs::path(key).filename().string()].push_back(file.path);
    ++count;
  }
  if (count == 0)
    throw InputError(masks.string(), ": the masks folder holds no picture (png, jpg, bmp, tif or webp)");

  std::vector<std::string> missing, ambiguous;
  std::size_t used = 0;
  for (auto& scene : scenes) {
    const auto exact = by_key.find(scene.name);
    const auto alike = by_stem.find(fs::path(scene.name).filename().string());
    const auto* found = exact != by_key.end()    ? &exact->second
                        : alike != by_stem.end() ? &alike->second
                                                 : nullptr;
    if (!found) {
      missing.push_back(scene.name);
    } else if (found->size() > 1) {
      ambiguous.push_back(text(scene.name, " (", (*found)[0].filename().string(), ", ",
                               (*found)[1].filename().string(), ")"));
    } else {
      scene.mask = found->front();
      scene.mask_name = without_mask_suffix(
          fs::path(*scene.mask).lexically_relative(masks).replace_extension().generic_string());
      ++used;
    }
  }
  if (!missing.empty())
    throw InputError("mask missing for ", missing.size() == 1 ? "scene " : "scenes ", listed(missing),
                     " below ", masks.string(), " (looked for ", missing.front(), "_mask.png and ",
                     missing.front(),
                     ".png there). Masks pair by relative path and stem; pass --masks auto to draw them.");
  if (!ambiguous.empty())
    throw InputError("several masks for ", ambiguous.size() == 1 ? "scene " : "scenes ", listed(ambiguous),
                     " below ", masks.string(), ". Keep one of each.");
  if (used < count)
    log_warning(count - used, " of ", count, " masks below ", masks.string(),
                " belong to no scene and are not used");
  return scenes;
}

MaskedImage load_scene(const Scene& scene) {
  MaskedImage out;
  out.image = load_image(scene.image);
  if (!scene.mask) return out;
  out.mask = load_mask(*scene.mask);
  if (out.mask.width() != out.image.width() || out.mask.height() != out.image.height())
    throw InputError(scene.mask->string(), ": the mask is ", out.mask.width(), "x", out.mask.height(),
                     " but scene ", scene.image.string(), " is ", out.image.width(), "x", out.image.height(),
                     ". A mask needs its scene's size.");
  if (out.mask.is_empty())
    throw InputError(scene.mask->string(),
                     ": the mask is empty, so there is nowhere to paint. White marks the place.");
  return out;
}

}  // namespace unidg::dataset
