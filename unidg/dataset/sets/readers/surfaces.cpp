#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"

namespace unidg::dataset::sets {
namespace {

Sample surface_sample(const Tree& tree, const std::string& inside, const char* source,
                      const std::string& object) {
  Sample out;
  out.id = sample_id(inside), out.image = tree.file(inside);
  out.source = source, out.object = object, out.domain = "industrial", out.type = "good";
  return out;
}

// ---- DAGM 2007: ClassN/{Train,Test}/NNNN.PNG, Label/NNNN_label.PNG for the defective ones.

void read_dagm(const Tree& tree, const Take& take, Notes& notes) {
  for (const auto& object : tree.list().folders) {
    for (const auto& split : tree.list(object).folders) {
      const auto folder = object + "/" + split;
      auto labels = pictures_by_stem(tree, folder + "/Label");
      for (const auto& name : tree.list(folder).files) {
        if (!is_picture(name)) continue;
        auto sample = surface_sample(tree, folder + "/" + name, "dagm", object);
        sample.split = lower(split) == "train" ? "train" : "test";
        if (const auto label = labels.find(stem(name) + "_label"); label != labels.end()) {
          sample.type = "defect", sample.mask_kind = "coarse";  // ellipses drawn around the defects
          sample.parts.push_back({"defect", MaskFile{tree.file(label->second), MaskFile::Defect::NonZero}});
          labels.erase(label);
        }
        take(std::move(sample));
      }
      for (const auto& [name, path] : labels) notes.add("masks without a picture", path);
    }
  }
}

Recognition recognise_dagm(const Tree& tree) {
  std::size_t classes = 0;
  for (const auto& name : tree.list().folders)
    classes += name.rfind("Class", 0) == 0 &&
               (tree.has_folder(name + "/Train/Label") || tree.has_folder(name + "/Test/Label"));
  if (classes == 0) return {};
  return {0.96, text(classes, " folders ClassN with Train or Test and Label")};
}

// ---- AITEX: Defect_images/NNNN_CODE_NN.png, Mask_images/*_mask.png (several: _mask1, _mask2),
// NODefect_images/<id>/.

const std::map<int, std::string>& aitex_codes() {
  static const std::map<int, std::string> codes = {
      {2, "broken end"}, {6, "broken yarn"},    {10, "broken pick"}, {16, "weft curling"},
      {19, "fuzzyball"}, {22, "cut selvage"},   {23, "crease"},      {25, "warp ball"},
      {27, "knots"},     {29, "contamination"}, {30, "nep"},         {36, "weft crack"}};
  return codes;
}

/// Code and fabric of "0012_019_02".
struct AitexName {
  int code = -1;
  std::string fabric;
};
AitexName aitex_name(const std::string& name) {
  int number = 0, code = 0, fabric = 0;
  char rest = 0;
  if (std::sscanf(name.c_str(), "%d_%d_%d%c", &number, &code, &fabric, &rest) != 3) return {};
  return {code, text("fabric ", fabric)};
}

void read_aitex(const Tree& tree, const Take& take, Notes& notes) {
  std::map<std::string, std::vector<std::string>> masks;
  for (const auto& name : tree.list("Mask_images").files) {
    const auto at = name.find("_mask");
    if (is_picture(name) && at != std::string::npos)
      masks[name.substr(0, at)].push_back("Mask_images/" + name);
  }
  for (const auto& name : tree.list("Defect_images").files) {
    if (!is_picture(name)) continue;
    const auto about = aitex_name(stem(name));
    auto sample = surface_sample(tree, "Defect_images/" + name, "aitex", about.fabric);
    const auto code = aitex_codes().find(about.code);
    sample.type = code == aitex_codes().end() ? "defect" : code->second;
    for (const auto& mask : masks[stem(name)])
      sample.parts.push_back({sample.type, MaskFile{tree.file(mask)}});
    masks.erase(stem(name));
    if (sample.parts.empty())
      notes.add("abnormal pictures without a mask are left out", "Defect_images/" + name);
    else
      take(std::move(sample));
  }
  tree.each_picture("NODefect_images", [&](const std::string& path) {
    take(surface_sample(tree, path, "aitex", aitex_name(stem(path)).fabric));
  });
  for (const auto& [name, files] : masks)
    for (const auto& file : files) notes.add("masks without a picture", file);
}

// ---- Magnetic tile: MT_<Type>/Imgs/*.jpg with the mask .png of the same stem.

void read_magnetic_tile(const Tree& tree, const Take& take, Notes& notes) {
  for (const auto& folder : tree.list().folders) {
    if (folder.rfind("MT_", 0) != 0) continue;
    const auto type = lower(folder.substr(3));
    const auto place = folder + "/Imgs";
    std::map<std::string, std::string> pictures, masks;
    for (const auto& name : tree.list(place).files) {
      if (!is_picture(name)) continue;
      (lower(name).ends_with(".png") ? masks : pictures)[stem(name)] = place + "/" + name;
    }
    for (const auto& [name, path] : pictures) {
      auto sample = surface_sample(tree, path, "magnetic-tile", "magnetic tile");
      // exp1_num_12345: photos of one tile at several exposures share the number.
      const auto number = name.rfind('_');
      if (number != std::string::npos) sample.part = "magnetic-tile/" + type + "/" + name.substr(number + 1);
      const auto mask = masks.find(name);
      if (type != "free") {
        if (mask == masks.end()) {
          notes.add("abnormal pictures without a mask are left out", path);
          continue;
        }
        sample.type = type;
        sample.parts.push_back({type, MaskFile{tree.file(mask->second)}});
      }
      if (mask != masks.end()) masks.erase(mask);
      take(std::move(sample));
    }
    for (const auto& [name, path] : masks) notes.add("masks without a picture", path);
  }
}

// ---- DeepPCB: groupX/X/*_test.jpg, *_temp.jpg (aligned normal), groupX/X_not/*.txt boxes "x1 y1 x2 y2
// type".

constexpr const char* kPcbTypes[] = {"", "open", "short", "mousebite", "spur", "copper", "pinhole"};

std::vector<MaskPart> pcb_parts(const Tree& tree, const std::string& boxes, const FileRef& normal) {
  std::map<int, Boxes> by_type;
  std::ifstream in(tree.root() / boxes);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    for (auto& c : line)
      if (c == ',') c = ' ';
    std::istringstream words(line);
    int x1 = 0, y1 = 0, x2 = 0, y2 = 0, type = 0;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!(words >> x1 >> y1 >> x2 >> y2 >> type) || type < 1 || type > 6 || x2 <= x1 || y2 <= y1)
      throw FormatError(boxes, ":", number, ": expected x1 y1 x2 y2 and a type of 1 to 6, found '", line,
                        "'");
    by_type[type].boxes.emplace_back(cv::Point(x1, y1), cv::Point(x2, y2));
  }
  std::vector<MaskPart> out;
  for (auto& [type, source] : by_type) {
    source.differs_from = normal;
    out.push_back({kPcbTypes[type], source});
  }
  return out;
}

