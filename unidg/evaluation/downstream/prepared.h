#pragma once
#include "unidg/core/torch.h"

#include <opencv2/core.hpp>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/samples.h"

namespace unidg::evaluation {

/// The picture at the network's size: averaged where it shrinks, bilinear where it grows; the aspect ratio is
/// not kept. @returns [size, size, 3] u8, R, G, B
torch::Tensor network_pixels(const cv::Mat& image, int size);

/// Which cells of a size x size grid are defective: those covered by more than `share` of their area. A mask
/// too thin for that keeps its most covered cells, so that no defect vanishes.
/// @param mask above 127 = defect; empty: none  @returns CV_8UC1, 0 or 255
cv::Mat network_mask(const cv::Mat& mask, int size, double share);

/// Pixels [B, S, S, 3] u8 as a network sees them: [B, 3, S, S] fp32 in [0, 1], channels last in memory.
torch::Tensor network_input(const torch::Tensor& pixels, torch::Device device);

/// Every picture of a batch brought to mean 0 and deviation 1 over all its pixels and channels: colours stay,
/// exposure goes. An even picture becomes 0. @param x [B, 3, S, S]
torch::Tensor standardised(const torch::Tensor& x);

/// Pictures and what is true of each pixel, at the network's size, as bytes: the memory of a training.
class SegmentationSet {
 public:
  SegmentationSet(int size, double mask_share) : size_(size), mask_share_(mask_share) {}
  /// @param class_of_label class of each of the product's types, 1 .. 255; background is class 0
  void add(const TrainingSet& set, const std::vector<int>& class_of_label);

  struct Batch {
    torch::Tensor pixels;   ///< [B, S, S, 3] u8
    torch::Tensor classes;  ///< [B, S, S] u8
  };
  /// Each sample: with probability `good_share` a good one of a product drawn uniformly, else a type drawn
  /// uniformly, then one of its samples.
  Batch draw(std::int64_t count, double good_share, Rng& rng) const;

 private:
  std::size_t add(const cv::Mat& image, const cv::Mat& mask, int mask_class);
  int size_;
  double mask_share_;
  std::vector<torch::Tensor> pixels_, classes_;
  std::vector<std::vector<std::size_t>> good_, defective_;  ///< indices by product, by type
};

}  // namespace unidg::evaluation
