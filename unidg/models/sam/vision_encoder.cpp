#include "unidg/models/sam/vision_encoder.h"

#include <algorithm>

#include "unidg/models/module_list.h"

namespace unidg::models::sam {

using nn::make_child;

NeckImpl::NeckImpl(const Scope& w, const VisionConfig& c) : top_down_(c.fpn_top_down_levels) {
  const auto& widths = c.backbone_config.embed_dim_per_stage;
  const auto stages = c.backbone_config.stages();
  convs = make_list(*this, w, "convs", stages, [&](const Scope& at, std::int64_t i) {
    return Conv2d(at, widths[stages - 1 - i], c.fpn_hidden_size, 1);
  });
}

FeatureLevels NeckImpl::forward(const std::vector<Tensor>& stages) {
  const auto last = static_cast<std::int64_t>(stages.size()) - 1;
  std::vector<Tensor> levels(stages.size());
  for (auto i = last; i >= 0; --i) {
    levels[i] = convs[last - i](stages[i].permute({0, 3, 1, 2}));  // [B, D, h, w]
    if (i == last || std::find(top_down_.begin(), top_down_.end(), i) == top_down_.end()) continue;
    const std::vector<std::int64_t> size{2 * levels[i + 1].size(2), 2 * levels[i + 1].size(3)};
    levels[i] = levels[i] + torch::upsample_nearest2d(levels[i + 1], size);
  }
  return {levels[0], levels[1], levels[2]};
}

VisionEncoderImpl::VisionEncoderImpl(const Scope& w, const VisionConfig& c) {
  backbone = make_child<Hiera>(*this, w, "backbone", c.backbone_config);
  neck = make_child<Neck>(*this, w, "neck", c);
}

FeatureLevels VisionEncoderImpl::forward(const Tensor& pixels) { return neck(backbone(pixels)); }

}  // namespace unidg::models::sam
