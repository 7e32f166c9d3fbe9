#pragma once
#include <functional>
#include <opencv2/core.hpp>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/classification.h"
#include "unidg/evaluation/downstream/hidden_head.h"
#include "unidg/evaluation/downstream/linear_head.h"

namespace unidg::evaluation {

/// Which cells of the feature grid a per-pixel head learns from.
struct DenseHeadConfig {
  std::int64_t defective_cells = 100;  ///< of a generated picture, at most
  std::int64_t sound_cells = 60;       ///< of a generated picture, outside its mask
  std::int64_t good_cells = 30;        ///< of a good picture
  std::int64_t good_pictures = 100;    ///< of a product, at most, evenly chosen
  double mask_share = 0.5;             ///< a cell is defective when more of its area is
  double weight_decay = 1e-3;          ///< penalty on the squared weights of the linear head
  std::int64_t hidden = 0;             ///< units of a hidden layer (hidden_head.h); 0: the head is linear
};
void fields(FieldVisitor& visit, DenseHeadConfig& c);

/// A classifier of every place of a picture on a frozen backbone's feature maps: multinomial logistic
/// regression, or heads with a hidden layer.
class DenseHead {
 public:
  DenseHead(Backbone backbone, std::int64_t classes) : backbone_(std::move(backbone)), classes_(classes) {}
  /// Collects cells. @param class_of_label class of each of the product's types; background is class 0
  void add(const TrainingSet& set, const std::vector<int>& class_of_label, const DenseHeadConfig& config,
           std::uint64_t seed);
  /// @returns what was learned; the same for the same seed
  TrainingReport fit(const DenseHeadConfig& config, std::uint64_t seed);
  /// Probabilities [C, s, s] on the backbone's grid.
  torch::Tensor probabilities(const cv::Mat& image) const;
  int grid() const { return backbone_.grid; }

 private:
  void add_cells(const Sample& sample, int mask_class, std::int64_t inside, std::int64_t outside,
                 double share, Rng& rng);
  Backbone backbone_;
  std::int64_t classes_;
  std::vector<torch::Tensor> features_;
  std::vector<std::int64_t> labels_;
  std::function<torch::Tensor(const torch::Tensor&)> logits_;  ///< [B, F] -> [B, C]
};

}  // namespace unidg::evaluation
