#include <set>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"

namespace unidg::dataset::sets {
namespace {

const std::set<std::string> kSplitFolders = {"train",       "test",         "validation", "val",
                                             "test_public", "test_private", "Train",      "Test"};
const std::set<std::string> kGood = {"good", "ok", "OK", "Good", "normal", "Normal"};

std::string split_word(const std::string& folder) {
  const auto word = lower(folder);
  return word == "train" ? "train" : word.rfind("val", 0) == 0 ? "val" : "test";
}

/// Folders that hold a split with type folders, at most three levels down: one a product.
void find_products(const Tree& tree, const std::string& inside, int depth, std::vector<std::string>& out) {
  const auto folders = tree.list(inside).folders;
  for (const auto& name : folders) {
    if (!kSplitFolders.count(name)) continue;
    const auto types = tree.list(join(inside, name)).folders;
    const bool has_good = std::any_of(types.begin(), types.end(), [](auto& t) { return kGood.count(t) > 0; });
    if (!has_good && !(tree.has_folder(join(inside, "ground_truth")) && !types.empty())) continue;
    out.push_back(inside);
    return;
  }
  if (depth == 0) return;
  for (const auto& name : folders)
    if (!kSplitFolders.count(name) && name != "ground_truth")
      find_products(tree, join(inside, name), depth - 1, out);
}

std::vector<std::string> products(const Tree& tree) {
  std::vector<std::string> out;
  find_products(tree, "", 3, out);
  return out;
}

std::string object_of(const Tree& tree, const std::string& product) {
  auto name = leaf(product) == "RGB" ? parent(product) : product;  // MulSen-AD
  return name.empty() ? tree.name() : name;
}

/// Masks of one type: stem of the picture -> files. A folder named like the picture holds several (LOCO).
class TypeMasks {
 public:
  TypeMasks(const Tree& tree, const std::string& product, const std::string& split, const std::string& type)
      : tree_(tree) {
    for (const auto& place :
         {join(product, "ground_truth/" + type), join(product, split + "/ground_truth/" + type),
          join(product, "GT/" + type), join(product, split + "/" + type + "/gt")}) {
      const auto listing = tree.list(place);
      for (const auto& file : listing.files)
        if (is_picture(file)) files_[without_mask_suffix(stem(file))].push_back(join(place, file));
      for (const auto& folder : listing.folders) folders_[folder] = join(place, folder);
    }
  }
  std::vector<std::string> of(const std::string& picture) {
    const auto name = without_mask_suffix(stem(picture)) == stem(picture) ? stem(picture) : picture;
    used_.insert(name);
    if (const auto found = files_.find(name); found != files_.end()) return found->second;
    std::vector<std::string> out;
    if (const auto found = folders_.find(name); found != folders_.end())
      for (const auto& file : tree_.list(found->second).files)
        if (is_picture(file)) out.push_back(join(found->second, file));
    return out;
  }
  void note_orphans(Notes& notes) const {
    for (const auto& [name, files] : files_)
      if (!used_.count(name)) notes.add("masks without a picture", files.front());
    for (const auto& [name, folder] : folders_)
      if (!used_.count(name)) notes.add("masks without a picture", folder);
  }

