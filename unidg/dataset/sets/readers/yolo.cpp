#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"

namespace unidg::dataset::sets {
namespace {

std::string trimmed(std::string words) {
  const auto first = words.find_first_not_of(" \t\r"), last = words.find_last_not_of(" \t\r");
  if (first == std::string::npos) return "";
  words = words.substr(first, last - first + 1);
  if (words.size() >= 2 && (words.front() == '"' || words.front() == '\'') && words.back() == words.front())
    words = words.substr(1, words.size() - 2);
  return words;
}

/// What data.yaml says. Only the forms that ultralytics writes and documents: one level, names as a list or
/// by number.
struct YoloData {
  std::string path;
  std::map<std::string, std::string> splits;  ///< "train" -> "images/train"
  std::map<int, std::string> names;
};

YoloData read_yaml(const Tree& tree, const std::string& file) {
  YoloData out;
  std::istringstream in(read_file(tree.root() / file, 1 << 20));
  std::string line, open;
  while (std::getline(in, line)) {
    if (const auto comment = line.find('#'); comment != std::string::npos) line.resize(comment);
    if (trimmed(line).empty()) continue;
    const bool is_inner = line[0] == ' ' || line[0] == '\t' || line[0] == '-';
    const auto colon = line.find(':');
    if (is_inner && open == "names") {
      const auto words = trimmed(line);
      if (words[0] == '-') {
        out.names[static_cast<int>(out.names.size())] = trimmed(words.substr(1));
      } else if (colon != std::string::npos) {
        int number = 0;
        const auto key = trimmed(line.substr(0, colon));
        if (std::from_chars(key.data(), key.data() + key.size(), number).ec == std::errc())
          out.names[number] = trimmed(line.substr(colon + 1));
      }
      continue;
    }
    if (is_inner || colon == std::string::npos) continue;
    const auto key = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    open = value.empty() ? key : "";
    if (key == "path") out.path = value;
    if (key == "train" || key == "val" || key == "test") out.splits[key] = value;
    if (key == "names" && value.size() > 2 && value.front() == '[') {
      std::istringstream list(value.substr(1, value.rfind(']') - 1));
      for (std::string name; std::getline(list, name, ',');)
        out.names[static_cast<int>(out.names.size())] = trimmed(name);
    }
  }
  return out;
}

/// The folder of pictures of a split, inside the tree: absolute and ".." forms fall back to what exists.
std::string split_folder(const Tree& tree, const std::string& split, std::string said) {
  while (said.rfind("../", 0) == 0) said = said.substr(3);
  if (said.rfind("./", 0) == 0) said = said.substr(2);
  for (const auto& place :
       {said, join(split, "images"), "images/" + split, std::string(split == "val" ? "valid/images" : "")})
    if (!place.empty() && place[0] != '/' && tree.has_folder(place)) return place;
  return "";
}

/// images/train/a.jpg -> labels/train/a.txt: the last "images" gives way, as ultralytics does.
std::string label_of(const std::string& picture) {
  auto out = "/" + parent(picture) + "/";
  const auto at = out.rfind("/images/");
  if (at != std::string::npos) out.replace(at, 8, "/labels/");
  return out.substr(1) + stem(picture) + ".txt";
}

std::vector<double> numbers_in(const std::string& line, const std::string& where) {
  std::vector<double> out;
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    double value = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
    if (read.ec != std::errc() || read.ptr != word.data() + word.size())
      throw FormatError(where, ": '", word, "' is no number");
    out.push_back(value);
  }
  return out;
}

/// Polygons by type of one label file, in pixels. @param size of the picture
std::vector<MaskPart> read_polygons(const Tree& tree, const std::string& file,
                                    const std::map<int, std::string>& names, cv::Size size, bool& has_boxes) {
  std::map<int, Polygons> by_type;
  std::istringstream in(read_file(tree.root() / file));
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (trimmed(line).empty()) continue;
    const auto where = text(file, ":", number);
    const auto values = numbers_in(line, where);
    const bool is_box = values.size() == 5;
    if (!is_box && (values.size() < 7 || values.size() % 2 == 0))
      throw FormatError(where, ": ", values.size(),
                        " numbers, expected a class and at least three x y pairs");
    for (std::size_t i = 1; i < values.size(); ++i)
      if (values[i] < -1e-6 || values[i] > 1 + 1e-6)
        throw FormatError(where, ": coordinate ", values[i], ", expected 0 to 1");
    auto& ring = by_type[static_cast<int>(values[0])].rings.emplace_back();
    if (is_box) {  // detection labels: x and y of the centre, width, height
      const double x = values[1] * size.width, y = values[2] * size.height, w = values[3] * size.width / 2,
                   h = values[4] * size.height / 2;
      ring = {{x - w, y - h}, {x + w, y - h}, {x + w, y + h}, {x - w, y + h}};
      has_boxes = true;
    } else {
      for (std::size_t i = 1; i + 1 < values.size(); i += 2)
        ring.emplace_back(values[i] * size.width, values[i + 1] * size.height);
    }
  }
  std::vector<MaskPart> out;
  for (auto& [type, polygons] : by_type) {
    const auto name = names.find(type);
    if (name == names.end())
      throw FormatError(file, ": class ", type, " is not among the names of data.yaml");
    out.push_back({name->second, std::move(polygons)});
  }
  return out;
}

std::string yaml_file(const Tree& tree) {
  for (const auto& name : tree.list().files)
    if ((name.ends_with(".yaml") || name.ends_with(".yml")) && !read_yaml(tree, name).names.empty())
      return name;
  return "";
}

void read_yolo(const Tree& tree, const Take& take, Notes& notes) {
  const auto file = yaml_file(tree);
  if (file.empty()) throw InputError(tree.root().string(), ": no data.yaml with names");
  const auto data = read_yaml(tree, file);
  for (const auto& [split, said] : data.splits) {
    const auto folder = split_folder(tree, split, said);
    if (folder.empty()) {
      if (!said.empty()) notes.add("splits without a folder", text(file, ": ", split, ": ", said));
      continue;
    }
    tree.each_picture(folder, [&](const std::string& inside) {
      try {
        Sample sample;
        sample.id = sample_id(inside), sample.image = tree.file(inside), sample.split = split,
        sample.type = "good";
        const auto labels = label_of(inside);
        if (tree.has_file(labels)) {  // no file, as an empty one, means nothing to see
          const auto picture = load_image(sample.image.path);
          bool has_boxes = false;
          sample.parts =
              read_polygons(tree, labels, data.names, {picture.width(), picture.height()}, has_boxes);
          sample.type = joined_types(sample.parts);
          if (has_boxes) sample.mask_kind = "box";
        }
        take(std::move(sample));
      } catch (const InputError& error) {
        notes.add("files that cannot be used are left out", error.what());
      }
    });
  }
}

}  // namespace

DatasetReader yolo_reader() {
  return {"yolo-seg", "YOLO: data.yaml, images/<split>/, labels/<split>/*.txt with polygons (or boxes)",
          [](const Tree& tree) -> Recognition {
            const auto file = yaml_file(tree);
            if (file.empty()) return {};
            const bool has_labels = tree.has_folder("labels") || tree.has_folder("train/labels");
            return {has_labels ? 0.95 : 0.6,
                    file + (has_labels ? " with names, labels/" : " with names, but no labels/")};
          },
          read_yolo};
}

}  // namespace unidg::dataset::sets
