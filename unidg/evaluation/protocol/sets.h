#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "unidg/evaluation/downstream/samples.h"
#include "unidg/evaluation/protocol/config.h"
#include "unidg/evaluation/protocol/guard.h"
#include "unidg/evaluation/protocol/ledger.h"
#include "unidg/evaluation/protocol/plan.h"
#include "unidg/generation/generator.h"

namespace unidg::evaluation {

/// A product as a run uses it: at the run's picture size, without pictures of test specimens, and decoded.
struct ProductData {
  Product product;
  std::shared_ptr<const Guard> guard;
  std::vector<std::string> types;      ///< sorted names, the labels of samples
  std::vector<Sample> good;            ///< train/good
  TestSet test;                        ///< good first, then type by type
  std::vector<std::string> test_keys;  ///< of each test sample, "test/scratch/030"
  std::vector<bool>
      is_other_half;  ///< of each test sample: false for the defects that the oracle learns from
};

/// Where a picture of a training set lies.
struct TypedFile {
  std::string type;
  std::filesystem::path image, mask;
};

/// What a generator made for one product and seed.
struct TrainingPictures {
  TrainingSet set;
  std::vector<std::string> notes;  ///< failed or weak pictures
  std::vector<TypedFile> files;    ///< of set.defective
  std::filesystem::path folder;    ///< of the labelled pictures; empty for real ones
};

/// Brings products and generated sets into being, each once, and keeps them in the run folder. Safe to call
/// from several threads; pictures are generated one set at a time.
class Sets {
 public:
  Sets(const RunConfig& config, std::filesystem::path out, Ledger& ledger);
  ~Sets();

  /// @throws InputError for what read_product, Guard and read_config find wrong
  std::shared_ptr<const ProductData> product(const std::string& name);
  const TargetPlan& plan(const std::string& product, std::uint64_t seed);
  /// Finished pictures of an earlier run are skipped; every new one passes the guard.
  /// @throws InputError for an empty generated set (every picture failed), or a copy of a test picture
  TrainingPictures pictures(const GeneratorSpec& spec, const std::string& product, std::uint64_t seed);

  /// The folder of a product's own files: below `data`, or drawn.
  std::filesystem::path source_folder(const std::string& name);

 private:
  void generate(const GeneratorSpec& spec, const ProductData& data, const TargetPlan& plan,
                const std::filesystem::path& folder);
  const generation::Generator& generator(const GeneratorSpec& spec, const Product& product);
  TrainingPictures real_pictures(const GeneratorSpec& spec, const ProductData& data, std::uint64_t seed);

  const RunConfig& config_;
  std::filesystem::path out_;
  Ledger& ledger_;
  std::recursive_mutex mutex_;
  std::map<std::string, std::shared_ptr<const ProductData>> products_;
  std::map<std::pair<std::string, std::uint64_t>, TargetPlan> plans_;
  std::map<std::string, std::unique_ptr<generation::Generator>> generators_;
};

/// A picture and its mask as downstream networks take them.
Sample to_sample(const Image& image, const Mask& mask, int label, const std::string& name);

}  // namespace unidg::evaluation
