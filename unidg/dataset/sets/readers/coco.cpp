#include <cmath>
#include <map>
#include <set>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

/// JSON files that may hold COCO annotations: in the folder, in annotations/, or beside the pictures of a
/// split.
std::vector<std::string> coco_files(const Tree& tree) {
  std::vector<std::string> out;
  std::vector<std::string> places = {"", "annotations"};
  for (const auto& folder : tree.list().folders) places.push_back(folder);
  std::set<std::string> seen;
  for (const auto& place : places)
    for (const auto& name : tree.list(place).files)
      if (name.ends_with(".json") && seen.insert(join(place, name)).second) out.push_back(join(place, name));
  return out;
}

/// True when the file begins like COCO's: the keys stand within the first or last bytes of any writer's
/// output.
bool looks_like_coco(const Tree& tree, const std::string& file) {
  const auto map = MappedFile::open(tree.root() / file);
  const std::string_view content(reinterpret_cast<const char*>(map->data()), map->size());
  return content.find("\"images\"") != std::string_view::npos &&
         content.find("\"annotations\"") != std::string_view::npos &&
         content.find("\"categories\"") != std::string_view::npos;
}

std::vector<std::string> annotation_files(const Tree& tree) {
  std::vector<std::string> out;
  for (const auto& file : coco_files(tree))
    if (looks_like_coco(tree, file)) out.push_back(file);
  return out;
}

/// train of instances_train.json or train/_annotations.coco.json.
std::string split_of(const std::string& file) {
  const auto words = lower(file);
  for (const auto* split : {"train", "val", "test"})
    if (words.find(split) != std::string::npos) return split;
  return "";
}

/// The picture of an entry: beside the table, in images/, in the folder of the split, or as the name says.
std::string find_picture(const Tree& tree, const std::string& file, const std::string& name) {
  const auto split = split_of(file);
  for (const auto& place : {parent(file), std::string("images"), join("images", split), split, split + "2017",
                            std::string("data"), std::string("")})
    if (tree.has_file(join(place, name))) return join(place, name);
  return "";
}

template <typename T>
T number_at(const Json& object, const char* key, const std::string& where) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_number())
    throw FormatError(where, ": '", key, "' is missing or no number");
  return found->get<T>();
}

RunLengths coco_runs(const Json& segmentation, const std::string& where) {
  const auto size = segmentation.find("size"), counts = segmentation.find("counts");
  if (size == segmentation.end() || !size->is_array() || size->size() != 2 || counts == segmentation.end() ||
      !(*size)[0].is_number_integer() || !(*size)[1].is_number_integer())
    throw FormatError(where, ": a run-length segmentation needs size [height, width] and counts");
  RunLengths out{{(*size)[1].get<int>(), (*size)[0].get<int>()}, {}, true};
  if (counts->is_string()) {
    out.counts = from_coco_string(counts->get<std::string>(), where);
  } else {
    for (const auto& count : *counts) {
      if (!count.is_number_unsigned()) throw FormatError(where, ": counts holds ", count.dump());
      out.counts.push_back(count.get<std::uint32_t>());
    }
  }
  return out;
}

MaskSource coco_mask(const Json& annotation, const std::string& where) {
  const auto segmentation = annotation.find("segmentation");
  const bool is_absent = segmentation == annotation.end() || segmentation->is_null() || segmentation->empty();
  if (!is_absent && segmentation->is_object()) return coco_runs(*segmentation, where);
  if (!is_absent) {
    Polygons out;
    for (const auto& flat : *segmentation) {
      if (!flat.is_array() || flat.size() < 6 || flat.size() % 2)
        throw FormatError(where, ": a polygon needs an even number of coordinates, at least 6");
      auto& ring = out.rings.emplace_back();
      for (std::size_t i = 0; i < flat.size(); i += 2) {
        if (!flat[i].is_number() || !flat[i + 1].is_number())
          throw FormatError(where, ": a polygon holds what is no number");
        ring.emplace_back(flat[i].get<double>(), flat[i + 1].get<double>());
      }
    }
    return out;
  }
  const auto box = annotation.find("bbox");
  if (box == annotation.end() || !box->is_array() || box->size() != 4)
    throw FormatError(where, ": neither segmentation nor bbox");
  const auto at = [&](std::size_t i) { return static_cast<int>(std::lround((*box)[i].get<double>())); };
  return Boxes{{cv::Rect(at(0), at(1), at(2), at(3))}, {}};
}