 private:
  const Tree& tree_;
  std::map<std::string, std::vector<std::string>> files_;
  std::map<std::string, std::string> folders_;
  std::set<std::string> used_;
};

/// What tells one set of the family from another.
struct Member {
  std::string name, layout, domain, licence;
  std::set<std::string> objects;  ///< its products' folder names
  std::string marker;             ///< a type folder no other set has
};

const std::vector<Member>& members() {
  static const std::string kMvtec = "CC BY-NC-SA 4.0";
  static const std::vector<Member> all = {
      {"mvtec-ad",
       "MVTec AD: <object>/{train,test}/<type>, ground_truth/<type>/NNN_mask.png",
       "industrial",
       kMvtec,
       {"bottle", "cable", "capsule", "carpet", "grid", "hazelnut", "leather", "metal_nut", "pill", "screw",
        "tile", "toothbrush", "transistor", "wood", "zipper"},
       ""},
      {"mvtec-loco",
       "MVTec LOCO: ground_truth/<type>/NNN/000.png, several masks a picture",
       "industrial",
       kMvtec,
       {"breakfast_box", "juice_bottle", "pushpins", "screw_bag", "splicing_connectors"},
       "logical_anomalies"},
      {"mvtec-ad2",
       "MVTec AD 2: test_public/{good,bad}, test_public/ground_truth/bad",
       "industrial",
       kMvtec,
       {"can", "fabric", "fruit_jelly", "rice", "sheet_metal", "vial", "wallplugs", "walnuts"},
       ""},
      {"btad",
       "BTAD: {01,02,03}/train/ok, test/{ok,ko}, ground_truth/ko",
       "industrial",
       "",
       {"01", "02", "03"},
       "ko"},
      {"mpdd",
       "MPDD: as MVTec AD",
       "industrial",
       kMvtec,
       {"bracket_black", "bracket_brown", "bracket_white", "connector", "metal_plate", "tubes"},
       ""},
      {"3cad",
       "3CAD: <object>/{train,test}/<type>, ground_truth/<type>/ with the picture's own stem",
       "industrial",
       "",
       {"Aluminum_Camera_Cover", "Aluminum_Ipad", "Aluminum_Middle_Frame", "Aluminum_New_Middle_Frame",
        "Aluminum_New_Ipad", "Aluminum_Pc", "Copper_Stator", "Iron_Stator", "ACC", "AI", "AMF", "ANMF", "ANI",
        "AP", "CS", "IS"},
       ""},
      {"goodsad",
       "GoodsAD: as MVTec AD",
       "industrial",
       "",
       {"cigarette_box", "drink_bottle", "drink_can", "food_bottle", "food_box", "food_package"},
       ""},
      {"manta", "MANTA: <group>/<object>/{train,test}/<type>, ground_truth/<type>", "", "", {}, ""},
      {"mvtec-layout",
       "any set in MVTec's layout, also AutoVI, MulSen-AD (RGB) and MVTec 3D (rgb, gt)",
       "",
       "",
       {},
       ""}};
  return all;
}

Recognition recognise_member(const Member& member, const Tree& tree) {
  const auto found = products(tree);
  if (found.empty()) return {};
  std::size_t known = 0, nested = 0, masks = 0;
  bool has_marker = false;
  for (const auto& product : found) {
    known += member.objects.count(leaf(object_of(tree, product)));
    nested += parent(product).empty() || leaf(product) == "RGB" ? 0 : 1;
    masks += tree.has_folder(join(product, "ground_truth")) || tree.has_folder(join(product, "GT")) ||
             tree.has_folder(join(product, "test_public/ground_truth"));
    if (!member.marker.empty())
      for (const auto& place : {"test/", "ground_truth/"})
        has_marker = has_marker || tree.has_folder(join(product, place + member.marker));
  }
  const auto seen = text(found.size(), found.size() == 1 ? " product" : " products",
                         " with split and type folders, ", masks, " with ground_truth");
  const double base = masks > 0 ? 0.85 : 0.6;
  if (member.name == "mvtec-layout") return {base, seen};
  if (member.name == "manta")
    return {nested == found.size() && nested > 1 ? base + 0.03 : 0, seen + ", all inside group folders"};
  const bool fits = 2 * known > found.size() && (member.marker.empty() || has_marker);
  if (has_marker && member.name != "btad") return {base + 0.12, seen + ", type " + member.marker};
  return {fits ? base + (known == found.size() ? 0.12 : 0.06) : 0,
          text(seen, ", ", known, " of them named as in ", member.name)};
}

void read_product(const Member& member, const Tree& tree, const std::string& product, const Take& take,
                  Notes& notes) {
  const auto object = object_of(tree, product);
  for (const auto& split : tree.list(product).folders) {
    if (!kSplitFolders.count(split)) continue;
    for (const auto& type : tree.list(join(product, split)).folders) {
      if (type == "ground_truth") continue;
      auto folder = join(product, split + "/" + type);
      if (tree.has_folder(folder + "/rgb")) folder += "/rgb";  // MVTec 3D
      TypeMasks masks(tree, product, split, type);
      for (const auto& name : tree.list(folder).files) {
        if (!is_picture(name)) continue;
        Sample sample;
        const auto inside = join(folder, name);
        sample.id = sample_id(inside), sample.image = tree.file(inside);
        sample.source = member.name, sample.object = object, sample.domain = member.domain;
        sample.licence = member.licence, sample.split = split_word(split), sample.type = "good";
        if (!kGood.count(type)) {
          sample.type = type;
          for (const auto& mask : masks.of(name)) sample.parts.push_back({type, MaskFile{tree.file(mask)}});
          if (sample.parts.empty()) {
            notes.add("abnormal pictures without a mask are left out", inside);
            continue;
          }
        }
        take(std::move(sample));
      }
      if (!kGood.count(type)) masks.note_orphans(notes);
    }
  }
}

}  // namespace

std::vector<DatasetReader> mvtec_family() {
  std::vector<DatasetReader> out;
  for (const auto& member : members())
    out.push_back(
        {member.name, member.layout, [&member](const Tree& tree) { return recognise_member(member, tree); },
         [&member](const Tree& tree, const Take& take, Notes& notes) {
           const auto found = products(tree);
           if (found.empty())
             throw InputError(tree.root().string(), ": no <object>/{train,test}/<type> folders here");
           for (const auto& product : found) read_product(member, tree, product, take, notes);
         }});
  return out;
}

}  // namespace unidg::dataset::sets
