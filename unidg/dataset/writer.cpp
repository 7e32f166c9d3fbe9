#include "unidg/dataset/writer.h"

#include <fstream>
#include <set>
#include <system_error>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/names.h"
#include "unidg/dataset/caption.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

std::string type_folder(const std::string& type) {
  const std::string safe = file_safe(type.empty() ? "defect" : type);
  return safe == "good" ? "good-like" : safe;  // "good" means no defect to every reader of this layout
}

std::string abnormal_path(Layout layout, const Record& record) {
  return layout == Layout::Quadruplet ? "abnormal/" + record.id + ".png"
                                      : "test/" + type_folder(record.type) + "/" + record.id + ".png";
}
std::string mask_path(Layout layout, const Record& record) {
  return layout == Layout::Quadruplet
             ? "mask/" + record.id + ".png"
             : "ground_truth/" + type_folder(record.type) + "/" + record.id + "_mask.png";
}
/// Files that the MVTec layout has no place for lie where its readers do not look.
std::string side_path(Layout layout, const std::string& kind, const std::string& name) {
  return (layout == Layout::Quadruplet ? "" : "unidg/") + kind + "/" + name;
}

std::string content_hash(const Image& image) {
  const cv::Mat pixels = image.pixels().isContinuous() ? image.pixels() : image.pixels().clone();
  return sha256_hex(pixels.data, pixels.total() * pixels.elemSize()).substr(0, 8);
}

}  // namespace

Layout parse_layout(const std::string& name) {
  if (name == "quadruplet") return Layout::Quadruplet;
  if (name == "mvtec") return Layout::Mvtec;
  const std::string near = closest(name, {"quadruplet", "mvtec"});
  throw UsageError("--layout ", name, ": expected quadruplet or mvtec",
                   near.empty() ? "" : ", did you mean '" + near + "'");
}

std::optional<cv::Size> png_size(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  unsigned char head[24];
  if (!in.read(reinterpret_cast<char*>(head), sizeof head)) return std::nullopt;
  static constexpr unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (!std::equal(signature, signature + 8, head)) return std::nullopt;
  const auto number = [&](int at) {
    return (head[at] << 24) | (head[at + 1] << 16) | (head[at + 2] << 8) | head[at + 3];
  };
  return cv::Size(number(16), number(20));
}

QuadrupletWriter::QuadrupletWriter(fs::path folder, WriterConfig config)
    : folder_(std::move(folder)), config_(config) {
  std::error_code error;
  if (fs::exists(folder_, error) && !fs::is_directory(folder_, error))
    throw UsageError(folder_.string(), ": is a file; --out needs a folder");
  const auto manifests = manifest_files(folder_);
  if (manifests.empty() && fs::exists(folder_, error) && !fs::is_empty(folder_, error))
    throw UsageError(folder_.string(),
                     ": is not empty and holds no manifest of ours; choose another folder or empty it");
  for (const auto& file : manifests) {
    for (auto& entry : read_manifest_file(file)) {
      const bool is_mvtec = entry.abnormal.rfind("test/", 0) == 0;
      if (!entry.abnormal.empty() && is_mvtec != (config_.layout == Layout::Mvtec))
        throw UsageError(folder_.string(), ": was written with --layout ", is_mvtec ? "mvtec" : "quadruplet",
                         "; go on with that, or choose another folder");
      auto& known = earlier_[entry.id];
      if (known.id.empty() || known.status == "failed") known = std::move(entry);
    }
  }
  fs::create_directories(folder_, error);
  if (error) throw Error(folder_.string(), ": cannot create the folder: ", error.message());
  if (!fs::exists(manifest(), error)) write_file_atomic(manifest(), "");
}

const ManifestEntry* QuadrupletWriter::finished(const std::string& id, int width, int height) const {
  const auto found = earlier_.find(id);
  if (found == earlier_.end() || found->second.status == "failed") return nullptr;
  const auto& entry = found->second;
  // Without a normal picture it was made elsewhere, at a size of its own.
  const auto size = entry.normal.empty() ? png_size(folder_ / entry.abnormal) : cv::Size(width, height);
  for (const auto& file : {entry.abnormal, entry.mask, entry.mask_used})
    if (file.empty() || !size || png_size(folder_ / file) != size) return nullptr;
  if (!entry.normal.empty() && png_size(folder_ / entry.normal) != size) return nullptr;
  std::error_code ignored;
  for (const auto& file : {entry.caption, entry.reference, entry.reference_mask})
    if (!file.empty() && !fs::is_regular_file(folder_ / file, ignored)) return nullptr;
  return &entry;
}

