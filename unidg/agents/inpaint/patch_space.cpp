#include "unidg/agents/inpaint/patch_space.h"

#include <algorithm>
#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>

namespace unidg::agents {
namespace {

constexpr int kPad = kPatchRadius + 5;  // a row of a patch is read as 8 pixels
constexpr float kToneCost = 0.3f;       // of the squared shift: an unshifted twin is preferred
constexpr int kSide = 2 * kPatchRadius + 1;

/// Sum of squared differences over 7 rows of 7 pixels with 4 bytes each; stops early where it reaches
/// `enough`.
std::uint32_t squared_differences(const std::uint8_t* a, std::size_t step_a, const std::uint8_t* b,
                                  std::size_t step_b, std::uint32_t enough) {
  static const std::uint8_t seventh[16] = {255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 0,   0,   0,   0};
  const cv::v_uint8x16 last = cv::v_load(seventh);  // without the eighth pixel
  std::uint32_t sum = 0;
  for (int row = 0; row < kSide; ++row, a += step_a, b += step_b) {
    const cv::v_uint8x16 low = cv::v_absdiff(cv::v_load(a), cv::v_load(b));
    const cv::v_uint8x16 high = cv::v_absdiff(cv::v_load(a + 16), cv::v_load(b + 16)) & last;
    sum += cv::v_reduce_sum(cv::v_dotprod_expand(low, low) + cv::v_dotprod_expand(high, high));
    if (sum >= enough) return sum;
  }
  return sum;
}

/// The same over the bytes that `counts` sets.
std::uint32_t squared_differences_under(const std::uint8_t* a, std::size_t step_a, const std::uint8_t* b,
                                        std::size_t step_b, const std::uint8_t* counts,
                                        std::size_t step_counts, std::uint32_t enough) {
  std::uint32_t sum = 0;
  for (int row = 0; row < kSide; ++row, a += step_a, b += step_b, counts += step_counts) {
    for (int i = 0; i < 4 * kSide; ++i) {
      const int step = (a[i] - b[i]) & -static_cast<int>(counts[i] != 0);
      sum += static_cast<std::uint32_t>(step * step);
    }
    if (sum >= enough) return sum;
  }
  return sum;
}

std::vector<cv::Point> points_of(const cv::Mat& mask) {
  std::vector<cv::Point> out;
  cv::findNonZero(mask, out);
  return out;
}

}  // namespace

PatchSpace::PatchSpace(const cv::Mat& pixels, const cv::Mat& hole_mask, const cv::Mat& avoid)
    : hole(hole_mask) {
  cv::copyMakeBorder(pixels, padded_, kPad, kPad, kPad, kPad, cv::BORDER_REFLECT_101);
  const cv::Mat square = cv::Mat::ones(kSide, kSide, CV_8UC1);
  cv::dilate(hole, targets, square);
  cv::dilate(hole | avoid, sources, square);
  cv::compare(sources, 0, sources, cv::CMP_EQ);
  const int r = kPatchRadius;  // patches of the surround lie wholly inside the picture
  sources.rowRange(0, std::min(r, sources.rows)).setTo(0);
  sources.rowRange(std::max(0, sources.rows - r), sources.rows).setTo(0);
  sources.colRange(0, std::min(r, sources.cols)).setTo(0);
  sources.colRange(std::max(0, sources.cols - r), sources.cols).setTo(0);
  source_list = points_of(sources);
  target_list = points_of(targets);
  update_means();
}

cv::Mat PatchSpace::pixels() const { return padded_(cv::Rect(kPad, kPad, hole.cols, hole.rows)); }

void PatchSpace::fill(const cv::Mat& colours) {
  cv::Mat own = pixels();
  for (int y = 0; y < own.rows; ++y)
    for (int x = 0; x < own.cols; ++x)
      if (hole.at<std::uint8_t>(y, x))
        for (int c = 0; c < 3; ++c) own.at<cv::Vec4b>(y, x)[c] = colours.at<cv::Vec4b>(y, x)[c];
  update_means();
}

void PatchSpace::update_means() {
  cv::copyMakeBorder(pixels().clone(), padded_, kPad, kPad, kPad, kPad, cv::BORDER_REFLECT_101);
  cv::Mat colours, means;
  cv::cvtColor(padded_, colours, cv::COLOR_RGBA2RGB);
  cv::boxFilter(colours, means, CV_32F, {kSide, kSide});
  means_ = means(cv::Rect(kPad, kPad, hole.cols, hole.rows)).clone();
}

float PatchSpace::cost(cv::Point target, cv::Point source, float tone_limit, float better_than) const {
  const auto shift = means_.at<cv::Vec3f>(target) - means_.at<cv::Vec3f>(source);
  float saved = 0, least = 0;  // by shifting the tone; what is left of the means' difference
  for (int c = 0; c < 3; ++c) {
    const float taken = std::clamp(shift[c], -tone_limit, tone_limit), rest = shift[c] - taken;
    const float kept = rest * rest + kToneCost * taken * taken;
    saved += shift[c] * shift[c] - kept;
    least += kept;
  }
  if (kPatchArea * least >= better_than) return better_than;
  const int corner = kPad - kPatchRadius;
  const auto plain = squared_differences(
      padded_.ptr(target.y + corner) + 4 * (target.x + corner), padded_.step,
      padded_.ptr(source.y + corner) + 4 * (source.x + corner), padded_.step,
      static_cast<std::uint32_t>(std::min(4e9, static_cast<double>(better_than) + kPatchArea * saved + 1)));
  return std::max(0.0f, static_cast<float>(plain) - kPatchArea * saved);
}

cv::Mat PatchSpace::padded(const cv::Mat& known) const {
  cv::Mat out;
  cv::copyMakeBorder(known, out, kPad, kPad, kPad, kPad, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  return out;
}

std::uint32_t PatchSpace::masked_cost(cv::Point target, cv::Point source, const cv::Mat& padded_known,
                                      std::uint32_t better_than) const {
  const int corner = kPad - kPatchRadius;
  const auto at = [&](const cv::Mat& m, cv::Point p) { return m.ptr(p.y + corner) + 4 * (p.x + corner); };
  return squared_differences_under(at(padded_, target), padded_.step, at(padded_, source), padded_.step,
                                   at(padded_known, target), padded_known.step, better_than);
}

cv::Vec3f PatchSpace::tone(cv::Point target, cv::Point source, float tone_limit) const {
  auto shift = means_.at<cv::Vec3f>(target) - means_.at<cv::Vec3f>(source);
  for (int c = 0; c < 3; ++c) shift[c] = std::clamp(shift[c], -tone_limit, tone_limit);
  return shift;
}

}  // namespace unidg::agents
