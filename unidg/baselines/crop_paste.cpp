#include "unidg/baselines/crop_paste.h"

#include <opencv2/imgproc.hpp>

#include "unidg/baselines/settings.h"
#include "unidg/editing/collage.h"
#include "unidg/editing/fit.h"
#include "unidg/editing/likeness.h"

namespace unidg::baselines {

using editing::best_fit;
using editing::lay;

CropPaste::CropPaste(const Config& config)
    : Baseline("crop-paste", settings_of("crop_paste", config.crop_paste, config), config.weak_below),
      config_(config) {}

Painted CropPaste::paint(const Request& request, Rng&) const {
  const auto& reference = need_reference(request);
  const auto fit = best_fit(reference.mask, request.mask, config_.crop_paste.angle_step);
  const cv::Rect everywhere(0, 0, request.source.width(), request.source.height());
  cv::Mat label = lay(reference.mask.pixels(), fit, everywhere, cv::BORDER_CONSTANT) > 127;
  if (config_.mask == "given") label &= request.mask.pixels();
  if (cv::countNonZero(label) == 0)
    throw InputError(request.id,
                     ": nothing of the turned defect falls into the mask; copy-harmonise bends it");
  Painted out;
  lay(reference.image.rgb8(), fit, everywhere, cv::BORDER_REPLICATE).convertTo(out.rgb, CV_32FC3);
  label.convertTo(out.alpha, CV_32FC1, 1.0 / 255);
  out.label = Mask(label);
  return out;
}

Collage::Collage(const Config& config)
    : Baseline("collage", {{"weak_below", config.weak_below}}, config.weak_below) {}

Painted Collage::paint(const Request& request, Rng&) const {
  const auto& reference = need_reference(request);
  const auto used = editing::dilate(request.mask, {});
  const auto source = request.source.rgb8();
  const auto product = editing::compare_products(reference.image.rgb8(), source);
  const auto collage =
      editing::make_collage(editing::exposed(reference, product.gain), source, request.mask.pixels(),
                            used.pixels(), "source", "auto", product.same, true);
  Painted out;
  collage.image.convertTo(out.rgb, CV_32FC3);  // blended already
  cv::Mat changed = collage.alpha > 0;
  changed.convertTo(out.alpha, CV_32FC1, 1.0 / 255);
  return out;
}

}  // namespace unidg::baselines
