#include <algorithm>
#include <map>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/exports/exports.h"
#include "unidg/dataset/sets/polygons.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

/// One JSON a split, gathered as text while the set streams by.
class CocoExport : public SetExport {
 public:
  explicit CocoExport(const ExportPlan& plan) : plan_(plan) {}

  void add(const Exported& item) override {
    const auto split = split_or_train(item.entry);
    auto& file = files_[split];
    put_picture(item, plan_.to, "images/" + split + "/" + item.name);
    Json image = {{"id", ++images_},
                  {"file_name", item.name},
                  {"width", item.entry.width},
                  {"height", item.entry.height}};
    if (!item.entry.object.empty()) image["object"] = item.entry.object;
    if (!item.entry.licence.empty()) image["license"] = licence(item.entry.licence);
    file.images += (file.images.empty() ? "" : ",\n") + image.dump();
    for (const auto& part : item.parts) {
      if (part.mask.is_empty()) continue;
      file.annotations += (file.annotations.empty() ? "" : ",\n") + annotation(part).dump();
    }
  }

  void finish() override {
    Json categories = Json::array(), licences = Json::array();
    for (std::size_t i = 0; i < plan_.types.size(); ++i)
      categories.push_back({{"id", i + 1}, {"name", plan_.types[i]}, {"supercategory", "defect"}});
    for (const auto& [name, id] : licences_) licences.push_back({{"id", id}, {"name", name}, {"url", ""}});
    for (const auto& [split, file] : files_)
      write_file_atomic(plan_.to / "annotations" / ("instances_" + split + ".json"),
                        "{\"info\":{\"description\":\"written by unidg\",\"version\":\"1\"},\n\"licenses\":" +
                            licences.dump() + ",\n\"categories\":" + categories.dump() + ",\n\"images\":[\n" +
                            file.images + "\n],\n\"annotations\":[\n" + file.annotations + "\n]}\n");
  }

 private:
  struct File {
    std::string images, annotations;
  };

  std::int64_t licence(const std::string& name) {
    return licences_.try_emplace(name, static_cast<std::int64_t>(licences_.size()) + 1).first->second;
  }

  Json annotation(const Exported::Part& part) {
    const auto type =
        std::lower_bound(plan_.types.begin(), plan_.types.end(), part.type) - plan_.types.begin();
    const auto box = part.mask.box();
    const auto regions = outlines(part.mask);
    // COCO unites polygons: a hole can only be told by run lengths.
    const bool has_holes =
        std::any_of(regions.begin(), regions.end(), [](const auto& region) { return !region.holes.empty(); });
    Json segmentation;
    if (plan_.options.polygons && !has_holes) {
      segmentation = Json::array();
      for (const auto& region : regions) {
        Json flat = Json::array();
        for (const auto& point : region.outer)
          flat.push_back(static_cast<int>(point.x)), flat.push_back(static_cast<int>(point.y));
        segmentation.push_back(std::move(flat));
      }
    } else {
      segmentation = {{"size", {part.mask.height(), part.mask.width()}},
                      {"counts", coco_string(run_lengths(part.mask).counts)}};
    }
    return {{"id", ++annotations_},
            {"image_id", images_},
            {"category_id", type + 1},
            {"segmentation", std::move(segmentation)},
            {"area", part.mask.area()},
            {"bbox", {box.x, box.y, box.width, box.height}},
            {"iscrowd", 0}};
  }

  ExportPlan plan_;
  std::map<std::string, File> files_;
  std::map<std::string, std::int64_t> licences_;
  std::int64_t images_ = 0, annotations_ = 0;
};

}  // namespace

std::unique_ptr<SetExport> make_coco_export(const ExportPlan& plan) {
  return std::make_unique<CocoExport>(plan);
}

}  // namespace unidg::dataset::sets
