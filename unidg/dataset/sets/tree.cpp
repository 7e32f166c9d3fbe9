#include "unidg/dataset/sets/tree.h"

#include <algorithm>
#include <cctype>
#include <system_error>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"

namespace unidg::dataset::sets {
namespace fs = std::filesystem;

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : name.empty() ? folder : folder + "/" + name;
}
std::string leaf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string parent(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}
std::string stem(const std::string& path) {
  const auto name = leaf(path);
  const auto dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}
std::string lower(std::string words) {
  for (auto& c : words) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return words;
}

Tree::Tree(fs::path root, Notes* notes) : root_(std::move(root)), notes_(notes) {
  std::error_code error;
  if (!fs::is_directory(root_, error))
    throw InputError(root_.string(), fs::exists(root_, error)
                                         ? ": is a file; give the folder that holds the data set"
                                         : ": no such folder");
  canonical_ = fs::canonical(root_, error);
  if (error) throw InputError(root_.string(), ": cannot be read: ", error.message());
}

std::string Tree::name() const { return canonical_.filename().string(); }

bool Tree::stays_inside(const fs::path& path) const {
  std::error_code error;
  const auto real = fs::canonical(path, error);
  if (error) return false;
  const auto [root_end, ignored] =
      std::mismatch(canonical_.begin(), canonical_.end(), real.begin(), real.end());
  return root_end == canonical_.end();
}

Tree::Listing Tree::list(const std::string& inside) const {
  Listing out;
  std::error_code error;
  const fs::path folder = inside.empty() ? root_ : root_ / fs::path(inside);
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.empty() || name.front() == '.' || name == "__MACOSX") continue;
    std::error_code status;
    const bool is_link = entry->is_symlink(status), is_folder = entry->is_directory(status);
    if (is_folder) {
      if (!is_link)
        out.folders.push_back(name);
      else if (notes_)
        notes_->add("links to folders are not followed", join(inside, name));
    } else if (entry->is_regular_file(status)) {
      if (!is_link || stays_inside(entry->path()))
        out.files.push_back(name);
      else if (notes_)
        notes_->add("links that leave the data set's folder are left out", join(inside, name));
    }
  }
  std::sort(out.folders.begin(), out.folders.end(), natural_less);
  std::sort(out.files.begin(), out.files.end(), natural_less);
  return out;
}

bool Tree::has_file(const std::string& inside) const {
  std::error_code error;
  return fs::is_regular_file(root_ / fs::path(inside), error);
}
bool Tree::has_folder(const std::string& inside) const {
  std::error_code error;
  return fs::is_directory(root_ / fs::path(inside), error);
}

FileRef Tree::named(const std::string& inside, const std::string& where) const {
  const fs::path path(inside);
  bool leaves = inside.empty() || path.is_absolute() || inside.find('\0') != std::string::npos ||
                inside.find('\\') != std::string::npos;
  for (const auto& step : path) leaves = leaves || step == "..";
  std::error_code error;
  const auto whole = root_ / path;
  if (!leaves && fs::exists(whole, error)) leaves = !stays_inside(whole);
  if (leaves)
    throw FormatError(where, ": names the file '", inside, "', expected one inside ", root_.string());
  return {whole};
}

void Tree::each_picture(const std::string& inside,
                        const std::function<void(const std::string&)>& visit) const {
  const auto listing = list(inside);
  for (const auto& name : listing.files)
    if (is_picture(name)) visit(join(inside, name));
  for (const auto& name : listing.folders) each_picture(join(inside, name), visit);
}

std::map<std::string, std::string> pictures_by_stem(const Tree& tree, const std::string& folder) {
  std::map<std::string, std::string> out;
  for (const auto& name : tree.list(folder).files)
    if (is_picture(name)) out.emplace(stem(name), join(folder, name));
  return out;
}

}  // namespace unidg::dataset::sets
