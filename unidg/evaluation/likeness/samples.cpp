#include "unidg/evaluation/likeness/samples.h"

#include <algorithm>
#include <map>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/scenes.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

using Types = std::map<std::pair<std::string, std::string>, LikenessType>;  // by object and type

LikenessSample sample_of(const fs::path& image) {
  const auto masks = dataset::mask_candidates(image);
  return {image, masks.empty() ? fs::path() : masks.front()};
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory()) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

/// "2" before "10": by number where both stems are numbers.
bool comes_first(const LikenessSample& a, const LikenessSample& b) {
  const auto number = [](const fs::path& path) {
    const auto stem = path.stem().string();
    const bool is_number =
        !stem.empty() && stem.size() < 18 && stem.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::stoll(stem) : -1;
  };
  const auto m = number(a.image), n = number(b.image);
  return m >= 0 && n >= 0 && m != n ? m < n : a.image < b.image;
}

void add_category(const fs::path& category, Types& types) {
  const auto object = fs::absolute(category).lexically_normal();
  const auto name =
      object.has_filename() ? object.filename().string() : object.parent_path().filename().string();
  for (const auto& folder : folders_in(category / "test")) {
    const auto type = folder.filename().string();
    if (type == "good") continue;
    LikenessType found{name, type, {}, {}};
    for (const auto& file : dataset::pictures_below(folder)) found.real.push_back(sample_of(file.path));
    if (found.real.empty()) continue;
    std::sort(found.real.begin(), found.real.end(), comes_first);
    types[{name, type}] = std::move(found);
  }
}

Types read_real(const fs::path& real) {
  if (!fs::is_directory(real)) throw InputError(real.string(), ": no such folder of real pictures");
  Types types;
  if (fs::is_directory(real / "test")) {
    add_category(real, types);
  } else {
    for (const auto& category : folders_in(real))
      if (fs::is_directory(category / "test")) add_category(category, types);
  }
  if (types.empty())
    throw InputError(real.string(),
                     ": holds no real defect pictures; expected the MVTec layout, test/<type>/NNN.png with "
                     "ground_truth/<type>/NNN_mask.png, or a folder of such categories");
  return types;
}

/// A generated picture with the folders above it, nearest last, below the generated folder.
struct Found {
  LikenessSample sample;
  std::vector<std::string> folders;
};

std::vector<Found> read_generated(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), ": no such folder of generated pictures");
  std::vector<Found> out;
  if (fs::is_regular_file(folder / "manifest.jsonl")) {
    for (const auto& reference : dataset::read_references(folder))
      out.push_back({{reference.image, reference.mask}, {reference.object, reference.type}});
    return out;
  }
  const auto files = dataset::pictures_below(folder);
  std::set<fs::path> masks;
  for (const auto& file : files)
    if (!dataset::is_mask_name(file.key))
      for (const auto& mask : dataset::mask_candidates(file.path)) masks.insert(mask.lexically_normal());
  for (const auto& file : files) {
    if (dataset::is_mask_name(file.key) || masks.contains(file.path.lexically_normal())) continue;
    Found found{sample_of(file.path), {}};
    const auto above = fs::path(file.key).parent_path();
    for (const auto& part : above) found.folders.push_back(part.string());
    if (std::find(found.folders.begin(), found.folders.end(), "ground_truth") == found.folders.end())
      out.push_back(std::move(found));
  }
  return out;
}

/// The type whose name a folder above the picture bears, the nearest first; with several objects, one above
/// it bears the object's.
LikenessType* find_type(const Found& found, Types& types) {
  std::vector<LikenessType*> fitting;
  for (auto folder = found.folders.rbegin(); folder != found.folders.rend() && fitting.empty(); ++folder)
    for (auto& [key, type] : types)
      if (key.second == *folder) fitting.push_back(&type);
  if (fitting.size() == 1) return fitting.front();
  for (auto* type : fitting)
    if (std::find(found.folders.begin(), found.folders.end(), type->object) != found.folders.end())
      return type;
  return nullptr;
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

std::vector<LikenessType> read_likeness_types(const fs::path& generated, const fs::path& real) {
  auto types = read_real(real);
  const auto found = read_generated(generated);
  if (found.empty()) throw InputError(generated.string(), ": holds no generated picture");
  std::set<std::string> strangers;
  for (const auto& picture : found) {
    if (auto* type = find_type(picture, types))
      type->generated.push_back(picture.sample);
    else
      strangers.insert(picture.folders.empty() ? "(no folder)" : picture.folders.back());
  }
  std::vector<LikenessType> out;
  std::set<std::string> known, without;
  for (auto& [key, type] : types) {
    known.insert(type.object + "/" + type.type);
    if (type.generated.empty())
      without.insert(type.object + "/" + type.type);
    else
      out.push_back(std::move(type));
  }
  if (out.empty())
    throw InputError(generated.string(),
                     ": no picture lies in a folder named like a real defect type; found ", joined(strangers),
                     "; the real types are ", joined(known));
  if (!strangers.empty())
    log_warning(generated.string(),
                ": pictures of types without real ones are left out: ", joined(strangers));
  if (!without.empty()) log_warning("no generated pictures of ", joined(without));
  return out;
}

}  // namespace unidg::evaluation
