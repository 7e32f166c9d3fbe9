#include "unidg/generation/outcome.h"

#include "unidg/core/error.h"

namespace unidg::generation {
namespace {

double mean_change(const Image& before, const Image& after, const Mask& where) {
  cv::Mat difference;
  cv::absdiff(before.rgb8(), after.rgb8(), difference);
  const auto mean = cv::mean(difference, where.pixels());
  return (mean[0] + mean[1] + mean[2]) / 3;
}

}  // namespace

void check_request(const Request& r) {
  if (r.source.is_empty()) throw InputError(r.id, ": the source picture is empty");
  if (r.mask.width() != r.source.width() || r.mask.height() != r.source.height())
    throw InputError(r.id, ": the mask is ", r.mask.width(), " x ", r.mask.height(), " but the picture is ",
                     r.source.width(), " x ", r.source.height(), ". Save the mask at the picture's size.");
  if (r.mask.is_empty()) throw InputError(r.id, ": the mask is empty; white pixels say where to paint");
}

void judge(Result& result, const Request& request, double weak_below) {
  const auto& where = result.label.pixels().empty() ? request.mask : result.label;
  result.change = mean_change(request.source, result.image, where);
  const bool weak = result.change < weak_below;
  result.status = weak ? "weak" : "ok";
  if (weak) result.reason = text("mean change inside the mask is ", result.change, ", below ", weak_below);
}

}  // namespace unidg::generation
