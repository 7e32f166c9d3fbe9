#pragma once
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace unidg::evaluation {

/// One picture of a product. Pictures and masks are decoded once and kept as bytes.
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
  std::vector<std::string> types;  ///< names of the labels, sorted (evaluation.md 9, row 2)
};

/// Real pictures, good and defective.
struct TestSet {
  std::vector<Sample> samples;
};

/// @throws InputError naming `what` and the sample: no defective sample (an empty generated set), no good
/// one, a picture that is not CV_8UC3, a defective one without mask or with a mask of another size or without
/// a set pixel, a label out of range, types that are not sorted or not unique
void require_valid(const TrainingSet& set, const std::string& what);
/// The same for a test set: at least one sample, masks of the pictures' size where there are any.
/// @param types of the training set; labels must lie in [-1, types)
void require_valid(const TestSet& set, std::size_t types, const std::string& what);

}  // namespace unidg::evaluation
