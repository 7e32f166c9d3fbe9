#include "unidg/agents/inpaint/inpainter.h"

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"

namespace unidg::agents {

void check_request(const InpaintRequest& r) {
  const auto check_size = [&](const Mask& mask, const char* what) {
    if (mask.pixels().size() != r.abnormal.pixels().size())
      throw InputError(r.id, r.id.empty() ? "" : ": ", what, " is ", mask.width(), " x ", mask.height(),
                       " pixels but its picture is ", r.abnormal.width(), " x ", r.abnormal.height(),
                       ". Export it at the picture's size.");
  };
  if (r.abnormal.is_empty())
    throw InputError(r.id, r.id.empty() ? "" : ": ", "there is no picture to inpaint");
  check_size(r.mask, "the mask");
  if (!r.avoid.pixels().empty()) check_size(r.avoid, "the mask of places to avoid");
  if (r.mask.is_empty())
    throw InputError(r.id, r.id.empty() ? "" : ": ",
                     "the mask is empty (expected white on the defect), so there is nothing to inpaint");
}

Mask grown(const Mask& mask, int radius_px) {
  if (radius_px <= 0) return mask.clone();
  cv::Mat out;
  const int side = 2 * radius_px + 1;
  cv::dilate(mask.pixels(), out, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
  return Mask(out);
}

}  // namespace unidg::agents
