#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "unidg/dataset/sets/notes.h"
#include "unidg/dataset/sets/set_folder.h"

namespace unidg::dataset::sets {

/// One entry with its masks, as a format's writer sees it. Pictures are handed on byte for byte.
struct Exported {
  SetEntry entry;
  std::filesystem::path set;
  Mask mask;  ///< union of the parts; empty-sized for a normal picture
  struct Part {
    std::string type;
    Mask mask;
  };
  std::vector<Part> parts;  ///< one a type
  std::string name;         ///< file name of the picture, unique in the export: ID.ext
  FileRef picture() const { return {set / entry.picture()}; }
};

/// Writes one format. `add` is called in the set's order, `finish` once at the end.
class SetExport {
 public:
  virtual ~SetExport() = default;
  virtual void add(const Exported& item) = 0;
  virtual void finish() {}
};

struct ExportOptions {
  bool polygons = true;  ///< COCO: polygons where they are exact; otherwise run lengths for all
  std::uint64_t shard_bytes = 1000u << 20;  ///< WebDataset: a new tar from here on
};

/// What a writer needs to know before the first entry.
struct ExportPlan {
  std::filesystem::path to;
  std::vector<std::string> types;  ///< of all defects, sorted: class numbers of COCO, YOLO, VOC
  ExportOptions options;
  Notes* notes = nullptr;
};

struct ExportFormat {
  std::string name, says;
  std::string loses;  ///< what the format has no place for
  std::function<std::unique_ptr<SetExport>(const ExportPlan&)> make;
};
/// anomalib, mvtec, coco, yolo-seg, cvat-mask, voc, imagefolder, webdataset.
const std::vector<ExportFormat>& export_formats();
/// @throws UsageError naming the nearest one
const ExportFormat& export_format_named(const std::string& name);

struct ExportResult {
  std::size_t written = 0;
  Notes notes;
};
/// Writes a set in another format into an empty folder. An unfinished export has a file `export.part`; such a
/// folder is written again.
/// @throws UsageError when `to` holds something else; InputError for a broken set
ExportResult export_set(const std::filesystem::path& set, const std::filesystem::path& to,
                        const ExportFormat& format, const ExportOptions& options = {});

/// Copies the picture's bytes to `inside` below `to`.
void put_picture(const Exported& item, const std::filesystem::path& to, const std::string& inside);
void put_bytes(const std::filesystem::path& to, const std::string& inside, std::string_view content);
/// A type or object as a folder's name: no separators, no leading dot, never "good" or empty.
std::string folder_name(const std::string& word);
/// "train", "val" or "test"; entries without a split count as train.
std::string split_or_train(const SetEntry& entry);

}  // namespace unidg::dataset::sets
