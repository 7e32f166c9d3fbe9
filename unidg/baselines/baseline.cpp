#include "unidg/baselines/baseline.h"

#include <opencv2/imgproc.hpp>

#include "unidg/generation/outcome.h"

namespace unidg::baselines {
namespace {

/// A monochrome camera sees no colours.
void make_grey(cv::Mat& rgb) {
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, rgb, cv::COLOR_GRAY2RGB);
}

}  // namespace

cv::Mat rgb32(const Image& image) {
  cv::Mat out;
  image.rgb8().convertTo(out, CV_32FC3);
  return out;
}

const MaskedImage& need_reference(const Request& request) {
  if (!request.reference)
    throw InputError(request.id, ": this generator copies a defect and needs a reference (--reference)");
  if (request.reference->mask.is_empty())
    throw InputError(request.id, ": the reference's mask is empty, so it shows no defect");
  return *request.reference;
}

std::vector<Result> Baseline::generate(const std::vector<Request>& requests) const {
  std::vector<Result> results;
  for (const auto& request : requests) {
    try {
      results.push_back(finish(request));
    } catch (const InputError& error) {
      results.emplace_back();
      results.back().status = "failed";
      results.back().reason = error.what();
    }
  }
  return results;
}

Result Baseline::finish(const Request& request) const {
  generation::check_request(request);
  Rng rng(request.seed, name_ + "/" + request.id);
  auto painted = paint(request, rng);
  if (request.source.is_grey()) make_grey(painted.rgb);
  Result result;
  result.image = request.source.clone();
  result.used = Mask(painted.alpha > 0);
  result.label = painted.label;
  const cv::Rect everywhere(0, 0, request.source.width(), request.source.height());
  editing::paste_back(result.image, painted.rgb, everywhere, painted.alpha);
  generation::judge(result, request, weak_below_);
  return result;
}

}  // namespace unidg::baselines
