#include "unidg/dataset/sets/export.h"

#include <fstream>
#include <set>

#include "unidg/core/files.h"
#include "unidg/core/names.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/exports/exports.h"
#include "unidg/dataset/sets/tree.h"

namespace unidg::dataset::sets {
namespace fs = std::filesystem;

void put_bytes(const fs::path& to, const std::string& inside, std::string_view content) {
  const auto path = to / inside;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) throw Error(path.string(), ": cannot write. Free space or choose another folder.");
}

void put_picture(const Exported& item, const fs::path& to, const std::string& inside) {
  put_bytes(to, inside, read_bytes(item.picture()));
}

std::string folder_name(const std::string& word) {
  std::string out;
  for (const unsigned char c : word) out += c == '/' || c == '\\' || c < 32 ? '_' : static_cast<char>(c);
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  if (out.empty()) return "defect";
  if (out.front() == '.') out.front() = '_';
  return out == "good" ? "good_like" : out;
}

std::string split_or_train(const SetEntry& entry) {
  return entry.split == "val" || entry.split == "test" ? entry.split : "train";
}

const std::vector<ExportFormat>& export_formats() {
  static const std::vector<ExportFormat> table = {
      {"anomalib", "anomalib's Folder: normal/, abnormal/<type>/, mask/<type>/ with equal stems",
       "object, split, part, licence, several types", make_anomalib_export},
      {"mvtec", "MVTec AD: <object>/{train,test}/<type>, ground_truth/<type>/NAME_mask.png",
       "abnormal pictures of the train split (they go to test), part, licence", make_mvtec_export},
      {"coco", "COCO instances: images/<split>/, annotations/instances_<split>.json",
       "nothing that validate needs but part and licence", make_coco_export},
      {"yolo-seg", "YOLO segmentation: data.yaml, images/, labels/; holes by bridges of no width",
       "object, part, licence", make_yolo_export},
      {"cvat-mask", "CVAT \"Segmentation mask 1.1\", to be zipped for the upload",
       "object, part, licence; overlaps of types", make_cvat_export},
      {"voc", "Pascal VOC masks with its palette, class_names.txt",
       "object, part, licence; overlaps of types", make_voc_export},
      {"imagefolder", "Hugging Face imagefolder: <split>/metadata.jsonl", "several types",
       make_imagefolder_export},
      {"webdataset", "WebDataset tars, the same bytes for the same set", "several types",
       make_webdataset_export}};
  return table;
}

const ExportFormat& export_format_named(const std::string& name) {
  std::vector<std::string> names;
  std::string all;
  for (const auto& format : export_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
    all += (all.empty() ? "" : ", ") + format.name;
  }
  const auto near = closest(name, names);
  throw UsageError("--format ", name, ": unknown", near.empty() ? "" : ", did you mean '" + near + "'",
                   ". Known: ", all);
}

namespace {

Exported exported(const SetEntry& entry, const fs::path& set) {
  Exported out;
  out.entry = entry, out.set = set;
  out.name = entry.id + FileRef{entry.picture()}.extension();
  if (entry.is_normal()) return out;
  out.mask = unidg::load_mask(set / entry.mask);
  if (entry.parts.empty()) {
    out.parts.push_back({entry.type, out.mask});
    return out;
  }
  const auto sample = to_sample(entry, set);
  const Image frame(out.mask.width(), out.mask.height(), PixelFormat::Gray8);
  for (const auto& part : sample.parts) out.parts.push_back({part.type, load_part(part, frame)});
  return out;
}

/// An export that was cut short may be written over; anything else may not.
void prepare_folder(const fs::path& to) {
  std::error_code error;
  if (fs::exists(to, error) && !fs::is_directory(to, error))
    throw UsageError(to.string(), ": is a file; --out needs a folder");
  if (fs::exists(to, error) && !fs::is_empty(to, error) && !fs::exists(to / "export.part", error))
    throw UsageError(to.string(), ": is not empty; choose another folder or empty it");
  fs::create_directories(to);
  put_bytes(to, "export.part", "");
}

}  // namespace

ExportResult export_set(const fs::path& set, const fs::path& to, const ExportFormat& format,
                        const ExportOptions& options) {
  ExportResult result;
  std::set<std::string> types;
  std::size_t count = 0;
  each_entry(set, [&](const SetEntry& entry) {
    ++count;
    if (entry.is_normal()) return;
    if (entry.parts.empty()) types.insert(entry.type);
    for (const auto& part : entry.parts) types.insert(part.type);
  });
  prepare_folder(to);
  const auto writer = format.make({to, {types.begin(), types.end()}, options, &result.notes});
  Progress progress("export", static_cast<std::int64_t>(count));
  each_entry(set, [&](const SetEntry& entry) {
    if (interrupted()) throw Interrupted("export stopped; the same command begins again");
    try {
      writer->add(exported(entry, set));
      ++result.written;
    } catch (const InputError& error) {
      result.notes.add("entries that cannot be read are left out", error.what());
    }
    progress.advance();
  });
  writer->finish();
  std::error_code ignored;
  fs::remove(to / "export.part", ignored);
  return result;
}

}  // namespace unidg::dataset::sets
