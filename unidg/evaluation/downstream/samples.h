#pragma once
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace unidg::evaluation {

/// One picture of a product, decoded once. Training sets may be shrunk to the recipe's size beforehand to
/// save memory; test pictures keep the size at which they are scored.
struct Sample {
  cv::Mat image;     ///< CV_8UC3, R, G, B
  cv::Mat mask;      ///< CV_8UC1 of the picture's size, above 127 = defect; empty: no defect
  int label = -1;    ///< index into the sorted names of defect types; -1: good
  std::string name;  ///< for messages, usually the path
};

/// What a downstream network learns from.
struct TrainingSet {
  std::vector<Sample> good;        ///< train/good
  std::vector<Sample> defective;   ///< generated (or real) defects with their masks
  std::vector<std::string> types;  ///< names of the labels, sorted (docs/evaluation.md, Protocol, row 2)
};

/// Real pictures, good and defective.
struct TestSet {
  std::vector<Sample> samples;
};

/// @throws InputError naming `what` and the sample: no defective sample (an empty generated set), no good one
/// where `needs_good`, a picture that is not CV_8UC3, a defective one without mask or with a mask of another
/// size or without a set pixel, a label out of range, types that are not sorted and unique
void require_valid(const TrainingSet& set, const std::string& what, bool needs_good = true);
/// The same for a test set; a defective picture may lack its mask where `needs_masks` is false.
/// @param types number of types of the training set; labels must lie in [-1, types)
void require_valid(const TestSet& set, std::size_t types, const std::string& what, bool needs_masks = true);

}  // namespace unidg::evaluation
