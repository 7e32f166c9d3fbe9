#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace unidg::evaluation {

/// A picture that shows a defect; the mask is "" where none was found.
struct LikenessSample {
  std::filesystem::path image, mask;
};

/// The pictures of one defect type.
struct LikenessType {
  std::string object, type;
  std::vector<LikenessSample> real;       ///< sorted by number
  std::vector<LikenessSample> generated;  ///< sorted by path, or in the manifest's order
};

/// Real and generated pictures by type. `real` is one MVTec category (test/<type>/, ground_truth/<type>/) or
/// a folder of categories. `generated` is a folder that unidg wrote, or any folder whose subfolders bear the
/// types' names (<type>/ or <object>/<type>/), with masks by the rules of references (docs/formats.md).
/// Types without generated pictures are left out with a warning.
/// @throws InputError: no such folder, another layout, nothing generated, no type in common (both lists are
/// named)
std::vector<LikenessType> read_likeness_types(const std::filesystem::path& generated,
                                              const std::filesystem::path& real);

}  // namespace unidg::evaluation
