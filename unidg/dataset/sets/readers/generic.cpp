#include <set>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"

namespace unidg::dataset::sets {
namespace {

const std::set<std::string> kImageFolders = {"images", "image",    "imgs",     "img",
                                             "rgb",    "original", "pictures", "photos"};
const std::set<std::string> kMaskFolders = {"masks", "mask",   "ground_truth", "groundtruth",  "gt",
                                            "label", "labels", "annotations",  "segmentation", "seg"};
const std::set<std::string> kGoodFolders = {"good",        "ok",    "normal",     "normals",      "no_defect",
                                            "defect_free", "clean", "defectfree", "non_defective"};
const std::set<std::string> kNeutral = {"train",  "training",   "test", "testing", "val",
                                        "valid",  "validation", "data", "dataset", "abnormal",
                                        "defect", "defects",    "bad",  "ng"};

/// What a name says about the kind of defect; other names say nothing.
std::string hinted_type(const std::string& name) {
  static const std::vector<std::pair<std::string, std::string>> hints = {
      {"pothole", "pothole"}, {"crack", "crack"}, {"kvasir", "polyp"},  {"cvc", "polyp"},
      {"polyp", "polyp"},     {"ulcer", "ulcer"}, {"rust", "rust"},     {"corrosion", "corrosion"},
      {"scratch", "scratch"}, {"isic", "lesion"}, {"lesion", "lesion"}, {"pitting", "pitting"}};
  const auto word = lower(name);
  for (const auto& [hint, type] : hints)
    if (word.find(hint) != std::string::npos) return type;
  return "";
}

std::string split_in(const std::string& path) {
  for (std::string rest = lower(path); !rest.empty(); rest = parent(rest)) {
    const auto word = leaf(rest);
    if (word == "train" || word == "training") return "train";
    if (word == "test" || word == "testing") return "test";
    if (word == "val" || word == "valid" || word == "validation") return "val";
  }
  return "";
}

struct Pair {
  std::string images, masks;
};

/// Folders of pictures with a folder of masks beside them, at most four levels down.
void find_pairs(const Tree& tree, const std::string& inside, int depth, std::vector<Pair>& out) {
  const auto folders = tree.list(inside).folders;
  std::string images, masks;
  for (const auto& name : folders) {
    if (images.empty() && kImageFolders.count(lower(name))) images = name;
    if (masks.empty() && kMaskFolders.count(lower(name))) masks = name;
  }
  if (!images.empty() && !masks.empty()) out.push_back({join(inside, images), join(inside, masks)});
  if (depth > 0)
    for (const auto& name : folders)
      if (name != images && name != masks) find_pairs(tree, join(inside, name), depth - 1, out);
}

std::vector<Pair> pairs(const Tree& tree) {
  std::vector<Pair> out;
  find_pairs(tree, "", 4, out);
  return out;
}

/// Path below `folder` without extension and mask suffix: what picture and mask have in common.
std::string key_in(const std::string& folder, const std::string& path) {
  const auto inside = path.substr(folder.size() + 1);
  return join(parent(inside), without_mask_suffix(stem(inside)));
}

void read_pair(const Tree& tree, const Pair& pair, const Take& take, Notes& notes) {
  std::map<std::string, std::string> masks;
  tree.each_picture(pair.masks, [&](const std::string& path) {
    if (!masks.emplace(key_in(pair.masks, path), path).second)
      notes.add("several masks of one name; the first is used", path);
  });
  auto type = hinted_type(pair.images);
  if (type.empty()) type = hinted_type(tree.name());
  std::set<std::string> used;
  tree.each_picture(pair.images, [&](const std::string& path) {
    const auto inside = path.substr(pair.images.size() + 1);
    const auto bare = join(parent(inside), stem(inside));
    auto mask = masks.find(bare);
    if (mask == masks.end()) mask = masks.find(key_in(pair.images, path));
    if (mask == masks.end()) {
      notes.add("pictures without a mask are left out", path);
      return;
    }
    used.insert(mask->first);
    Sample sample;
    sample.id = sample_id(path), sample.image = tree.file(path);
    sample.split = split_in(parent(path));
    sample.type = type.empty() ? "defect" : type;
    sample.parts.push_back({sample.type, MaskFile{tree.file(mask->second)}});
    sample.empty_mask_is_good = true;
    take(std::move(sample));
  });
  for (const auto& [key, path] : masks)
    if (!used.count(key)) notes.add("masks without a picture", path);
}

Recognition recognise_pairs(const Tree& tree) {
  const auto found = pairs(tree);
  if (found.empty()) return {};
  for (const auto& name : tree.list(found.front().masks).files)
    if (is_picture(name))
      return {0.7, text("pictures in ", found.front().images, "/, masks in ", found.front().masks, "/")};
  for (const auto& folder : tree.list(found.front().masks).folders)
    for (const auto& name : tree.list(join(found.front().masks, folder)).files)
      if (is_picture(name))
        return {0.65,
                text("pictures below ", found.front().images, "/, masks below ", found.front().masks, "/")};
  return {};
}

/// One folder of the generic layout: pictures with masks beside them by name, or in a folder of the same
/// name.
void read_folder(const Tree& tree, const std::string& folder, const Take& take, Notes& notes) {
  const auto listing = tree.list(folder);
  std::map<std::string, std::vector<std::string>> masks;  // of which stem
  std::set<std::string> stems;
  for (const auto& name : listing.files)
    if (is_picture(name) && !is_mask_name(stem(name))) stems.insert(stem(name));
  for (const auto& name : listing.files)
    if (is_picture(name) && is_mask_name(stem(name)))
      masks[without_mask_suffix(stem(name))].push_back(join(folder, name));
  std::set<std::string> mask_folders;
  for (const auto& name : listing.folders) {
    if (!stems.count(name)) continue;
    mask_folders.insert(name);
    tree.each_picture(join(folder, name), [&](const std::string& path) { masks[name].push_back(path); });
  }
  const bool is_good = kGoodFolders.count(lower(leaf(folder))) > 0;
  std::string type = leaf(folder);
  if (type.empty() || kNeutral.count(lower(type)) || kImageFolders.count(lower(type)))
    type = hinted_type(join(tree.name(), folder));
  for (const auto& name : listing.files) {
    if (!is_picture(name) || is_mask_name(stem(name))) continue;
    const auto path = join(folder, name);
    Sample sample;
    sample.id = sample_id(path), sample.image = tree.file(path), sample.split = split_in(folder),
    sample.type = "good";
    if (!is_good) {
      sample.type = type.empty() ? "defect" : type;
      for (const auto& mask : masks[stem(name)])
        sample.parts.push_back({sample.type, MaskFile{tree.file(mask)}});
      if (sample.parts.empty()) {
        notes.add("neither a mask nor a folder that says good: left out", path);
        continue;
      }
    }
    take(std::move(sample));
  }
  for (const auto& [of, files] : masks)
    if (!stems.count(of)) notes.add("masks without a picture", files.front());
  for (const auto& name : listing.folders)
    if (!mask_folders.count(name)) read_folder(tree, join(folder, name), take, notes);
}

}  // namespace

DatasetReader paired_folders_reader() {
  return {"pairs",
          "images/ and masks/ with the same names (crack sets, Kvasir-SEG and other medical sets); a black "
          "mask means good",
          recognise_pairs, [](const Tree& tree, const Take& take, Notes& notes) {
            const auto found = pairs(tree);
            if (found.empty())
              throw InputError(tree.root().string(), ": no folder of images beside a folder of masks");
            for (const auto& pair : found) read_pair(tree, pair, take, notes);
          }};
}

DatasetReader generic_reader() {
  return {"folder",
          "pictures with NAME_mask beside them or a folder NAME of masks; the folder's name is the type, "
          "good/ holds good ones",
          [](const Tree&) {
            return Recognition{0.2, "nothing more specific fits"};
          },
          [](const Tree& tree, const Take& take, Notes& notes) { read_folder(tree, "", take, notes); }};
}

}  // namespace unidg::dataset::sets
