#pragma once
#include "unidg/evaluation/likeness/perceptual_distance.h"
#include "unidg/models/lpips/lpips.h"
#include "unidg/models/mobilenet/mobilenet_v2.h"
#include "unidg/models/small/small_model.h"

namespace unidg::evaluation {

class LpipsDistance : public PerceptualDistance {
 public:
  explicit LpipsDistance(models::Lpips lpips) : lpips_(std::move(lpips)) {}
  std::string name() const override { return "LPIPS v0.1 (" + backbone() + ")"; }
  std::string backbone() const override { return lpips_->net->config().net; }
  bool is_lpips() const override { return true; }
  Embedding embed(const torch::Tensor& image) const override;

 private:
  mutable models::Lpips lpips_;
};

class MobileNetDistance : public PerceptualDistance {
 public:
  explicit MobileNetDistance(models::MobileNetV2 net) : net_(std::move(net)) {}
  std::string name() const override { return "MobileNetV2 feature distance (not LPIPS)"; }
  std::string backbone() const override { return "mobilenet_v2"; }
  bool is_lpips() const override { return false; }
  Embedding embed(const torch::Tensor& image) const override;

 private:
  mutable models::MobileNetV2 net_;
};

/// What our own small model has learned to look at: the codec's patch components and the outputs of the image
/// encoder's layers, unit length along the channels. Pictures are brought to the encoder's size first.
class EncoderDistance : public PerceptualDistance {
 public:
  explicit EncoderDistance(models::SmallModel model) : model_(std::move(model)) {}
  std::string name() const override { return "unidg encoder feature distance (not LPIPS)"; }
  std::string backbone() const override { return "unidg_encoder"; }
  bool is_lpips() const override { return false; }
  Embedding embed(const torch::Tensor& image) const override;

 private:
  mutable models::SmallModel model_;
};

}  // namespace unidg::evaluation
