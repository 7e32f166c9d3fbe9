#include "unidg/evaluation/downstream/classification.h"
#include "unidg/models/mobilenet/mobilenet_v2.h"

namespace unidg::evaluation {

Backbone mobilenet_backbone(const std::filesystem::path& weights) {
  models::MobileNetV2 net(weights::Scope(weights::open_source(weights)));
  Backbone out;
  out.name = "MobileNetV2 1.0 (ImageNet, frozen)";
  out.features = [net](const torch::Tensor& pixels) mutable {
    torch::NoGradGuard no_grad;
    return net->features(pixels * 2 - 1);
  };
  constexpr int kMapSize = 320, kStride = 4;
  out.map_size = kMapSize, out.grid = kMapSize / kStride;
  out.maps = [net](const torch::Tensor& pixels) mutable {
    torch::NoGradGuard no_grad;
    constexpr std::int64_t kGrid = kMapSize / kStride;
    std::vector<torch::Tensor> levels;
    for (const auto& map : net->feature_maps(pixels * 2 - 1))
      levels.push_back(map.size(2) > kGrid ? torch::adaptive_avg_pool2d(map, {kGrid, kGrid})
                                           : torch::upsample_bilinear2d(map, {kGrid, kGrid}, false));
    return torch::cat(levels, 1);
  };
  return out;
}

}  // namespace unidg::evaluation
