#include "unidg/evaluation/downstream/classification.h"
#include "unidg/models/mobilenet/mobilenet_v2.h"

namespace unidg::evaluation {

Backbone mobilenet_backbone(const std::filesystem::path& weights) {
  models::MobileNetV2 net(weights::Scope(weights::open_source(weights)));
  return {"MobileNetV2 1.0 (ImageNet, frozen)", 224, [net](const torch::Tensor& pixels) mutable {
            torch::NoGradGuard no_grad;
            return net->features(pixels * 2 - 1);
          }};
}

}  // namespace unidg::evaluation