/// Parts of one type whose sources can be joined: polygons with polygons, boxes with boxes.
void add_part(std::vector<MaskPart>& parts, const std::string& type, MaskSource source) {
  for (auto& part : parts) {
    if (part.type != type) continue;
    if (auto* known = std::get_if<Polygons>(&part.source), *more = std::get_if<Polygons>(&source);
        known && more) {
      for (auto& ring : more->rings) known->rings.push_back(std::move(ring));
      return;
    }
    if (auto* known = std::get_if<Boxes>(&part.source), *more = std::get_if<Boxes>(&source); known && more) {
      known->boxes.insert(known->boxes.end(), more->boxes.begin(), more->boxes.end());
      return;
    }
  }
  parts.push_back({type, std::move(source)});
}

void read_file_of(const Tree& tree, const std::string& file, const Take& take, Notes& notes) {
  const auto json = parse_json(read_file(tree.root() / file), file);
  for (const auto* key : {"images", "annotations", "categories"})
    if (!json.contains(key) || !json[key].is_array())
      throw FormatError(file, ": '", key, "' is missing or no list");
  std::map<std::int64_t, std::string> types;
  for (const auto& category : json["categories"])
    types[number_at<std::int64_t>(category, "id", file + ": categories")] = category.value("name", "");
  std::map<std::int64_t, std::vector<const Json*>> by_image;
  for (const auto& annotation : json["annotations"])
    by_image[number_at<std::int64_t>(annotation, "image_id", file + ": annotations")].push_back(&annotation);

  for (const auto& image : json["images"]) {
    const auto id = number_at<std::int64_t>(image, "id", file + ": images");
    const auto name = image.value("file_name", ""), where = text(file, ": ", name);
    const auto annotations = std::move(by_image[id]);
    by_image.erase(id);
    try {
      tree.named(name, file);  // refuses hostile names before any place is tried
      const auto inside = find_picture(tree, file, name);
      if (inside.empty()) {
        notes.add("entries whose picture is missing", where);
        continue;
      }
      Sample sample;
      sample.id = sample_id(inside), sample.image = tree.named(inside, file), sample.split = split_of(file);
      sample.type = "good";
      if (const auto object = image.find("object"); object != image.end() && object->is_string())
        sample.object = *object;
      for (const auto* annotation : annotations) {
        const auto type = types.find(number_at<std::int64_t>(*annotation, "category_id", where));
        if (type == types.end()) throw FormatError(where, ": its category is not in the list");
        add_part(sample.parts, type->second, coco_mask(*annotation, where));
      }
      bool is_box = !sample.parts.empty();
      for (const auto& part : sample.parts) is_box = is_box && std::holds_alternative<Boxes>(part.source);
      if (is_box) sample.mask_kind = "box";
      if (!sample.parts.empty()) sample.type = joined_types(sample.parts);
      take(std::move(sample));
    } catch (const InputError& error) {
      notes.add("entries that cannot be used are left out", error.what());
    }
  }
  for (const auto& [id, annotations] : by_image)
    if (!annotations.empty())
      notes.add("annotations of a picture that is not listed", text(file, ": image_id ", id));
}

}  // namespace

DatasetReader coco_reader() {
  return {"coco",
          "COCO instances: a JSON with images, annotations, categories; polygons, run lengths (both forms) "
          "or boxes",
          [](const Tree& tree) -> Recognition {
            const auto files = annotation_files(tree);
            if (files.empty()) return {};
            return {0.93, "images, annotations and categories in " + files.front()};
          },
          [](const Tree& tree, const Take& take, Notes& notes) {
            const auto files = annotation_files(tree);
            if (files.empty())
              throw InputError(tree.root().string(), ": no JSON with images, annotations and categories");
            for (const auto& file : files) read_file_of(tree, file, take, notes);
          }};
}

}  // namespace unidg::dataset::sets
