#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/label_colours.h"
#include "unidg/dataset/sets/readers/readers.h"

namespace unidg::dataset::sets {

std::uint32_t voc_colour(int number) {
  std::uint32_t red = 0, green = 0, blue = 0;
  for (int bit = 7; number > 0; --bit, number >>= 3) {
    red |= static_cast<std::uint32_t>(number & 1) << bit;
    green |= static_cast<std::uint32_t>(number >> 1 & 1) << bit;
    blue |= static_cast<std::uint32_t>(number >> 2 & 1) << bit;
  }
  return red << 16 | green << 8 | blue;
}

namespace {

constexpr std::uint32_t kVocBorder =
    0xE0E0C0;  // "void" around objects, entry 255 of VOC's palette; white where there is none

/// Colour -> type.
using Colours = std::map<std::uint32_t, std::string>;

/// labelmap.txt: "name:r,g,b:parts:actions".
Colours read_labelmap(const Tree& tree) {
  Colours out;
  std::istringstream in(read_file(tree.root() / "labelmap.txt", 1 << 20));
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#' || line[0] == '\r') continue;
    const auto colon = line.find(':');
    unsigned red = 0, green = 0, blue = 0;
    if (colon == std::string::npos ||
        std::sscanf(line.c_str() + colon + 1, "%u,%u,%u", &red, &green, &blue) != 3 || red > 255 ||
        green > 255 || blue > 255)
      throw FormatError("labelmap.txt:", number, ": expected name:r,g,b::, found '", line, "'");
    out[red << 16 | green << 8 | blue] = line.substr(0, colon);
  }
  return out;
}

/// class_names.txt (labelme2voc) or VOC's palette with bare numbers.
Colours voc_colours(const Tree& tree) {
  Colours out;
  std::vector<std::string> names;
  if (tree.has_file("class_names.txt")) {
    std::istringstream in(read_file(tree.root() / "class_names.txt", 1 << 20));
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line != "__ignore__") names.push_back(line);
    }
  }
  for (int i = 1; i < 255; ++i) {
    const auto name =
        static_cast<std::size_t>(i) < names.size() ? names[static_cast<std::size_t>(i)] : text("class ", i);
    out[voc_colour(i)] = name;
    out.try_emplace(static_cast<std::uint32_t>(i) * 0x010101u, name);  // stored without a palette
  }
  return out;
}

bool is_ground(const std::string& name) { return name == "background" || name == "_background_"; }

/// The colours a label picture holds, without black.
std::set<std::uint32_t> colours_in(const FileRef& file) {
  const auto labels = load_image(file.path).rgb8();
  std::set<std::uint32_t> out;
  std::uint32_t last = 0;
  for (int y = 0; y < labels.rows; ++y)
    for (int x = 0; x < labels.cols; ++x) {
      const auto& p = labels.at<cv::Vec3b>(y, x);
      const auto colour =
          static_cast<std::uint32_t>(p[0]) << 16 | static_cast<std::uint32_t>(p[1]) << 8 | p[2];
      if (colour != last) out.insert(colour), last = colour;
    }
  out.erase(0);
  return out;
}

/// Split of each stem by ImageSets/Segmentation/<split>.txt; the lists that tell a split win over
/// default.txt.
std::map<std::string, std::string> listed_splits(const Tree& tree) {
  std::map<std::string, std::string> out;
  for (const auto& file : tree.list("ImageSets/Segmentation").files) {
    auto split = lower(stem(file));
    if (split != "train" && split != "val" && split != "test") continue;
    std::istringstream in(read_file(tree.root() / "ImageSets/Segmentation" / file));
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) out[line] = split;
    }
  }
  return out;
}

void read_labels(const Tree& tree, const Colours& colours, const Take& take, Notes& notes) {
  const auto splits = listed_splits(tree);
  std::map<std::string, std::string> pictures;
  for (const auto* place : {"JPEGImages", "images", ""})
    for (const auto& [name, path] : pictures_by_stem(tree, place)) pictures.try_emplace(name, path);
  auto masks = pictures_by_stem(tree, "SegmentationClass");
  for (const auto& [name, inside] : pictures) {
    Sample sample;
    sample.id = sample_id(inside), sample.image = tree.file(inside), sample.type = "good";
    if (const auto split = splits.find(name); split != splits.end()) sample.split = split->second;
    const auto mask = masks.find(name);
    if (mask == masks.end()) {
      notes.add("pictures without a label picture are left out", inside);
      continue;
    }
    try {
      const auto file = tree.file(mask->second);
      for (const auto colour : colours_in(file)) {
        const auto type = colours.find(colour);
        if (type == colours.end() && (colour == kVocBorder || colour == 0xFFFFFF)) continue;  // not labelled
        if (type == colours.end())
          throw FormatError(mask->second, ": a colour that no label has (", colour >> 16, ",",
                            colour >> 8 & 255, ",", colour & 255, ")");
        if (!is_ground(type->second)) sample.parts.push_back({type->second, LabelColours{file, {colour}}});
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

}  // namespace

std::vector<DatasetReader> label_picture_readers() {
  return {{"cvat-mask", "CVAT \"Segmentation mask 1.1\": labelmap.txt, JPEGImages/, SegmentationClass/",
           [](const Tree& tree) -> Recognition {
             if (!tree.has_file("labelmap.txt") || !tree.has_folder("SegmentationClass")) return {};
             return {0.97, "labelmap.txt and SegmentationClass/"};
           },
           [](const Tree& tree, const Take& take, Notes& notes) {
             read_labels(tree, read_labelmap(tree), take, notes);
           }},
          {"voc",
           "Pascal VOC masks: JPEGImages/, SegmentationClass/ (palette or numbers), class_names.txt where "
           "there is one",
           [](const Tree& tree) -> Recognition {
             if (!tree.has_folder("SegmentationClass") || tree.has_file("labelmap.txt")) return {};
             return {0.94, "SegmentationClass/ without labelmap.txt"};
           },
           [](const Tree& tree, const Take& take, Notes& notes) {
             read_labels(tree, voc_colours(tree), take, notes);
           }}};
}

}  // namespace unidg::dataset::sets
