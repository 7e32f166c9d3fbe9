#include <fstream>
#include <map>
#include <set>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/readers/table.h"

namespace unidg::dataset::sets {
namespace {

Sample product_sample(const FileRef& image, const std::string& inside, const char* source,
                      const std::string& object) {
  Sample out;
  out.id = sample_id(inside), out.image = image;
  out.source = source, out.object = object, out.domain = "industrial", out.type = "good";
  return out;
}

// ---- VisA: split_csv/1cls.csv, <object>/Data/{Images,Masks}; <object>/image_anno.csv names the types.

/// Picture (as the tables write it) -> type, from the objects' image_anno.csv; several words joined by '+'.
std::map<std::string, std::string> visa_types(const Tree& tree, const std::string& object) {
  std::map<std::string, std::string> out;
  std::ifstream in(tree.root() / object / "image_anno.csv");
  if (!in) return out;
  CsvFile table(in, object + "/image_anno.csv", {"image", "label"});
  std::map<std::string, std::string> row;
  while (table.next(row)) {
    auto words = row["label"];
    for (auto& c : words)
      if (c == ',') c = '+';
    if (words != "normal") out[row["image"]] = words;
  }
  return out;
}

void read_visa(const Tree& tree, const Take& take, Notes& notes) {
  std::ifstream in(tree.root() / "split_csv/1cls.csv");
  CsvFile table(in, "split_csv/1cls.csv", {"object", "split", "label", "image", "mask"});
  std::map<std::string, std::string> row;
  std::map<std::string, std::map<std::string, std::string>> types;
  while (table.next(row)) {
    try {
      const auto object = row["object"], image = row["image"];
      auto sample = product_sample(tree.named(image, table.where()), image, "visa", object);
      sample.split = row["split"], sample.licence = "CC BY 4.0";
      if (!std::filesystem::is_regular_file(sample.image.path)) {
        notes.add("lines whose picture is missing", table.where() + ": " + image);
        continue;
      }
      if (row["label"] != "normal") {
        if (!types.count(object)) types[object] = visa_types(tree, object);
        const auto known = types[object].find(image);
        sample.type = known == types[object].end() ? "anomaly" : known->second;
        if (row["mask"].empty() || !tree.has_file(row["mask"])) {
          notes.add("abnormal pictures without a mask are left out", table.where() + ": " + image);
          continue;
        }
        // The values number the defects 1 to n; which number is which type is told nowhere.
        sample.parts.push_back(
            {sample.type, MaskFile{tree.named(row["mask"], table.where()), MaskFile::Defect::NonZero}});
      }
      take(std::move(sample));
    } catch (const InputError& error) {
      notes.add("lines that cannot be used are left out", error.what());
    }
  }
}

// ---- Real-IAD: realiad_jsons*/<object>.json beside realiad_<size>/<object>/...

const std::map<std::string, std::string>& real_iad_codes() {
  static const std::map<std::string, std::string> codes = {
      {"AK", "pit"},         {"BX", "deformation"},   {"CH", "abrasion"},        {"HS", "scratch"},
      {"PS", "damage part"}, {"QS", "missing parts"}, {"YW", "foreign objects"}, {"ZW", "contamination"}};
  return codes;
}

/// The folder of tables: realiad_jsons, or its single-view or FUIAD variants; "" when there is none.
std::string real_iad_tables(const Tree& tree) {
  for (const auto& name : tree.list().folders)
    if (name.rfind("realiad_jsons", 0) == 0) return name;
  return "";
}
std::string real_iad_pictures(const Tree& tree) {
  for (const auto& name : tree.list().folders)
    if (name.rfind("realiad_", 0) == 0 && name.rfind("realiad_json", 0) != 0) return name;
  return "";
}

/// "S0001" of OK/S0001/x.jpg: the five views of one specimen.
std::string specimen(const std::string& path) {
  for (auto rest = parent(path); !rest.empty(); rest = parent(rest)) {
    const auto word = leaf(rest);
    if (word.size() > 1 && word[0] == 'S' && word.find_first_not_of("0123456789", 1) == std::string::npos)
      return word;
  }
  return "";
}

void read_real_iad(const Tree& tree, const Take& take, Notes& notes) {
  const auto tables = real_iad_tables(tree), pictures = real_iad_pictures(tree);
  for (const auto& file : tree.list(tables).files) {
    if (!file.ends_with(".json")) continue;
    const auto where = tables + "/" + file, object = stem(file);
    const auto json = parse_json(read_file(tree.root() / where), where);
    const auto meta = json.contains("meta") ? json["meta"] : Json::object();
    const auto prefix = meta.is_object() && meta.contains("prefix") && meta["prefix"].is_string()
                            ? meta["prefix"].get<std::string>()
                            : object + "/";
    const auto normal_word =
        meta.is_object() && meta.contains("normal_class") && meta["normal_class"].is_string()
            ? meta["normal_class"].get<std::string>()
            : "OK";
    for (const auto* split : {"train", "test"}) {
      if (!json.contains(split)) continue;
      for (const auto& entry : json[split]) {
        try {
          const auto word = [&](const char* key) {
            const auto found = entry.find(key);
            return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
          };
          const auto inside = [&](const std::string& path) {
            const auto plain = join(pictures, path);
            return tree.has_file(plain) ? plain : join(pictures, prefix + path);
          };
          const auto image = inside(word("image_path")), type = word("anomaly_class");
          auto sample = product_sample(tree.named(image, where), image, "real-iad", object);
          sample.split = split;
          const auto number = specimen(image);
          if (!number.empty())
            sample.part = "real-iad/" + object + "/" + (type == normal_word ? "OK/" : type + "/") + number;
          if (!tree.has_file(image)) {
            notes.add("entries whose picture is missing", image);
            continue;
          }
          if (type != normal_word) {
            const auto known = real_iad_codes().find(type);
            sample.type = known == real_iad_codes().end() ? type : known->second;
            if (word("mask_path").empty()) {  // a view that does not show the specimen's defect
              notes.add("views of defective specimens without a mask are left out", image);
              continue;
            }
            sample.parts.push_back({sample.type, MaskFile{tree.named(inside(word("mask_path")), where)}});
          }
          take(std::move(sample));
        } catch (const InputError& error) {
          notes.add("entries that cannot be used are left out", error.what());
        }
      }
    }
  }
}

// ---- NVIDIA AnomalyGen: <ROOT>/<TEXTURE>/{anomaly_image,mask,clean_image}/<type>/x.jpg, mask x_mask.jpg
// (JPEG).

std::vector<std::string> anomalygen_textures(const Tree& tree) {
  std::vector<std::string> out;
  if (tree.has_folder("anomaly_image") && tree.has_folder("mask")) return {""};
  for (const auto& name : tree.list().folders)
    if (tree.has_folder(name + "/anomaly_image") && tree.has_folder(name + "/mask")) out.push_back(name);
  return out;
}

void read_anomalygen(const Tree& tree, const Take& take, Notes& notes) {
  for (const auto& texture : anomalygen_textures(tree)) {
    const auto object = texture.empty() ? tree.name() : texture;
    for (const auto& type : tree.list(join(texture, "anomaly_image")).folders) {
      std::map<std::string, std::string> masks;
      for (const auto& [name, path] : pictures_by_stem(tree, join(texture, "mask/" + type)))
        masks[without_mask_suffix(name)] = path;
      for (const auto& [name, path] : pictures_by_stem(tree, join(texture, "anomaly_image/" + type))) {
        auto sample = product_sample(tree.file(path), path, "anomalygen", object);
        const auto mask = masks.find(name);
        if (mask == masks.end()) {
          notes.add("abnormal pictures without a mask are left out", path);
          continue;
        }
        sample.type = type;
        sample.parts.push_back({type, MaskFile{tree.file(mask->second)}});
        masks.erase(mask);
        take(std::move(sample));
      }
      for (const auto& [name, path] : masks) notes.add("masks without a picture", path);
    }
    tree.each_picture(join(texture, "clean_image"), [&](const std::string& path) {
      take(product_sample(tree.file(path), path, "anomalygen", object));
    });
  }
}

}  // namespace

std::vector<DatasetReader> product_readers() {
  return {{"visa", "VisA: split_csv/1cls.csv and <object>/Data/{Images,Masks}; mask values 1 to n",
           [](const Tree& tree) -> Recognition {
             if (!tree.has_file("split_csv/1cls.csv")) return {};
             return {0.98, "split_csv/1cls.csv"};
           },
           read_visa},
          {"real-iad", "Real-IAD: realiad_jsons*/<object>.json and realiad_<size>/",
           [](const Tree& tree) -> Recognition {
             if (real_iad_tables(tree).empty() || real_iad_pictures(tree).empty()) return {};
             return {0.98, real_iad_tables(tree) + "/ and " + real_iad_pictures(tree) + "/"};
           },
           read_real_iad},
          {"anomalygen", "NVIDIA AnomalyGen: <texture>/{anomaly_image,mask,clean_image}/<type>/",
           [](const Tree& tree) -> Recognition {
             const auto textures = anomalygen_textures(tree);
             if (textures.empty()) return {};
             return {0.95, text(textures.size(), " textures with anomaly_image/ and mask/")};
           },
           read_anomalygen}};
}

}  // namespace unidg::dataset::sets
