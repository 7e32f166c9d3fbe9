#pragma once
#include <memory>

#include "unidg/baselines/baseline.h"
#include "unidg/baselines/config.h"
#include "unidg/baselines/pictures.h"

namespace unidg::baselines {

/// DRAEM's simulated anomaly: I (1 - M) + (1 - beta) T M + beta I M, with M from Perlin noise (or the target
/// mask), T an augmented texture. Without texture pictures T is fractal noise of random colours. Every
/// picture gets an anomaly (DRAEM leaves half of them good).
class Draem : public Baseline {
 public:
  /// @param textures may be empty
  Draem(const Config& config, std::shared_ptr<const Pictures> textures);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;

 private:
  cv::Mat texture(cv::Size size, Rng& rng) const;  ///< CV_8UC3

  Config config_;
  std::shared_ptr<const Pictures> textures_;
};

}  // namespace unidg::baselines
