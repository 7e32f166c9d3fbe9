#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "unidg/dataset/items.h"
#include "unidg/dataset/manifest.h"
#include "unidg/dataset/picture_texts.h"
#include "unidg/dataset/scenes.h"

namespace unidg::dataset {

/// Quadruplet: normal/ abnormal/ mask/ mask_used/ caption/. Mvtec: train/good, test/<type>,
/// ground_truth/<type>, which anomalib reads unchanged; what it does not know lies under unidg/. Both:
/// references/ and manifest.jsonl.
enum class Layout { Quadruplet, Mvtec };
/// @throws UsageError
Layout parse_layout(const std::string& name);

struct WriterConfig {
  Layout layout = Layout::Quadruplet;
  Shard shard;
  bool with_metadata = true;  ///< texts inside the abnormal PNG
  PixelSource source = PixelSource::TrainedModel;
};

/// One picture with everything that belongs to it.
struct Record {
  std::string id;
  std::string scene;  ///< Scene::name; in the MVTec layout it names the normal picture
  Image normal;       ///< as decoded; empty when the picture was made elsewhere from an unknown one
  Image abnormal;     ///< empty when failed
  Mask mask,
      mask_used;  ///< asked for, and the one that limited the edit; used may be empty-sized when failed
  std::string object, type;
  std::optional<Reference> reference;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::string model;
  std::string status = "ok", reason;
  Json settings = Json::object();  ///< what the PNG should tell besides id, seed, steps, model and reference
};

/// Writes labelled pictures. Every file appears whole or not at all, the manifest line last: a killed run
/// leaves no half item, and a rerun goes on where it stopped.
class QuadrupletWriter {
 public:
  /// Creates the folder. @throws UsageError when it holds something that unidg did not write, or another
  /// layout
  QuadrupletWriter(std::filesystem::path folder, WriterConfig config);

  /// The entry of an item that an earlier run finished: it did not fail, and its files exist with this size.
  const ManifestEntry* finished(const std::string& id, int width, int height) const;

  /// Writes an item's files, then its manifest line. @throws UsageError when the id was written before in
  /// this run; Error when the disk refuses
  void append(const Record& record);

  /// A good picture for the MVTec layout's test/good; one that is there stays. @param name its beginning, the
  /// picture's hash follows  @throws UsageError in another layout
  void add_test_good(const std::string& name, const Image& image);

  std::size_t count() const { return count_; }  ///< items written by this run
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path manifest() const { return folder_ / config_.shard.manifest_name(); }

 private:
  struct Stored {
    std::string image, mask;
  };
  Stored keep_reference(const Reference& reference);
  std::string normal_path(const Record& record) const;

  std::filesystem::path folder_;
  WriterConfig config_;
  std::map<std::string, ManifestEntry> earlier_;
  std::map<std::string, bool> written_;
  std::map<std::string, Stored> references_;
  std::size_t count_ = 0;
};

/// Width and height from a PNG's first bytes; nothing when the file is absent or no PNG.
std::optional<cv::Size> png_size(const std::filesystem::path& file);

}  // namespace unidg::dataset
