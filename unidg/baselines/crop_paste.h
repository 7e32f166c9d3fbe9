#pragma once
#include "unidg/baselines/baseline.h"
#include "unidg/baselines/config.h"

namespace unidg::baselines {

/// Crop-Paste: the pixels under the reference's mask, turned, mirrored and scaled as a whole so that their
/// mask overlaps the target mask most (fit.h), pasted with a hard edge and in their own colours. The label is
/// what was pasted; with `given` masks nothing is pasted outside the target mask.
class CropPaste : public Baseline {
 public:
  explicit CropPaste(const Config& config);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;

 private:
  Config config_;
};

/// The strongest simple copy: Crop-Paste, or where that fits the target mask badly the defect laid along it
/// (editing/alignment), its Lab statistics matched so that the surroundings of the reference's defect look
/// like those of the target mask, and faded out over a few pixels around the label.
class CopyHarmonise : public Baseline {
 public:
  explicit CopyHarmonise(const Config& config);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;

 private:
  Config config_;
};

/// editing::make_collage alone: what the embedded model starts from, so that its networks' share can be told.
class Collage : public Baseline {
 public:
  explicit Collage(const Config& config);

 protected:
  Painted paint(const Request& request, Rng& rng) const override;
};

}  // namespace unidg::baselines
