#pragma once
#include "unidg/agents/inpaint/inpainter.h"

namespace unidg::agents {

/// Settings of the embedded inpainter. Lengths are source pixels.
struct PatchConfig {
  std::int64_t dilate_px = 4;    ///< how far the mask is grown: soft edges of the defect go with it
  double context = 0.75;         ///< surround to copy from / longest side of the mask's box ...
  std::int64_t context_px = 64;  ///< ... and at least; the whole picture where that holds too few patches
  std::int64_t rounds = 4;       ///< search and vote at coarse scales; half of them at the finest
  double tone_limit = 16;        ///< levels of 255 by which a patch may be made brighter or darker
  double min_surround = 0.15;    ///< patches to copy from / pixels to paint, at least
};
void fields(FieldVisitor& visit, PatchConfig& c);

/// The embedded inpainter, without weights: the hole is put together from patches of the same picture so that
/// every patch that touches it has a near twin in the surround (Wexler et al., PAMI 2007), searched with
/// PatchMatch (Barnes et al., SIGGRAPH 2009) from coarse to fine. The coarsest scale starts from a smooth
/// fill, so that shading goes on; patches may shift their tone a little for the same reason. Patches are
/// never taken from masked pixels.
class PatchInpainter : public Inpainter {
 public:
  explicit PatchInpainter(PatchConfig config = {}) : config_(config) {}
  Inpainting inpaint(const InpaintRequest& request) const override;
  std::string name() const override { return "patch-v1"; }
  Json settings() const override { return echo_fields(config_); }

 private:
  PatchConfig config_;
};

}  // namespace unidg::agents
