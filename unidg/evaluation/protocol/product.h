#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::evaluation {

/// How the real defects of a type are divided (docs/evaluation.md, Protocol).
struct SplitConfig {
  std::string split = "third";       ///< pool = floor(n / 3) | third_or_one: max(floor(n / 3), 1)
  std::string small_types = "stop";  ///< a type with fewer than 3 pictures: stop | skip (left out, named)
};
void fields(FieldVisitor& visit, SplitConfig& c);

/// A defective photo with its mask.
struct DefectFile {
  std::filesystem::path image, mask;
  std::string key;  ///< "test/scratch/000"
};

/// The photos of one defect type, each list sorted by number.
struct DefectType {
  std::string name;
  std::vector<DefectFile> pool;  ///< may serve as references and for masks
  std::vector<DefectFile> test;
};

/// A product in MVTec-AD's layout.
struct Product {
  std::string name;
  std::filesystem::path folder;
  std::vector<std::filesystem::path> good_train;
  std::vector<std::filesystem::path> good_test;
  std::vector<DefectType> types;      ///< sorted by name
  std::vector<std::string> left_out;  ///< what is not used, each with its reason

  std::size_t abnormal_test() const;
};

/// How many of `n` pictures of a type are the pool.
std::size_t pool_size(std::size_t n, const std::string& split);

/// Lists train/good, test/good, test/<type> and ground_truth/<type>; decodes nothing.
/// @throws InputError naming file or folder, what was expected and the remedy: no such folder, another
/// layout, a picture without mask, a mask without picture, a type with fewer than 3 pictures, no good test
/// picture or no defect at all (one class only)
Product read_product(const std::filesystem::path& folder, const SplitConfig& config);

/// Decodes a defective photo. @throws InputError when sizes differ or the mask is empty (both files are
/// named)
MaskedImage load_defect(const DefectFile& file);

}  // namespace unidg::evaluation
