#include <map>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/exports/exports.h"
#include "unidg/dataset/sets/tar.h"

namespace unidg::dataset::sets {
namespace {

/// What the formats with free fields keep of an entry.
Json about(const SetEntry& entry) {
  Json out = {{"type", entry.type},
              {"object", entry.object},
              {"category", entry.category ? Json(*entry.category) : Json(nullptr)},
              {"category_map", entry.category_map},
              {"split", entry.split},
              {"part", entry.part},
              {"source", entry.source},
              {"domain", entry.domain},
              {"licence", entry.licence},
              {"origin", entry.origin},
              {"mask_kind", entry.mask_kind},
              {"width", entry.width},
              {"height", entry.height},
              {"sha256", entry.sha256}};
  for (const auto& [name, value] : entry.other.items()) out[name] = value;
  return out;
}

std::string extension(const std::string& file) { return FileRef{file}.extension(); }

/// A folder a split with metadata.jsonl; names ending in _file_name are loaded as pictures by `datasets`.
class ImagefolderExport : public SetExport {
 public:
  explicit ImagefolderExport(const ExportPlan& plan) : to_(plan.to) {}
  void add(const Exported& item) override {
    const auto split = split_or_train(item.entry), folder = split + "/";
    Json line = {{"file_name", "images/" + item.name}};
    put_picture(item, to_, folder + "images/" + item.name);
    if (item.entry.is_normal()) {
      line["mask_file_name"] = nullptr;
    } else {
      line["mask_file_name"] = "masks/" + item.entry.id + ".png";
      put_bytes(to_, folder + "masks/" + item.entry.id + ".png", encode_png(item.mask));
      if (!item.entry.normal.empty()) {
        const auto name = "normals/" + item.entry.id + extension(item.entry.normal);
        put_bytes(to_, folder + name, read_bytes({item.set / item.entry.normal}));
        line["normal_file_name"] = name;
      }
      if (!item.entry.caption.empty())
        line["caption"] = parse_json(read_file(item.set / item.entry.caption), item.entry.caption).dump();
    }
    const auto fields = about(item.entry);
    for (const auto& [name, value] : fields.items()) line[name] = value;
    lines_[split] += line.dump() + "\n";
  }
  void finish() override {
    for (const auto& [split, lines] : lines_) write_file_atomic(to_ / split / "metadata.jsonl", lines);
  }

 private:
  std::filesystem::path to_;
  std::map<std::string, std::string> lines_;
};

/// KEY.<ext>, KEY.mask.png, KEY.normal.<ext>, KEY.caption.json, KEY.json side by side; shards of one split.
class WebdatasetExport : public SetExport {
 public:
  explicit WebdatasetExport(const ExportPlan& plan) : plan_(plan) {}
  void add(const Exported& item) override {
    auto& shard = shards_[split_or_train(item.entry)];
    if (shard.tar && shard.tar->bytes() >= plan_.options.shard_bytes) shard.tar->close(), shard.tar.reset();
    if (!shard.tar) {
      char number[16];
      std::snprintf(number, sizeof number, "-%06d.tar", shard.count++);
      shard.tar = std::make_unique<TarWriter>(plan_.to / (split_or_train(item.entry) + number));
    }
    auto key = item.entry.id;
    for (auto& c : key)
      if (c == '.') c = '_';  // WebDataset cuts the name at its first dot
    shard.tar->add(key + extension(item.name), read_bytes(item.picture()));
    if (!item.entry.is_normal()) shard.tar->add(key + ".mask.png", encode_png(item.mask));
    if (!item.entry.is_normal() && !item.entry.normal.empty())
      shard.tar->add(key + ".normal" + extension(item.entry.normal),
                     read_bytes({item.set / item.entry.normal}));
    if (!item.entry.caption.empty())
      shard.tar->add(key + ".caption.json", read_file(item.set / item.entry.caption));
    shard.tar->add(key + ".json", about(item.entry).dump());
  }
  void finish() override {
    for (auto& [split, shard] : shards_)
      if (shard.tar) shard.tar->close();
  }

 private:
  struct Shard {
    std::unique_ptr<TarWriter> tar;
    int count = 0;
  };
  ExportPlan plan_;
  std::map<std::string, Shard> shards_;
};

}  // namespace

std::unique_ptr<SetExport> make_imagefolder_export(const ExportPlan& plan) {
  return std::make_unique<ImagefolderExport>(plan);
}
std::unique_ptr<SetExport> make_webdataset_export(const ExportPlan& plan) {
  return std::make_unique<WebdatasetExport>(plan);
}

}  // namespace unidg::dataset::sets
