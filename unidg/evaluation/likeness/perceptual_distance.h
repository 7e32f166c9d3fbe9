#pragma once
#include "unidg/core/torch.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace unidg::evaluation {

/// A picture as a perceptual distance sees it: one map a tap, scaled so that the distance of two pictures is
/// the sum over taps of the mean over positions of the squared difference of their maps.
struct Embedding {
  std::vector<torch::Tensor> taps;     ///< [C_k, h_k, w_k]
  std::int64_t height = 0, width = 0;  ///< of the picture
  std::size_t bytes() const;
};

/// How different two pictures look. Two implementations: LPIPS, and distances that are not.
class PerceptualDistance {
 public:
  virtual ~PerceptualDistance() = default;
  virtual std::string name() const = 0;      ///< printed with every figure
  virtual std::string backbone() const = 0;  ///< alex | vgg16 | squeezenet1_1 | mobilenet_v2 | unidg_encoder
  virtual bool is_lpips() const = 0;
  /// @param image RGB in [-1, 1]; [3, H, W]
  virtual Embedding embed(const torch::Tensor& image) const = 0;

  /// @throws InputError for pictures of different sizes
  static double distance(const Embedding& a, const Embedding& b);
  /// The same at every pixel: each tap's squared difference is upsampled (bilinear); [H, W].
  static torch::Tensor distance_map(const Embedding& a, const Embedding& b);
};

/// By what the files hold. The folder of a small model of ours (the embedded one needs no download) gives the
/// "unidg encoder feature distance". With heads it is LPIPS v0.1 on alex, vgg16 or squeezenet1_1. A
/// MobileNetV2 without heads gives the "MobileNetV2 feature distance": its five feature maps, unit length
/// along the channels, all taps alike; never called LPIPS.
/// @throws UsageError for heads with a MobileNetV2 or a small model, or none with one of the three;
/// FormatError for other files
std::unique_ptr<PerceptualDistance> open_distance(const std::filesystem::path& backbone,
                                                  const std::filesystem::path& heads);

}  // namespace unidg::evaluation
