#include "unidg/dataset/sets/readers/readers.h"

#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/core/names.h"

namespace unidg::dataset::sets {

const std::vector<DatasetReader>& dataset_readers() {
  static const std::vector<DatasetReader> table = [] {
    std::vector<DatasetReader> out = {set_reader(), quadruplet_reader(), corpus_reader()};
    const auto add = [&](std::vector<DatasetReader> more) {
      for (auto& reader : more) out.push_back(std::move(reader));
    };
    add(mvtec_family());
    add(product_readers());
    add(steel_readers());
    add(surface_readers());
    add({coco_reader(), yolo_reader(), cvat_xml_reader(), imagefolder_reader(), webdataset_reader()});
    add(label_picture_readers());
    add({paired_folders_reader(), generic_reader()});
    return out;
  }();
  return table;
}

const DatasetReader& reader_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& reader : dataset_readers()) {
    if (reader.name == name) return reader;
    names.push_back(reader.name);
  }
  std::string all;
  for (const auto& known : names) all += (all.empty() ? "" : ", ") + known;
  const auto near = closest(name, names);
  throw UsageError("--layout ", name, ": unknown layout", near.empty() ? "" : ", did you mean '" + near + "'",
                   ". Known: ", all);
}

std::vector<Guess> recognise(const Tree& tree) {
  std::vector<Guess> out;
  for (const auto& reader : dataset_readers()) {
    auto recognition = reader.recognise(tree);
    if (recognition.confidence > 0) out.push_back({&reader, std::move(recognition)});
  }
  std::stable_sort(out.begin(), out.end(), [](const Guess& a, const Guess& b) {
    return a.recognition.confidence > b.recognition.confidence;
  });
  return out;
}

}  // namespace unidg::dataset::sets
