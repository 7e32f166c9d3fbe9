#include "unidg/core/files.h"
#include "unidg/dataset/sets/exports/exports.h"
#include "unidg/dataset/sets/tree.h"

namespace unidg::dataset::sets {
namespace {

/// anomalib's Folder datamodule: masks pair with abnormal pictures by sorted order, so stems and folders
/// agree.
class AnomalibExport : public SetExport {
 public:
  explicit AnomalibExport(const ExportPlan& plan) : to_(plan.to) {}
  void add(const Exported& item) override {
    if (item.entry.is_normal()) {
      put_picture(item, to_, "normal/" + item.name);
      return;
    }
    const auto type = folder_name(item.entry.type);
    put_picture(item, to_, "abnormal/" + type + "/" + item.name);
    put_bytes(to_, "mask/" + type + "/" + item.entry.id + ".png", encode_png(item.mask));
  }

 private:
  std::filesystem::path to_;
};

/// anomalib's MVTecAD reads .png alone: other formats are decoded and written as PNG, sample for sample.
class MvtecExport : public SetExport {
 public:
  explicit MvtecExport(const ExportPlan& plan) : to_(plan.to), notes_(plan.notes) {}
  void add(const Exported& item) override {
    const auto object = folder_name(item.entry.object.empty() ? "object" : item.entry.object);
    if (item.entry.is_normal()) {
      put_png(item, object + "/" + (item.entry.split == "test" ? "test" : "train") + "/good/");
      return;
    }
    if (item.entry.split != "test" && !item.entry.split.empty())
      notes_->add("abnormal pictures of other splits stand in test: the layout has no other place",
                  item.entry.id);
    const auto type = folder_name(item.entry.type);
    put_png(item, object + "/test/" + type + "/");
    put_bytes(to_, object + "/ground_truth/" + type + "/" + item.entry.id + "_mask.png",
              encode_png(item.mask));
  }

 private:
  void put_png(const Exported& item, const std::string& folder) const {
    auto bytes = read_bytes(item.picture());
    if (item.picture().extension() != ".png") bytes = encode_png(decode_image(bytes, item.picture().name()));
    put_bytes(to_, folder + item.entry.id + ".png", bytes);
  }
  std::filesystem::path to_;
  Notes* notes_;
};

}  // namespace

std::unique_ptr<SetExport> make_anomalib_export(const ExportPlan& plan) {
  return std::make_unique<AnomalibExport>(plan);
}
std::unique_ptr<SetExport> make_mvtec_export(const ExportPlan& plan) {
  return std::make_unique<MvtecExport>(plan);
}

}  // namespace unidg::dataset::sets