void read_deeppcb(const Tree& tree, const Take& take, Notes& notes) {
  const std::string top = tree.has_folder("PCBData") ? "PCBData" : "";
  for (const auto& group : tree.list(top).folders) {
    if (group.rfind("group", 0) != 0) continue;
    const auto number = group.substr(5), pictures = join(top, group + "/" + number),
               boxes = pictures + "_not";
    for (const auto& name : tree.list(pictures).files) {
      const auto place = stem(name);
      if (!is_picture(name) || !place.ends_with("_test")) continue;
      const auto key = place.substr(0, place.size() - 5), normal = pictures + "/" + key + "_temp.jpg";
      const auto labels = boxes + "/" + key + ".txt";
      auto sample = surface_sample(tree, pictures + "/" + name, "deeppcb", "bare pcb");
      sample.licence = "MIT", sample.part = "deeppcb/" + key;
      if (!tree.has_file(labels)) {
        notes.add("pictures without boxes are left out", pictures + "/" + name);
        continue;
      }
      try {
        if (tree.has_file(normal))
          sample.normal = tree.file(normal);
        else
          notes.add("pictures without a template have boxes for masks", pictures + "/" + name);
        sample.mask_kind = sample.normal.is_empty() ? "box" : "pixel";
        sample.parts = pcb_parts(tree, labels, sample.normal);
        if (sample.parts.empty()) throw FormatError(labels, ": holds no box");
        sample.type = joined_types(sample.parts);
        take(std::move(sample));
      } catch (const InputError& error) {
        notes.add("files that cannot be used are left out", error.what());
      }
    }
  }
}

Recognition recognise_deeppcb(const Tree& tree) {
  const std::string top = tree.has_folder("PCBData") ? "PCBData" : "";
  std::size_t groups = 0;
  for (const auto& group : tree.list(top).folders)
    groups +=
        group.rfind("group", 0) == 0 && tree.has_folder(join(top, group + "/" + group.substr(5) + "_not"));
  if (groups == 0) return {};
  return {0.97, text(groups, " folders groupN with N_not")};
}

}  // namespace

std::vector<DatasetReader> surface_readers() {
  return {
      {"dagm", "DAGM 2007: ClassN/{Train,Test}/NNNN.PNG and Label/NNNN_label.PNG", recognise_dagm, read_dagm},
      {"aitex", "AITEX: Defect_images/, Mask_images/, NODefect_images/",
       [](const Tree& tree) -> Recognition {
         if (!tree.has_folder("Defect_images") || !tree.has_folder("Mask_images")) return {};
         return {0.97, "Defect_images/ and Mask_images/"};
       },
       read_aitex},
      {"magnetic-tile", "Magnetic tile: MT_<Type>/Imgs/*.jpg with .png masks, MT_Free good",
       [](const Tree& tree) -> Recognition {
         std::size_t types = 0;
         for (const auto& name : tree.list().folders)
           types += name.rfind("MT_", 0) == 0 && tree.has_folder(name + "/Imgs");
         if (types == 0) return {};
         return {0.97, text(types, " folders MT_<Type>/Imgs")};
       },
       read_magnetic_tile},
      {"deeppcb",
       "DeepPCB: groupN/N/*_{test,temp}.jpg, N_not/*.txt boxes; masks: the difference to the template inside "
       "the boxes",
       recognise_deeppcb, read_deeppcb}};
}

}  // namespace unidg::dataset::sets
