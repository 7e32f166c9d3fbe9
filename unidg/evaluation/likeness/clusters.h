#pragma once
#include <functional>

#include "unidg/evaluation/likeness/likeness.h"

namespace unidg::evaluation {

/// A picture ready to be compared. Where `region` is defined the distance is that of the union of both
/// regions (spatial IL-a), else that of the whole picture.
struct ComparedPicture {
  Embedding embedding;
  torch::Tensor region;  ///< [H, W], 0 or 1
};
double distance(const ComparedPicture& a, const ComparedPicture& b);

/// How a list of pictures is read, one at a time: a type at 256 px on VGG-16 would not fit into memory whole.
struct PictureList {
  std::size_t count;
  std::function<ComparedPicture(std::size_t)> load;
};

/// Assigns every generated picture to its nearest centre and compares inside clusters.
/// @param stream decides the shuffle together with `seed`
ClusterScore score_clusters(const PictureList& centres, const PictureList& generated,
                            const LikenessRules& rules, std::uint64_t seed, const std::string& stream);

}  // namespace unidg::evaluation
