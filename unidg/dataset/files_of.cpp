#include "unidg/dataset/files_of.h"

#include <algorithm>
#include <cctype>
#include <system_error>

#include "unidg/core/error.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kExtensions = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"};
const std::vector<std::string> kMaskSuffixes = {"_mask", "_gt", "_GT", "_label"};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The pictures in `folder` named `stem` with any extension.
void add_named(const fs::path& folder, const std::string& stem, std::vector<fs::path>& out) {
  for (const auto& extension : kExtensions) {
    for (const bool is_upper : {false, true}) {
      std::string name = stem + extension;
      if (is_upper)
        std::transform(name.end() - static_cast<std::ptrdiff_t>(extension.size()), name.end(),
                       name.end() - static_cast<std::ptrdiff_t>(extension.size()),
                       [](unsigned char c) { return std::toupper(c); });
      std::error_code ignored;
      if (fs::is_regular_file(folder / name, ignored)) out.push_back(folder / name);
    }
  }
}

void add_masks_named(const fs::path& folder, const std::string& stem, bool also_bare,
                     std::vector<fs::path>& out) {
  for (const auto& suffix : kMaskSuffixes) add_named(folder, stem + suffix, out);
  add_named(folder, "mask_" + stem, out);
  if (also_bare) add_named(folder, stem, out);
}

}  // namespace

bool is_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<PictureFile> pictures_below(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw InputError(folder.string(), ": no such folder");
  std::vector<PictureFile> out;
  auto walk =
      fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink, error);
  if (error) throw InputError(folder.string(), ": cannot be read: ", error.message());
  for (; walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (error) throw InputError(folder.string(), ": cannot be read: ", error.message());
    if (walk->path().filename().string().front() == '.') {
      if (walk->is_directory(error)) walk.disable_recursion_pending();
      continue;
    }
    if (!walk->is_regular_file(error) || !is_picture(walk->path())) continue;
    out.push_back(
        {walk->path(), walk->path().lexically_relative(folder).replace_extension().generic_string()});
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.key != b.key ? a.key < b.key : a.path < b.path; });
  return out;
}

bool natural_less(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto number = [&](const std::string& text, std::size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const std::size_t from = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return text.substr(from, at - from);
      };
      const auto x = number(a, i), y = number(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
    }
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;  // "01" and "1": any fixed order
}

std::string without_mask_suffix(const std::string& key) {
  for (const auto& suffix : kMaskSuffixes)
    if (ends_with(key, suffix)) return key.substr(0, key.size() - suffix.size());
  const auto slash = key.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  if (key.compare(name, 5, "mask_") == 0 && key.size() > name + 5)
    return key.substr(0, name) + key.substr(name + 5);
  return key;
}

std::vector<fs::path> mask_candidates(const fs::path& picture) {
  const std::string stem = picture.stem().string();
  const fs::path folder = picture.parent_path(), above = folder.parent_path();
  std::vector<fs::path> out;
  add_masks_named(folder, stem, false, out);
  if (above.filename() == "test")
    add_masks_named(above.parent_path() / "ground_truth" / folder.filename(), stem, true, out);
  for (const auto& place : {folder / "masks", folder / "mask", above / "masks", above / "mask"})
    add_masks_named(place, stem, true, out);
  return out;
}

}  // namespace unidg::dataset
