#include <cctype>
#include <fstream>
#include <set>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/readers/table.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

Sample steel_sample(const Tree& tree, const std::string& inside, const char* source, const char* object) {
  Sample out;
  out.id = sample_id(inside), out.image = tree.file(inside);
  out.source = source, out.object = object, out.domain = "industrial", out.type = "good";
  return out;
}

// ---- Severstal: train.csv (ImageId, ClassId, EncodedPixels; the older form ImageId_ClassId), train_images/.

struct SteelRow {
  std::string image, type, runs;
};

SteelRow steel_row(const std::map<std::string, std::string>& row, const std::string& where) {
  SteelRow out{"", "", row.at("EncodedPixels")};
  if (row.count("ImageId_ClassId")) {
    const auto& both = row.at("ImageId_ClassId");
    const auto split = both.rfind('_');
    if (split == std::string::npos) throw FormatError(where, ": '", both, "', expected name_class");
    out.image = both.substr(0, split), out.type = both.substr(split + 1);
  } else {
    out.image = row.at("ImageId"), out.type = row.count("ClassId") ? row.at("ClassId") : "";
  }
  return out;
}

void read_severstal(const Tree& tree, const Take& take, Notes& notes) {
  // Runs are by line, pictures by folder: the table is gathered first (7,095 lines in the published one).
  std::map<std::string, std::vector<SteelRow>> rows;
  std::ifstream in(tree.root() / "train.csv");
  CsvFile table(in, "train.csv", {"EncodedPixels"});
  std::map<std::string, std::string> row;
  while (table.next(row)) {
    auto one = steel_row(row, table.where());
    if (!one.runs.empty()) rows[one.image].push_back(std::move(one));
  }
  for (const auto& name : tree.list("train_images").files) {
    if (!is_picture(name)) continue;
    const auto inside = "train_images/" + name;
    auto sample = steel_sample(tree, inside, "severstal", "steel sheet");
    if (const auto found = rows.find(name); found != rows.end()) {
      try {
        const auto picture = load_image(sample.image.path);
        for (const auto& defect : found->second)
          sample.parts.push_back(
              {"class " + defect.type,
               from_start_length(defect.runs, {picture.width(), picture.height()}, "train.csv: " + name)});
        sample.type = joined_types(sample.parts);
      } catch (const InputError& error) {
        notes.add("lines or pictures that cannot be used are left out", error.what());
        rows.erase(found);
        continue;
      }
      rows.erase(found);
    }
    take(std::move(sample));
  }
  for (const auto& [name, defects] : rows) notes.add("masks without a picture", "train.csv: " + name);
}

// ---- NEU-Seg: images/{training,test}, annotations/{training,test} with label values.

constexpr const char* kNeuTypes[] = {"", "inclusion", "patches", "scratches"};

/// The values 1 to 3 that a label picture holds; 0 when it holds anything else.
std::set<int> label_values(const FileRef& file) {
  const auto labels = load_image(file.path).rgb8();
  std::set<int> out;
  for (int y = 0; y < labels.rows; ++y)
    for (int x = 0; x < labels.cols; ++x) out.insert(labels.at<cv::Vec3b>(y, x)[1]);
  out.erase(0);
  return out;
}

void read_neu_seg(const Tree& tree, const Take& take, Notes& notes) {
  for (const auto& split : tree.list("images").folders) {
    auto masks = pictures_by_stem(tree, "annotations/" + split);
    for (const auto& name : tree.list("images/" + split).files) {
      if (!is_picture(name)) continue;
      const auto inside = "images/" + split + "/" + name;
      const auto mask = masks.find(stem(name));
      if (mask == masks.end()) {
        notes.add("pictures without a mask are left out", inside);
        continue;
      }
      auto sample = steel_sample(tree, inside, "neu-seg", "hot rolled steel");
      sample.split = split.rfind("train", 0) == 0 ? "train" : "test";
      try {
        for (const int value : label_values(tree.file(mask->second))) {
          if (value > 3) throw FormatError(mask->second, ": label ", value, ", expected 0 to 3");
          sample.parts.push_back(
              {kNeuTypes[value],
               LabelColours{tree.file(mask->second), {static_cast<std::uint32_t>(value) * 0x010101u}}});
        }
        sample.type = joined_types(sample.parts);
        take(std::move(sample));
      } catch (const InputError& error) {
        notes.add("files that cannot be used are left out", error.what());
      }
      masks.erase(mask);
    }
    for (const auto& [name, path] : masks) notes.add("masks without a picture", path);
  }
}

