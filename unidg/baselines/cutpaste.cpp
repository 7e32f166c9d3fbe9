#include "unidg/baselines/cutpaste.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/baselines/augment.h"
#include "unidg/baselines/settings.h"
#include "unidg/image/foreground.h"

namespace unidg::baselines {
namespace {

/// The source with the pixels of `patch` (its size that of `place`) under `shape`.
Painted pasted(const Request& request, const cv::Mat& patch, const cv::Rect& place, const cv::Mat& shape) {
  const auto frame = request.source.pixels().size();
  Painted out{cv::Mat::zeros(frame, CV_32FC3), cv::Mat::zeros(frame, CV_32FC1),
              Mask(frame.width, frame.height)};
  patch.convertTo(out.rgb(place), CV_32FC3);
  shape.convertTo(out.alpha(place), CV_32FC1, 1.0 / 255);
  shape.copyTo(out.label.pixels()(place));
  return out;
}

/// The target mask filled from another place of the same picture, at least half of it product: small masks
/// would mostly receive background, which no product shows.
Painted paste_into_mask(const Request& request, double jitter, Rng& rng) {
  constexpr int kTries = 50;
  constexpr double kProduct = 0.5;
  const auto place = request.mask.box();
  const auto product = foreground(request.source).pixels();
  cv::Rect from;
  double most = -1;
  for (int i = 0; i < kTries && most < kProduct; ++i) {
    const auto candidate = random_place(place.size(), request.source.pixels().size(), rng);
    const double share = cv::countNonZero(product(candidate)) / static_cast<double>(candidate.area());
    if (share > most) from = candidate, most = share;
  }
  return pasted(request, colour_jitter(request.source.rgb8()(from).clone(), jitter, rng), place,
                request.mask.pixels()(place));
}

}  // namespace

cv::Size cutpaste_patch(cv::Size frame, const CutPasteConfig& c, Rng& rng) {
  const double area = rng.uniform(c.min_area, std::max(c.min_area, c.max_area)) * frame.width * frame.height;
  const double reach = std::log(c.max_aspect), aspect = std::exp(rng.uniform(-reach, reach));
  return {std::clamp(cvRound(std::sqrt(area * aspect)), 1, frame.width),
          std::clamp(cvRound(std::sqrt(area / aspect)), 1, frame.height)};
}

CutPaste::CutPaste(const Config& config)
    : Baseline("cutpaste", settings_of("cutpaste", config.cutpaste, config), config.weak_below),
      config_(config) {}

Painted CutPaste::paint(const Request& request, Rng& rng) const {
  const auto& c = config_.cutpaste;
  if (config_.mask == "given") return paste_into_mask(request, c.jitter, rng);
  const auto frame = request.source.pixels().size();
  const auto size = cutpaste_patch(frame, c, rng);
  const auto from = random_place(size, frame, rng), to = random_place(size, frame, rng);
  return pasted(request, colour_jitter(request.source.rgb8()(from).clone(), c.jitter, rng), to,
                cv::Mat(size, CV_8UC1, cv::Scalar(255)));
}

CutPasteScar::CutPasteScar(const Config& config)
    : Baseline("cutpaste-scar", settings_of("scar", config.scar, config), config.weak_below),
      config_(config) {}

Painted CutPasteScar::paint(const Request& request, Rng& rng) const {
  const auto& c = config_.scar;
  if (config_.mask == "given") return paste_into_mask(request, c.jitter, rng);
  const auto frame = request.source.pixels().size();
  const double unit = std::min(frame.width, frame.height) / 256.0;
  const auto side = [&](double low, double high, int limit) {
    return std::clamp(cvRound(unit * rng.uniform(low, std::max(low, high))), 1, limit);
  };
  const int width = side(c.min_width, c.max_width, frame.width);
  const cv::Size size(width, side(c.min_length, c.max_length, frame.height));
  const auto from = random_place(size, frame, rng);
  const auto patch = colour_jitter(request.source.rgb8()(from).clone(), c.jitter, rng);

  // Turned about its centre on a canvas that holds it.
  const int reach = std::min(
      {static_cast<int>(std::ceil(std::hypot(size.width, size.height))) + 2, frame.width, frame.height});
  auto turn = cv::getRotationMatrix2D({(size.width - 1) / 2.0f, (size.height - 1) / 2.0f},
                                      rng.uniform(-c.max_angle, c.max_angle), 1);
  turn.at<double>(0, 2) += (reach - size.width) / 2.0, turn.at<double>(1, 2) += (reach - size.height) / 2.0;
  cv::Mat turned, shape;
  cv::warpAffine(patch, turned, turn, {reach, reach}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::warpAffine(cv::Mat(size, CV_8UC1, cv::Scalar(255)), shape, turn, {reach, reach}, cv::INTER_LINEAR,
                 cv::BORDER_CONSTANT);
  return pasted(request, turned, random_place({reach, reach}, frame, rng), shape > 127);
}

}  // namespace unidg::baselines