QuadrupletWriter::Stored QuadrupletWriter::keep_reference(const Reference& reference) {
  const std::string key = reference.image.string() + "\n" + reference.mask.string();
  if (const auto found = references_.find(key); found != references_.end()) return found->second;
  const std::string image = read_file(reference.image), mask = read_file(reference.mask);
  const std::string name =
      file_safe(reference.image.stem().string(), 48) + "-" + sha256_hex(image + mask).substr(0, 8);
  const Stored stored{"references/" + name + reference.image.extension().string(),
                      "references/" + name + "_mask" + reference.mask.extension().string()};
  std::error_code ignored;
  if (!fs::exists(folder_ / stored.image, ignored)) write_file_atomic(folder_ / stored.image, image);
  if (!fs::exists(folder_ / stored.mask, ignored)) write_file_atomic(folder_ / stored.mask, mask);
  return references_[key] = stored;
}

std::string QuadrupletWriter::normal_path(const Record& record) const {
  if (config_.layout == Layout::Quadruplet) return "normal/" + record.id + ".png";
  return "train/good/" + file_safe(record.scene.empty() ? record.id : record.scene) + "-" +
         content_hash(record.normal) + ".png";
}

void QuadrupletWriter::append(const Record& record) {
  if (record.id.empty() || record.id != file_safe(record.id, record.id.size()))
    throw UsageError("item id '", record.id, "' is no safe file name; make it with item_id()");
  if (!written_.emplace(record.id, true).second)
    throw UsageError("item '", record.id, "' was written twice in one run");

  ManifestEntry entry;
  entry.id = record.id;
  entry.seed = record.seed, entry.steps = record.steps, entry.model = record.model;
  entry.status = record.status, entry.reason = record.reason;
  if (record.reference) {
    const Stored stored = keep_reference(*record.reference);
    entry.reference = stored.image, entry.reference_mask = stored.mask;
  }
  if (!record.normal.is_empty()) {  // a failed item's picture may not even be readable
    entry.normal = normal_path(record);
    const bool is_shared =
        config_.layout == Layout::Mvtec;  // named by content: a file that is there is the same
    if (!is_shared ||
        png_size(folder_ / entry.normal) != cv::Size(record.normal.width(), record.normal.height()))
      save_png(folder_ / entry.normal, record.normal);
  }
  if (record.status != "failed") {
    entry.mask = mask_path(config_.layout, record);
    entry.mask_used = side_path(config_.layout, "mask_used", record.id + ".png");
    entry.caption = side_path(config_.layout, "caption", record.id + ".json");
    entry.abnormal = abnormal_path(config_.layout, record);
    save_png(folder_ / entry.mask, record.mask);
    save_png(folder_ / entry.mask_used, record.mask_used);
    const Json caption =
        make_caption(record.object, record.type, record.mask, record.normal, record.abnormal);
    write_file_atomic(folder_ / entry.caption, caption.dump(2) + "\n");
    PngTexts texts;
    if (config_.with_metadata) {
      Json settings = {
          {"id", record.id},         {"seed", record.seed},          {"steps", record.steps},
          {"model", record.model},   {"reference", entry.reference}, {"reference_mask", entry.reference_mask},
          {"object", record.object}, {"defect", record.type}};
      settings.update(record.settings);
      texts = picture_texts(settings, record.abnormal.width(), record.abnormal.height(), config_.source);
    }
    save_png(folder_ / entry.abnormal, record.abnormal, texts);
  }
  append_line(manifest(), to_json(entry).dump());
  earlier_[record.id] = entry;
  ++count_;
}

void QuadrupletWriter::add_test_good(const std::string& name, const Image& image) {
  if (config_.layout != Layout::Mvtec) throw UsageError("test/good belongs to the MVTec layout alone");
  const auto file = folder_ / "test/good" / (file_safe(name) + "-" + content_hash(image) + ".png");
  if (png_size(file) != cv::Size(image.width(), image.height())) save_png(file, image);
}

}  // namespace unidg::dataset
