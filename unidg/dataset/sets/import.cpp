#include "unidg/dataset/sets/import.h"

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/items.h"
#include "unidg/dataset/sets/parallel.h"
#include "unidg/dataset/sets/run_lengths.h"
#include "unidg/image/formats/header.h"

namespace unidg::dataset::sets {
namespace {

constexpr std::size_t kImportBatch = 64;  // decoded side by side
constexpr std::size_t kCommit = 512;      // entries between two flushes of the disk

/// A picture as it goes into the set.
struct Stored {
  Image image;
  std::string bytes, extension, sha256;
};

/// Byte for byte where a browser and every reader show the same; otherwise as PNG.
Stored store(const FileRef& file) {
  Stored out;
  out.bytes = read_bytes(file);
  if (out.bytes.empty()) throw InputError(file.name(), ": the file is empty (zero bytes)");
  out.image = decode_image(out.bytes, file.name());
  const auto header = formats::read_header(formats::Bytes(out.bytes, file.name()));
  switch (header.format) {
    case formats::FileFormat::Png:
      out.extension = ".png";
      break;
    case formats::FileFormat::Jpeg:
      out.extension = ".jpg";
      break;
    case formats::FileFormat::WebP:
      out.extension = ".webp";
      break;
    default:
      out.extension = "";
  }
  if (out.extension.empty() || header.orientation != 1)
    out.bytes = encode_png(out.image), out.extension = ".png";
  out.sha256 = sha256_hex(out.bytes);
  return out;
}

void fill(std::string& field, const std::string& known) {
  if (!known.empty()) field = known;
}

/// Parts as run lengths, only where they differ in type: the mask file holds their union.
std::vector<SetEntry::Part> several_types(const Sample& sample, const Image& image) {
  std::vector<SetEntry::Part> out;
  if (sample.type.find('+') == std::string::npos) return out;
  for (const auto& part : sample.parts) {
    const auto mask = load_part(part, image);
    if (!mask.is_empty()) out.push_back({part.type, coco_string(run_lengths(mask).counts)});
  }
  return out;
}

}  // namespace

Prepared prepare(const Sample& sample, const SetWriter& writer, const Taxonomy& taxonomy) {
  Prepared out;
  out.about = sample.image.name();
  auto& entry = out.entry;
  entry.id = sample.id, entry.source = sample.source, entry.object = sample.object, entry.type = sample.type;
  entry.domain = sample.domain, entry.licence = sample.licence, entry.split = sample.split;
  entry.mask_kind = sample.mask_kind, entry.origin = sample.origin;
  const auto picture = store(sample.image);
  entry.width = picture.image.width(), entry.height = picture.image.height(), entry.sha256 = picture.sha256;
  const auto shard = picture.sha256.substr(0, 2) + "/" + entry.id;

  Mask mask;
  bool is_normal = sample.is_normal();
  if (!is_normal) {
    mask = load_mask(sample, picture.image);
    entry.mask_area = mask.area();
    if (mask.is_empty() && !sample.empty_mask_is_good) {
      out.fault = "abnormal pictures with an empty mask are left out";
      return out;
    }
    is_normal = mask.is_empty();
  }

  if (is_normal) {
    entry.type = "good", entry.normal = "normal/" + shard + picture.extension;
    writer.put(entry.normal, picture.bytes);
    entry.part = sample.part.empty() ? picture.sha256.substr(0, 12) : sample.part;
  } else {
    entry.parts = several_types(sample, picture.image);
    entry.abnormal = "abnormal/" + shard + picture.extension, entry.mask = "mask/" + shard + ".png";
    entry.part = sample.part.empty() ? picture.sha256.substr(0, 12) : sample.part;
    if (!sample.normal.is_empty()) {
      const auto normal = store(sample.normal);
      if (normal.image.width() != entry.width || normal.image.height() != entry.height)
        throw InputError(sample.normal.name(), ": the normal counterpart is ", normal.image.width(), " x ",
                         normal.image.height(), " but its picture ", entry.width, " x ", entry.height);
      entry.normal = "normal/" + shard + normal.extension, entry.normal_sha256 = normal.sha256;
      if (sample.part.empty())
        entry.part = normal.sha256.substr(0, 12);  // defects of one scene stay together
      writer.put(entry.normal, normal.bytes);
    }
    if (!sample.caption.is_empty()) {
      entry.caption = "caption/" + shard + ".json";
      writer.put(entry.caption, read_bytes(sample.caption));
    }
    writer.put(entry.abnormal, picture.bytes);
    writer.put(entry.mask, encode_png(mask));
  }
  entry.category = taxonomy.category(entry.source, entry.object, entry.type).category;
  entry.category_map = taxonomy.version();
  return out;
}

namespace {

/// Samples on their way into a set.
class Importer {
 public:
  Importer(SetWriter& writer, const ImportOptions& options, const Taxonomy& taxonomy, ImportResult& result)
      : writer_(writer), options_(options), taxonomy_(taxonomy), result_(result), progress_("import", 0) {}

