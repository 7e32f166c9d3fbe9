#include <algorithm>
#include <map>
#include <opencv2/imgproc.hpp>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/exports/exports.h"
#include "unidg/dataset/sets/exports/indexed_png.h"
#include "unidg/dataset/sets/readers/label_colours.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kMostTypes = 254;  // 0 is the ground, 255 the border

/// JPEGImages/, SegmentationClass/ (and SegmentationObject/), ImageSets/Segmentation/<split>.txt.
class LabelPictures : public SetExport {
 public:
  LabelPictures(const ExportPlan& plan, bool is_cvat) : plan_(plan), is_cvat_(is_cvat) {
    if (plan_.types.size() > kMostTypes)
      throw UsageError("--format: ", plan_.types.size(), " types, but label pictures tell ", kMostTypes,
                       " apart; use coco");
  }

  void add(const Exported& item) override {
    put_picture(item, plan_.to, "JPEGImages/" + item.name);
    lists_[is_cvat_ && item.entry.split.empty() ? "default" : split_or_train(item.entry)] +=
        item.entry.id + "\n";
    cv::Mat classes = cv::Mat::zeros(item.entry.height, item.entry.width, CV_8UC1), objects = classes.clone();
    int object = 0;
    for (const auto& part : item.parts) {
      const auto type =
          std::lower_bound(plan_.types.begin(), plan_.types.end(), part.type) - plan_.types.begin();
      if (cv::countNonZero(part.mask.pixels() & classes) > 0)
        plan_.notes->add("types overlap: a pixel keeps the last one", item.entry.id);
      classes.setTo(static_cast<double>(type + 1), part.mask.pixels());
      cv::Mat labels;
      const int regions = cv::connectedComponents(part.mask.pixels(), labels, 8, CV_32S);
      for (int y = 0; y < labels.rows; ++y)
        for (int x = 0; x < labels.cols; ++x)
          if (const int region = labels.at<int>(y, x); region > 0)
            objects.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(1 + (object + region - 1) % 254);
      object += regions - 1;
    }
    put_bytes(plan_.to, "SegmentationClass/" + item.entry.id + ".png", indexed_png(classes));
    put_bytes(plan_.to, "SegmentationObject/" + item.entry.id + ".png", indexed_png(objects));
  }

  void finish() override {
    for (const auto& [split, names] : lists_)
      write_file_atomic(plan_.to / "ImageSets/Segmentation" / (split + ".txt"), names);
    if (is_cvat_) {
      std::string map = "# label:color_rgb:parts:actions\nbackground:0,0,0::\n";
      for (std::size_t i = 0; i < plan_.types.size(); ++i) {
        const auto colour = voc_colour(static_cast<int>(i) + 1);
        map += text(plan_.types[i], ":", colour >> 16, ",", colour >> 8 & 255, ",", colour & 255, "::\n");
      }
      write_file_atomic(plan_.to / "labelmap.txt", map);
    } else {
      std::string names = "_background_\n";
      for (const auto& type : plan_.types) names += type + "\n";
      write_file_atomic(plan_.to / "class_names.txt", names);
    }
  }

 private:
  ExportPlan plan_;
  bool is_cvat_;
  std::map<std::string, std::string> lists_;
};

}  // namespace

std::unique_ptr<SetExport> make_cvat_export(const ExportPlan& plan) {
  return std::make_unique<LabelPictures>(plan, true);
}
std::unique_ptr<SetExport> make_voc_export(const ExportPlan& plan) {
  return std::make_unique<LabelPictures>(plan, false);
}

}  // namespace unidg::dataset::sets
