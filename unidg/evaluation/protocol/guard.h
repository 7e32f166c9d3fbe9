#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/core/error.h"
#include "unidg/evaluation/protocol/fingerprint.h"
#include "unidg/evaluation/protocol/product.h"

namespace unidg::evaluation {

/// When two pictures are called the same (docs/evaluation.md, "Guards").
struct GuardConfig {
  bool check = true;
  double copy = 0.88;                   ///< similarity from which one photo is a copy of another
  std::string same_part = "leave_out";  ///< another photo of the same specimen: leave_out | stop | ignore
  int blocks = 3;                       ///< unchanged 8 x 8 blocks that make a pasted copy
};
void fields(FieldVisitor& visit, GuardConfig& c);

/// Two pictures that should not be on both sides.
struct SamePart {
  std::string used, test;  ///< keys, "train/good/012" and "test/scratch/030"
  double similarity = 0;
};

/// Something learned from is also tested on. It stops a run, where other errors lose one cell.
class LeakError : public InputError {
 public:
  using InputError::InputError;
};

/// Keeps test pictures out of everything that is learned from. One object a product.
class Guard {
 public:
  /// Decodes every picture of the product. @throws InputError for broken files and masks of another size
  Guard(const Product& product, GuardConfig config);

  /// Pool and train/good against test. @returns `product` without the pictures that show a specimen of the
  /// test set (named in `left_out`)
  /// @throws InputError naming both files when one is a copy of the other, or when a type loses its whole
  /// pool
  Product without_test(Product product);
  /// Pasted pixels are also looked for at the size of these pictures.
  void add_size(const Product& resized);
  const std::vector<SamePart>& same_parts() const { return same_parts_; }
  /// Similarity from which a photo of the pool shows a specimen of the test set.
  double same_part_level() const { return same_part_level_; }

  /// A picture that is learned from, generated or listed by a model card.
  /// @param changed where a generated picture was painted; empty-sized: the whole picture counts
  /// @throws LeakError naming it and the test picture when it is a copy, or holds pasted pixels of one
  void refuse_copy(const std::string& name, const Image& image, const Mask& changed = {}) const;

  /// The list of a model's training pictures: a folder of pictures, or JSON lines with `name` and `sha256`
  /// (of size and decoded RGB samples) and, where known, `dhash`.
  /// @throws LeakError naming the listed picture and the test picture
  void refuse_training_list(const std::filesystem::path& list, const std::string& model) const;

  /// SHA-256 over the hashes of all pictures and masks, the same whatever their order on disk.
  const std::string& data_sha256() const { return data_sha256_; }

 private:
  void add_blocks(const MaskedImage& defect, const std::string& key);
  GuardConfig config_;
  std::vector<std::string> used_keys_, test_keys_;
  std::vector<Fingerprint> used_, test_;
  PhotoIndex index_;
  BlockIndex blocks_;
  std::vector<std::string> block_keys_;  ///< of each picture in `blocks_`
  std::vector<SamePart> same_parts_;
  double same_part_level_ = 1;
  std::string data_sha256_;
};

}  // namespace unidg::evaluation