  void take(Sample sample) {
    ++result_.read;
    fill(sample.source, options_.source), fill(sample.object, options_.object);
    fill(sample.domain, options_.domain), fill(sample.licence, options_.licence);
    if (!options_.type.empty())
      for (auto& part : sample.parts) part.type = options_.type;
    if (!sample.is_normal()) sample.type = joined_types(sample.parts);
    const auto prefix = file_safe(sample.source, 40) + "-";
    sample.id = file_safe(sample.id, 120);
    if (!sample.source.empty() && sample.id.rfind(prefix, 0) != 0) sample.id = prefix + sample.id;
    if (writer_.has(sample.id)) {
      ++result_.known;
      progress_.advance();
      return;
    }
    batch_.push_back(std::move(sample));
    if (batch_.size() == kImportBatch) flush();
  }

  void flush() {
    std::vector<Prepared> done(batch_.size());
    parallel(batch_.size(), options_.threads, [&](std::size_t i) {
      try {
        done[i] = prepare(batch_[i], writer_, taxonomy_);
      } catch (const InputError& error) {
        done[i].fault = "files that cannot be used are left out", done[i].about = error.what();
      }
    });
    for (auto& item : done) {
      if (!item.fault.empty()) {
        result_.notes.add(item.fault, item.about);
        continue;
      }
      if (!item.entry.category) {
        const auto& entry = item.entry;
        ++result_.unmapped[text(entry.source, "/", entry.object, "/", entry.type, ": ",
                                taxonomy_.category(entry.source, entry.object, entry.type).why)];
      }
      result_.without_licence += item.entry.licence.empty();
      ready_.push_back(std::move(item.entry));
    }
    progress_.advance(static_cast<std::int64_t>(batch_.size()));
    batch_.clear();
    if (ready_.size() >= kCommit) commit();
    if (!interrupted()) return;
    commit();
    throw Interrupted("stopped after ", result_.added, " pictures; the same command goes on");
  }

  void commit() {
    writer_.append(ready_);
    result_.added += ready_.size();
    ready_.clear();
  }

 private:
  SetWriter& writer_;
  const ImportOptions& options_;
  const Taxonomy& taxonomy_;
  ImportResult& result_;
  Progress progress_;
  std::vector<Sample> batch_;
  std::vector<SetEntry> ready_;  ///< their files are written, their lines not yet
};

Json info_of(const ImportResult& result, const SetWriter& writer, const std::string& from, Json earlier) {
  Json notes = Json::object();
  for (const auto& [kind, group] : result.notes.groups())
    notes[kind] = {{"count", group.count}, {"first", group.first}};
  Json imports = earlier.is_object() && earlier.contains("imports") ? earlier["imports"] : Json::array();
  Json line = {{"from", from},
               {"layout", result.chosen.reader->name},
               {"confidence", result.chosen.recognition.confidence},
               {"because", result.chosen.recognition.reason},
               {"added", result.added},
               {"known", result.known},
               {"notes", notes}};
  if (result.added > 0 || imports.empty()) imports.push_back(line);
  return {{"complete", true}, {"entries", writer.count()}, {"imports", imports}};
}

}  // namespace

ImportResult import_set(const std::filesystem::path& from, const std::filesystem::path& to,
                        const ImportOptions& options, const Taxonomy& taxonomy) {
  ImportResult result;
  const Tree tree(from, &result.notes);
  result.others = recognise(Tree(from));
  if (options.layout.empty()) {
    result.chosen = result.others.front();
    result.others.erase(result.others.begin());
  } else {
    const auto& reader = reader_named(options.layout);
    result.chosen = {&reader, {1, "asked for"}};
  }
  SetWriter writer(to);
  Importer importer(writer, options, taxonomy, result);
  const auto defaults = [&](Sample sample) {
    if (sample.source.empty()) sample.source = tree.name();
    importer.take(std::move(sample));
  };
  try {
    result.chosen.reader->read(tree, defaults, result.notes);
  } catch (const Json::exception& error) {  // a field of another type than the layout's
    throw FormatError(from.string(), ": a JSON of this '", result.chosen.reader->name,
                      "' set has another shape than the layout's: ", error.what());
  }
  importer.flush();
  importer.commit();
  if (writer.count() == 0) {
    std::string why;
    for (const auto& [kind, group] : result.notes.groups())
      why += text("; ", kind, ": ", group.count, " (", group.first.front(), ")");
    throw InputError(from.string(), ": nothing usable as '", result.chosen.reader->name, "' (",
                     result.chosen.recognition.reason, ")", why,
                     ". `unidg dataset import --layouts` lists the layouts");
  }
  writer.write_info(info_of(result, writer, tree.name(), read_info(to)));
  return result;
}

}  // namespace unidg::dataset::sets
