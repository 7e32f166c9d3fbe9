#include <fstream>
#include <set>

#include "unidg/core/config.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/readers/table.h"

namespace unidg::dataset::sets {
namespace {

/// Folders with metadata.jsonl or metadata.csv: the root or one a split.
std::vector<std::string> metadata_files(const Tree& tree) {
  std::vector<std::string> out, places = {""};
  for (const auto& folder : tree.list().folders) places.push_back(folder);
  for (const auto& place : places)
    for (const auto* name : {"metadata.jsonl", "metadata.csv"})
      if (tree.has_file(join(place, name))) out.push_back(join(place, name));
  return out;
}

/// Calls `row(fields, where)` for every line of either form; everything as words.
void each_row(const Tree& tree, const std::string& file, Notes& notes,
              const std::function<void(const std::map<std::string, std::string>&, const std::string&)>& row) {
  std::ifstream in(tree.root() / file);
  std::map<std::string, std::string> fields;
  if (file.ends_with(".csv")) {
    CsvFile table(in, file, {"file_name"});
    while (table.next(fields)) row(fields, table.where());
    return;
  }
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto where = text(file, ":", number);
    try {
      const auto json = parse_json(line, where);
      if (!json.is_object()) throw FormatError(where, ": expected one JSON object a line");
      fields.clear();
      for (const auto& [key, value] : json.items())
        if (!value.is_null()) fields[key] = value.is_string() ? value.get<std::string>() : value.dump();
      row(fields, where);
    } catch (const InputError& error) {
      notes.add("lines that cannot be used are left out", error.what());
    }
  }
}

void read_imagefolder(const Tree& tree, const Take& take, Notes& notes) {
  const auto files = metadata_files(tree);
  if (files.empty()) throw InputError(tree.root().string(), ": no metadata.jsonl or metadata.csv");
  for (const auto& file : files) {
    const auto folder = parent(file);
    each_row(
        tree, file, notes, [&](const std::map<std::string, std::string>& fields, const std::string& where) {
          const auto word = [&](std::initializer_list<const char*> keys) -> std::string {
            for (const auto* key : keys)
              if (const auto found = fields.find(key); found != fields.end() && !found->second.empty())
                return found->second;
            return "";
          };
          try {
            const auto inside = join(folder, word({"file_name"}));
            Sample sample;
            sample.id = sample_id(inside), sample.image = tree.named(inside, where);
            if (!tree.has_file(inside)) {
              notes.add("lines whose picture is missing", where);
              return;
            }
            sample.object = word({"object", "category_name"}), sample.licence = word({"licence", "license"});
            sample.part = word({"part"}), sample.domain = word({"domain"});
            sample.source = word({"source"});
            if (const auto origin = word({"origin"}); !origin.empty()) sample.origin = origin;
            if (const auto kind = word({"mask_kind"}); !kind.empty()) sample.mask_kind = kind;
            const auto folder_split = lower(folder), split = word({"split"});
            sample.split = !split.empty()                        ? split
                           : folder_split.rfind("train", 0) == 0 ? "train"
                           : folder_split.rfind("val", 0) == 0   ? "val"
                           : folder_split.rfind("test", 0) == 0  ? "test"
                                                                 : "";
            const auto mask = word({"mask_file_name", "mask", "conditioning_image_file_name"});
            const auto type = word({"type", "defect", "defect_type", "label"});
            sample.type = "good";
            if (!mask.empty()) {
              sample.type = type.empty() ? "defect" : type;
              sample.parts.push_back({sample.type, MaskFile{tree.named(join(folder, mask), where)}});
              if (const auto normal = word({"normal_file_name"}); !normal.empty())
                sample.normal = tree.named(join(folder, normal), where);
              if (const auto caption = word({"caption_file_name"}); !caption.empty())
                sample.caption = tree.named(join(folder, caption), where);
            } else if (!type.empty() && type != "good" && type != "normal" && type != "ok") {
              notes.add("abnormal pictures without a mask are left out", where);
              return;
            }
            take(std::move(sample));
          } catch (const InputError& error) {
            notes.add("lines that cannot be used are left out", error.what());
          }
        });
  }
}

}  // namespace

DatasetReader imagefolder_reader() {
  return {"imagefolder",
          "Hugging Face imagefolder: metadata.jsonl or .csv with file_name, mask_file_name, type, object",
          [](const Tree& tree) -> Recognition {
            const auto files = metadata_files(tree);
            if (files.empty()) return {};
            return {0.9, files.front()};
          },
          read_imagefolder};
}

}  // namespace unidg::dataset::sets
