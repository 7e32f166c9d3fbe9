#pragma once
#include "unidg/baselines/baseline.h"
#include "unidg/baselines/config.h"

namespace unidg::baselines {

/// CutPaste: a rectangle of the picture itself, colour-jittered, pasted at a random place. With `given` masks
/// the patch has the target mask's shape and place, and only its origin is random.
class CutPaste : public Baseline {
 public:
  explicit CutPaste(const Config& config);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;

 private:
  Config config_;
};

/// CutPaste-Scar: the same with a long thin turned rectangle.
class CutPasteScar : public Baseline {
 public:
  explicit CutPasteScar(const Config& config);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;

 private:
  Config config_;
};

/// Size of a native CutPaste patch, at least one pixel and at most the frame.
cv::Size cutpaste_patch(cv::Size frame, const CutPasteConfig& config, Rng& rng);

}  // namespace unidg::baselines
