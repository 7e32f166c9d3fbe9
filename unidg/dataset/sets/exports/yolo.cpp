#include <algorithm>
#include <cstdio>
#include <set>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/exports/exports.h"
#include "unidg/dataset/sets/polygons.h"

namespace unidg::dataset::sets {
namespace {

/// A YAML string in double quotes.
std::string yaml_text(const std::string& words) {
  std::string out = "\"";
  for (const char c : words) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

class YoloExport : public SetExport {
 public:
  explicit YoloExport(const ExportPlan& plan) : plan_(plan) {}

  void add(const Exported& item) override {
    const auto split = split_or_train(item.entry);
    splits_.insert(split);
    put_picture(item, plan_.to, "images/" + split + "/" + item.name);
    std::string lines;
    for (const auto& part : item.parts) {
      const auto type =
          std::lower_bound(plan_.types.begin(), plan_.types.end(), part.type) - plan_.types.begin();
      for (const auto& region : outlines(part.mask)) {
        if (!region.holes.empty())
          plan_.notes->add("regions with holes are written with bridges of no width", item.entry.id);
        lines += std::to_string(type);
        for (const auto& point : bridged(region)) {
          char words[40];
          std::snprintf(words, sizeof words, " %.7g %.7g", point.x / item.mask.width(),
                        point.y / item.mask.height());
          lines += words;
        }
        lines += "\n";
      }
    }
    put_bytes(plan_.to, "labels/" + split + "/" + item.entry.id + ".txt", lines);
  }

  void finish() override {
    // ultralytics wants train and val: without a split of one's own both are the same pictures.
    std::string yaml = "# YOLO segmentation set, written by unidg. Paths are relative to this file.\n";
    const std::string train = splits_.count("train") || splits_.empty() ? "train" : *splits_.begin();
    if (!splits_.count("val"))
      plan_.notes->add(
          "no pictures in the split val: data.yaml validates on other ones; `unidg dataset split` makes one",
          splits_.count("test") ? "test" : train);
    yaml += "train: images/" + train + "\nval: images/" +
            (splits_.count("val")    ? "val"
             : splits_.count("test") ? "test"
                                     : train) +
            "\n";
    if (splits_.count("test")) yaml += "test: images/test\n";
    yaml += "names:\n";
    for (std::size_t i = 0; i < plan_.types.size(); ++i)
      yaml += "  " + std::to_string(i) + ": " + yaml_text(plan_.types[i]) + "\n";
    write_file_atomic(plan_.to / "data.yaml", yaml);
  }

 private:
  ExportPlan plan_;
  std::set<std::string> splits_;
};

}  // namespace

std::unique_ptr<SetExport> make_yolo_export(const ExportPlan& plan) {
  return std::make_unique<YoloExport>(plan);
}

}  // namespace unidg::dataset::sets
