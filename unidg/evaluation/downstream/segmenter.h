#pragma once
#include "unidg/evaluation/downstream/localisation.h"
#include "unidg/evaluation/downstream/prepared.h"
#include "unidg/models/unet/unet.h"

namespace unidg::evaluation {

/// A U-Net with what it was trained for: the network behind `Localiser` and `multiclass`.
class Segmenter {
 public:
  /// Fresh, from `seed`. @param classes "background" first
  Segmenter(const LocalisationConfig& config, std::vector<std::string> classes, std::uint64_t seed);

  /// Probabilities of every class at the network's size. @returns [B, C, S, S] fp32 on the CPU
  torch::Tensor probabilities(const std::vector<cv::Mat>& images);
  /// Trains in place (docs/evaluation.md, Downstream training, 2.2). @param test_score as in TrainingTask
  TrainingReport train(const SegmentationSet& set, const TrainingOptions& options,
                       const std::function<double()>& test_score);

  void save(const std::filesystem::path& path, const TrainingReport& report) const;
  /// @throws FormatError for a file of another kind
  static Segmenter load(const std::filesystem::path& path);

  const LocalisationConfig& config() const { return config_; }
  const std::vector<std::string>& classes() const { return classes_; }
  const models::Unet& net() const { return net_; }

 private:
  torch::Tensor logits(const torch::Tensor& pixels);  ///< [B, S, S, 3] u8 -> [B, C, S, S] fp32
  Segmenter(const LocalisationConfig& config, std::vector<std::string> classes, models::Unet net);
  LocalisationConfig config_;
  std::vector<std::string> classes_;
  torch::Device device_;
  models::Unet net_;
};

/// A map of the network at the size that `config.score_at` asks for. @param map [S, S] fp32
cv::Mat scored_map(const torch::Tensor& map, cv::Size picture, const LocalisationConfig& config);
/// The truth at the same size: CV_8UC1, 0 or 255; zeros for a good picture.
cv::Mat scored_truth(const Sample& sample, const LocalisationConfig& config);

}  // namespace unidg::evaluation
