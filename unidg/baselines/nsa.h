#pragma once
#include <memory>

#include "unidg/baselines/baseline.h"
#include "unidg/baselines/config.h"
#include "unidg/baselines/pictures.h"

namespace unidg::baselines {

/// NSA: patches of another good picture of the product, resized, shifted and blended in by Poisson image
/// editing (cv::seamlessClone); the label is where the picture changed. With `given` masks there is one patch
/// of the target mask's shape and place, cut around a random place of the other picture.
class Nsa : public Baseline {
 public:
  /// @param good pictures of the product, with their foregrounds; empty: the source itself is cut
  Nsa(const Config& config, std::shared_ptr<const Pictures> good);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;

 private:
  Config config_;
  std::shared_ptr<const Pictures> good_;
};

/// The scale of a patch: normally distributed, clipped.
double nsa_scale(const NsaConfig& config, Rng& rng);

/// Where `after` differs from `before` by the config's rule, median-filtered, inside `patch`.
/// @param before, after CV_8UC3  @param patch CV_8UC1
Mask nsa_label(const cv::Mat& before, const cv::Mat& after, const cv::Mat& patch, const NsaConfig& config);

/// Poisson image editing of `patch` (CV_8UC3, the size of `place`) into `image` under `shape`; only pixels
/// under the shape change. The place may touch the frame.
void clone_into(cv::Mat& image, const cv::Mat& patch, const cv::Rect& place, const cv::Mat& shape,
                bool mixed);

}  // namespace unidg::baselines