Recognition recognise_neu_seg(const Tree& tree) {
  const bool has_folders = tree.has_folder("images/training") && tree.has_folder("annotations/training");
  if (!has_folders) return {};
  for (const auto& name : tree.list("annotations/training").files) {
    if (!is_picture(name)) continue;
    try {
      const auto values = label_values(tree.file("annotations/training/" + name));
      if (!values.empty() && *values.rbegin() <= 3)
        return {0.9, "images/ and annotations/ with training/, label values up to 3"};
    } catch (const InputError&) {  // another file will tell
    }
  }
  return {};
}

// ---- KolektorSDD: kosNN/PartN.jpg, PartN_label.bmp; KolektorSDD2: {train,test}/NNNNN.png, NNNNN_GT.png.

void read_with_suffix(const Tree& tree, const std::string& folder, const std::string& suffix,
                      const std::function<Sample(const std::string&)>& make, const Take& take, Notes& notes) {
  auto pictures = pictures_by_stem(tree, folder);
  std::map<std::string, std::string> masks;
  for (auto at = pictures.begin(); at != pictures.end();) {
    const auto& name = at->first;
    const bool is_mask =
        name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
    if (is_mask) masks[name.substr(0, name.size() - suffix.size())] = at->second;
    at = is_mask ? pictures.erase(at) : std::next(at);
  }
  for (const auto& [name, path] : pictures) {
    const auto mask = masks.find(name);
    if (mask == masks.end()) {
      notes.add("pictures without a mask are left out", path);
      continue;
    }
    auto sample = make(path);
    sample.type = "defect", sample.empty_mask_is_good = true;
    sample.parts.push_back({"defect", MaskFile{tree.file(mask->second), MaskFile::Defect::NonZero}});
    take(std::move(sample));
    masks.erase(mask);
  }
  for (const auto& [name, path] : masks) notes.add("masks without a picture", path);
}

std::size_t kos_folders(const Tree& tree) {
  std::size_t count = 0;
  for (const auto& name : tree.list().folders)
    count +=
        name.rfind("kos", 0) == 0 && name.size() > 3 && std::isdigit(static_cast<unsigned char>(name[3]));
  return count;
}

}  // namespace

std::vector<DatasetReader> steel_readers() {
  return {{"severstal", "Severstal: train.csv (ImageId, ClassId, EncodedPixels) and train_images/",
           [](const Tree& tree) -> Recognition {
             std::ifstream in(tree.root() / "train.csv");
             std::string header;
             if (!tree.has_folder("train_images") || !std::getline(in, header) ||
                 header.find("EncodedPixels") == std::string::npos)
               return {};
             return {0.97, "train.csv with EncodedPixels, train_images/"};
           },
           read_severstal},
          {"neu-seg", "NEU-Seg: images/{training,test}, annotations/{training,test} with label values 1 to 3",
           recognise_neu_seg, read_neu_seg},
          {"kolektor-sdd", "KolektorSDD: kosNN/PartN.jpg and PartN_label.bmp",
           [](const Tree& tree) -> Recognition {
             const auto count = kos_folders(tree);
             if (count == 0) return {};
             return {0.95, text(count, " folders kosNN")};
           },
           [](const Tree& tree, const Take& take, Notes& notes) {
             for (const auto& folder : tree.list().folders)
               if (folder.rfind("kos", 0) == 0)
                 read_with_suffix(
                     tree, folder, "_label",
                     [&](const std::string& path) {
                       auto sample = steel_sample(tree, path, "kolektor-sdd", "commutator");
                       sample.part = "kolektor-sdd/" + folder;  // eight views of one commutator
                       sample.licence = "CC BY-NC-SA 4.0";
                       return sample;
                     },
                     take, notes);
           }},
          {"kolektor-sdd2", "KolektorSDD2: {train,test}/NNNNN.png and NNNNN_GT.png, black when good",
           [](const Tree& tree) -> Recognition {
             for (const auto* split : {"train", "test"})
               for (const auto& [name, path] : pictures_by_stem(tree, split))
                 if (name.size() > 3 && name.compare(name.size() - 3, 3, "_GT") == 0)
                   return {0.95, text(split, "/ with NNNNN_GT beside the pictures")};
             return {};
           },
           [](const Tree& tree, const Take& take, Notes& notes) {
             for (const std::string split : {"train", "test"})
               read_with_suffix(
                   tree, split, "_GT",
                   [&](const std::string& path) {
                     auto sample = steel_sample(tree, path, "kolektor-sdd2", "production item");
                     sample.split = split, sample.licence = "CC BY-NC-SA 4.0";
                     return sample;
                   },
                   take, notes);
           }}};
}

}  // namespace unidg::dataset::sets
