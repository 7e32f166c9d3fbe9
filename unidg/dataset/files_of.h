#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace unidg::dataset {

/// A picture inside a folder.
struct PictureFile {
  std::filesystem::path path;
  std::string key;  ///< path relative to the folder, '/' between folders, without extension
};

/// True for the extensions we read (png, jpg, jpeg, bmp, tif, tiff, webp), in any case.
bool is_picture(const std::filesystem::path& path);

/// Every picture below `folder`, sorted by key; hidden files and folders are left out.
/// @throws InputError when the folder does not exist or cannot be read
std::vector<PictureFile> pictures_below(const std::filesystem::path& folder);

/// Numbers inside names count as numbers: "2" before "10", "a9" before "a10".
bool natural_less(const std::string& a, const std::string& b);

/// The stem a mask belongs to: "012_mask" -> "012"; also _gt, _GT, _label and the prefix mask_. Other stems
/// come back as they are. Works on keys with folders.
std::string without_mask_suffix(const std::string& key);
inline bool is_mask_name(const std::string& key) { return without_mask_suffix(key) != key; }

/// Files that may hold the mask of `picture`, existing ones only, most specific place first: beside it, in
/// the MVTec mirror ground_truth/<type>/, in masks/ or mask/ beside it or beside its folder.
std::vector<std::filesystem::path> mask_candidates(const std::filesystem::path& picture);

}  // namespace unidg::dataset
