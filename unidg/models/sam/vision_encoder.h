#pragma once
#include "unidg/models/sam/hiera.h"

namespace unidg::models::sam {

/// What the encoder sees in a picture, fine to coarse; sides are S / 4, S / 8, S / 16 of its S pixels.
struct FeatureLevels {
  Tensor fine, middle, coarse;  ///< [B, D, h, w] each
};

/// Every stage to D channels; levels listed in `fpn_top_down_levels` also receive the coarser level. The
/// level of the last stage itself is not handed on. Keys: convs.i.* from the last stage to the first.
class NeckImpl : public torch::nn::Module {
 public:
  NeckImpl(const Scope& w, const VisionConfig& c);
  FeatureLevels forward(const std::vector<Tensor>& stages);  ///< [B, h, w, C] fine to coarse
  std::vector<Conv2d> convs;

 private:
  std::vector<std::int64_t> top_down_;
};
TORCH_MODULE(Neck);

/// Keys: backbone.*, neck.*.
class VisionEncoderImpl : public torch::nn::Module {
 public:
  VisionEncoderImpl(const Scope& w, const VisionConfig& c);
  FeatureLevels forward(const Tensor& pixels);  ///< [B, 3, S, S]
  Hiera backbone{nullptr};
  Neck neck{nullptr};
};
TORCH_MODULE(VisionEncoder);

}  // namespace unidg::models::sam
