#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "unidg/dataset/mask_library.h"
#include "unidg/dataset/masks.h"
#include "unidg/dataset/scenes.h"
#include "unidg/dataset/writer.h"
#include "unidg/generation/generator.h"

namespace unidg::generation {

/// Settings of a batch: of the pictures, and (`masks.`) of the masks that are drawn for them.
struct BatchConfig {
  GenerateConfig generate;
  dataset::MaskConfig masks;
};
void fields(FieldVisitor& visit, BatchConfig& c);

/// What to make. References come from one picture or from a folder; places to paint from scenes and masks, or
/// from a job list.
struct BatchRequest {
  std::filesystem::path reference;       ///< shows the defect; its mask is beside it unless given
  std::filesystem::path reference_mask;  ///< optional
  std::filesystem::path references;      ///< instead of `reference`: one is drawn for each picture, seeded
  std::filesystem::path scenes;          ///< good picture or folder
  std::string masks;                     ///< file, folder, "auto", "like:DIR" or "from:DIR" (MaskLibrary)
  std::filesystem::path jobs;            ///< JSONL instead of scenes and masks
  int count = 1;                         ///< pictures per scene
  std::uint64_t seed = 0;
  dataset::Shard shard;
  bool needs_reference = true;  ///< false for generators that bring their own defects
  int test_good = 0;            ///< scenes held out, drawn by the seed: for the MVTec layout's test/good
};

/// One picture to make. Its id depends on scene, mask, copy number and seed only.
struct Item {
  std::string id;
  std::size_t scene = 0, reference = 0;  ///< indices into the plan; no meaning in a plan without references
  std::size_t number = 0;                ///< among the plan's items of the same defect type, of all shards
  int copy = 1;
  std::uint64_t seed = 0;
};

struct Plan {
  std::vector<dataset::Scene> scenes;
  std::vector<dataset::Reference> references;
  std::vector<Item> items;                           ///< of this shard, scene by scene
  std::size_t total = 0;                             ///< of all shards
  std::optional<dataset::MaskLibrary> mask_library;  ///< for scenes without a mask; none: drawn freely
  std::vector<dataset::Scene> test_good;             ///< held out, never painted

  /// Nothing in a plan without references.
  const dataset::Reference* reference_of(const Item& item) const {
    return references.empty() ? nullptr : &references[item.reference];
  }
  std::vector<std::string> notes;  ///< fields of a job list that have no effect here
};

/// Reads folders and lists, decodes nothing, writes nothing.
/// @throws UsageError for contradicting requests, InputError for missing or unpaired files
Plan plan_batch(const BatchRequest& request);

/// Decodes every picture and mask of the plan. @returns what is wrong with them, one message each
std::vector<std::string> check_inputs(const Plan& plan);
/// The same for the first item alone, so that a wrong file is found before anything is loaded or written.
/// @throws InputError
void check_first(const Plan& plan);

/// How many of the plan's items an earlier run into `folder` has finished, by its manifests alone.
std::size_t count_finished(const Plan& plan, const std::filesystem::path& folder);

struct Failure {
  std::string id, reason;
};
struct BatchReport {
  std::size_t planned = 0;  ///< items of this shard
  std::size_t made = 0;     ///< ok or weak
  std::size_t weak = 0;
  std::size_t skipped = 0;  ///< finished by an earlier run
  std::vector<Failure> failures;
  bool is_interrupted = false;
};

/// Makes the plan's pictures and writes them. Finished ones are skipped; an item whose files are wrong, or
/// that cannot be painted, is recorded as failed and the others go on. Stops after the pictures at hand when
/// interrupted.
/// @param masks how masks are drawn for scenes that come without one
/// @param provenance what every PNG tells besides its own item: hashes of the weights, version
/// @throws UsageError when the folder holds pictures of these items made with another model, reference or
/// setting
BatchReport run_batch(const Plan& plan, const Generator& generator, const dataset::MaskConfig& masks,
                      dataset::QuadrupletWriter& writer, const Json& provenance);

/// Settings that decide a picture: the generator's and (`masks.`) those of the masks that are drawn.
Json deciding_settings(const Generator& generator, const dataset::MaskConfig& masks);

/// Writes the plan's held-out scenes as test/good of the MVTec layout; what is there already stays.
/// @throws UsageError in another layout
void write_test_good(const Plan& plan, dataset::QuadrupletWriter& writer);

/// After the last picture of an unsharded run: manifest in the order of ids, contact_sheet.png and
/// index.html; what a killed run has left half-written goes. @returns index.html, or "" when no picture was
/// written
std::filesystem::path finish_folder(const std::filesystem::path& folder);

}  // namespace unidg::generation
