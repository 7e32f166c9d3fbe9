#include "unidg/agents/inpaint/patch_inpainter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/inpaint/patch_space.h"
#include "unidg/core/rng.h"
#include "unidg/editing/defect_layer.h"
#include "unidg/image/foreground.h"

namespace unidg::agents {
namespace {

constexpr int kFewestSources = 200;                          // patches a scale needs; fewer mean repetition
constexpr double kRoughnessGain = 2.0, kMostRoughness = 55;  // of the guide
constexpr double kObjectLevel = 200;                         // of the guide: object and ground do not mix
constexpr std::size_t kGreedyComparisons = 1'000'000;
constexpr int kNearReach = 24;  // pixels around a coarse twin in which finer scales look
constexpr double kFillsFrame = 0.97, kOnObject = 0.6, kObjectLeft = 0.5;  // shares
constexpr double kLikeGround = 30, kMostBores = 0.2;                      // levels, share of the product
constexpr double kSeamSigma = 2.5;  // below this many pixels the copy decides, above it the mean

/// The part of the picture that is worked on, with its colours as 8 bit.
struct Part {
  cv::Rect window;
  cv::Mat native;          ///< CV_32F, 1 or 3 channels, in units of the picture's samples
  cv::Mat colours;         ///< CV_8UC3
  double levels_per_step;  ///< samples a step of `colours`
  cv::Mat hole, avoid;     ///< CV_8UC1
  cv::Mat object;          ///< CV_8UC1: what is product, not ground; empty where that does not help
};

cv::Mat without_alpha(const cv::Mat& pixels) {
  if (pixels.channels() != 4) return pixels;
  cv::Mat out;
  cv::cvtColor(pixels, out, cv::COLOR_RGBA2RGB);
  return out;
}

/// The product's silhouette, where the picture shows one and the hole lies on it: the defect has changed the
/// surface, seldom the outline, so the normal picture has it as well. Where the hole is most of what looks
/// like a product, that is the defect itself.
cv::Mat object_around(const InpaintRequest& r, const Mask& used) {
  cv::Mat object = foreground(r.abnormal).pixels();
  const int area = cv::countNonZero(object);
  if (area > kFillsFrame * static_cast<double>(object.total())) return {};
  const int on_object = cv::countNonZero(object & used.pixels());
  if (on_object < kOnObject * used.area() || area - on_object < kObjectLeft * on_object) return {};
  // The ground that shows through bores is no product.
  cv::Mat difference, planes[3], largest;
  const cv::Mat rgb = r.abnormal.rgb8();
  cv::absdiff(rgb, cv::mean(rgb, object == 0), difference);
  cv::split(difference, planes);
  cv::max(planes[0], planes[1], largest);
  cv::max(largest, planes[2], largest);
  const cv::Mat through = (largest < kLikeGround) & object & (used.pixels() == 0);
  if (cv::countNonZero(through) < kMostBores * area) object.setTo(0, through);
  return object;
}

Part cut_part(const InpaintRequest& r, const Mask& used, const cv::Rect& window) {
  Part out{window, {}, {}, 1, used.pixels()(window), cv::Mat::zeros(window.size(), CV_8UC1), {}};
  if (const auto object = object_around(r, used); !object.empty()) out.object = object(window);
  if (!r.avoid.pixels().empty()) out.avoid = r.avoid.pixels()(window);
  const cv::Mat samples = without_alpha(r.abnormal.pixels()(window));
  samples.convertTo(out.native, CV_32F);
  cv::Mat colours;
  if (samples.depth() == CV_16U) {  // 16 bit often use a small part of their range
    double low = 0, high = 0;
    cv::minMaxLoc(samples.reshape(1), &low, &high);
    out.levels_per_step = std::max(1.0, (high - low) / 255);
    samples.convertTo(colours, CV_8U, 1 / out.levels_per_step, -low / out.levels_per_step);
  } else {
    colours = samples;
  }
  if (colours.channels() == 1)
    cv::cvtColor(colours, out.colours, cv::COLOR_GRAY2RGB);
  else
    out.colours = colours;
  return out;
}

/// Pixels from which whole patches may be copied.
int sources_in(const Mask& used, const cv::Rect& window) {
  cv::Mat blocked;
  const int side = 2 * kPatchRadius + 1;
  cv::dilate(used.pixels()(window), blocked, cv::Mat::ones(side, side, CV_8UC1));
  return static_cast<int>(blocked.total()) - cv::countNonZero(blocked);
}

/// The mask's box with its surround; the whole picture when that is too little to copy from.
cv::Rect window_of(const Mask& used, const PatchConfig& c) {
  const cv::Rect whole({0, 0}, used.pixels().size()), box = used.box();
  const int margin =
      std::max(static_cast<int>(c.context_px), static_cast<int>(c.context * std::max(box.width, box.height)));
  const cv::Rect window =
      cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) & whole;
  return sources_in(used, window) < 4 * used.area() ? whole : window;
}

/// How rough the surface is, continued smoothly through the hole. CV_32FC1, levels
cv::Mat roughness(const cv::Mat& values, const cv::Mat& hole) {
  cv::Mat smooth, detail, grey, three, near_hole, out;
  cv::GaussianBlur(values, smooth, {}, 1.5);
  cv::absdiff(values, smooth, detail);
  cv::cvtColor(detail, grey, cv::COLOR_RGB2GRAY);
  cv::GaussianBlur(grey, grey, {}, 3);
  cv::cvtColor(grey, three, cv::COLOR_GRAY2RGB);
  cv::dilate(hole, near_hole,
             cv::Mat::ones(9, 9, CV_8UC1));  // the hole's own content has leaked into the blur
  if (cv::countNonZero(near_hole) < static_cast<int>(near_hole.total()))
    three = editing::continue_smoothly(three, near_hole);
  cv::extractChannel(three, out, 0);
  return out;
}

/// The colours with a smooth first fill and, fourth, the guide: roughness, and what is object and what is
/// ground where that is known.
cv::Mat with_guide(const Part& part) {
  cv::Mat values;
  part.colours.convertTo(values, CV_32FC3);
  values = editing::continue_smoothly(values, part.hole);
  cv::Mat guide = cv::min(kRoughnessGain * roughness(values, part.hole), kMostRoughness);
  if (!part.object.empty()) cv::add(guide, cv::Scalar(kObjectLevel), guide, part.object);
  cv::Mat planes[4], out;
  cv::split(values, planes);
  planes[3] = guide;
  cv::merge(planes, 4, out);
  out.convertTo(out, CV_8UC4);
  return out;
}

struct Scale {
  cv::Mat pixels, hole, avoid;  // CV_8UC4, CV_8UC1
};

cv::Mat halved_mask(const cv::Mat& mask) {
  cv::Mat out;
  cv::resize(mask, out, {(mask.cols + 1) / 2, (mask.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
  return out > 0;
}

/// From the picture itself to a scale where the hole is about a patch wide.
std::vector<Scale> pyramid(const Part& part) {
  std::vector<Scale> out{{with_guide(part), part.hole, part.avoid}};
  for (;;) {
    const auto& last = out.back();
    cv::Mat depth;
    double deepest = 0;
    cv::distanceTransform(last.hole, depth, cv::DIST_L2, 3);
    cv::minMaxLoc(depth, nullptr, &deepest);
    if (deepest <= kPatchRadius || std::min(last.hole.cols, last.hole.rows) < 32) return out;
    Scale next{{}, halved_mask(last.hole), halved_mask(last.avoid)};
    cv::resize(last.pixels, next.pixels, next.hole.size(), 0, 0, cv::INTER_AREA);
    if (PatchSpace(next.pixels, next.hole, next.avoid).source_list.size() < kFewestSources) return out;
    out.push_back(next);
  }
}

/// Blur of `values` over the pixels of `where` alone.
cv::Mat blur_within(const cv::Mat& values, const cv::Mat& where, double sigma) {
  cv::Mat weight, weights, sum, out;
  where.convertTo(weight, CV_32F, 1.0 / 255);
  if (values.channels() == 3)
    cv::cvtColor(weight, weights, cv::COLOR_GRAY2RGB);
  else
    weights = weight;
  cv::multiply(values, weights, sum);
  cv::GaussianBlur(sum, sum, {}, sigma, sigma, cv::BORDER_REPLICATE);
  cv::GaussianBlur(weights, weights, {}, sigma, sigma, cv::BORDER_REPLICATE);
  cv::divide(sum, weights + cv::Scalar::all(1e-6), out);
  return out;
}

/// Grain from the copy, tone from the mean, so that no seam shows; beside the hole the truth is the tone.
cv::Mat compose(const PatchSpace& space, const Proposal& proposal, const cv::Mat& native) {
  cv::Mat tone = native.clone();
  proposal.mean.copyTo(tone, space.hole);
  const cv::Mat correction = blur_within(tone - proposal.copy, space.targets, kSeamSigma);
  return proposal.copy + correction;
}

template <typename Sample>
void write_hole(cv::Mat region, const cv::Mat& values, const cv::Mat& hole) {
  const int channels = region.channels(), colours = values.channels();  // a fourth channel is alpha: kept
  for (int y = 0; y < region.rows; ++y)
    for (int x = 0; x < region.cols; ++x)
      if (hole.at<std::uint8_t>(y, x))
        for (int c = 0; c < colours; ++c)
          region.ptr<Sample>(y)[channels * x + c] =
              cv::saturate_cast<Sample>(values.ptr<float>(y)[colours * x + c]);
}

cv::Mat synthesise(const Part& part, const PatchConfig& c, FastRandom& random) {
  const auto scales = pyramid(part);
  const auto limit = static_cast<float>(c.tone_limit);
  PatchField field;
  cv::Mat filled;  // colours of the coarser scale
  for (std::size_t level = scales.size(); level-- > 0;) {
    const auto& scale = scales[level];
    PatchSpace space(scale.pixels, scale.hole, scale.avoid);
    const bool is_coarsest = level + 1 == scales.size(), is_finest = level == 0;
    if (is_coarsest) {
      fill_greedily(space, kGreedyComparisons, random);
      field = random_field(space, limit, random);
    } else {
      cv::resize(filled, filled, space.size(), 0, 0, cv::INTER_LINEAR);
      space.fill(filled);
      field = finer_field(field, space, limit, random);
    }
    const int farthest = std::max(space.size().width, space.size().height);
    const auto rounds = std::max<std::int64_t>(1, is_finest && !is_coarsest ? c.rounds / 2 : c.rounds);
    for (std::int64_t round = 0; round < rounds; ++round) {
      improve(field, space, is_coarsest ? 4 : 2, is_coarsest ? farthest : kNearReach, limit, random);
      if (is_finest && round + 1 == rounds) break;
      vote(space, field, limit);
      update_costs(field, space, limit);
    }
    filled = space.pixels().clone();
    if (is_finest)
      return compose(space, propose(space, field, part.native, part.levels_per_step, limit), part.native);
  }
  return {};
}

}  // namespace

void fields(FieldVisitor& visit, PatchConfig& c) {
  visit("dilate_px", c.dilate_px, in(0, 64), "pixels by which the mask is grown before painting");
  visit("context", c.context, in(0, 100), "surround to copy from / longest side of the mask's box");
  visit("context_px", c.context_px, in(8, 8192), "and at least this many pixels");
  visit("rounds", c.rounds, in(1, 50), "search and vote at coarse scales; half of them at the finest");
  visit("tone_limit", c.tone_limit, in(0, 255), "levels of 255 by which a patch may change its tone");
  visit("min_surround", c.min_surround, in(0, 100), "patches to copy from / pixels to paint, at least");
}

Inpainting PatchInpainter::inpaint(const InpaintRequest& request) const {
  check_request(request);
  Inpainting out{{}, grown(request.mask, static_cast<int>(config_.dilate_px)), ""};
  const cv::Rect window = window_of(out.used, config_);
  Mask blocked = out.used.clone();
  if (!request.avoid.pixels().empty()) blocked.pixels() |= request.avoid.pixels();
  const int sources = sources_in(blocked, window);
  if (sources < kFewestSources || sources < config_.min_surround * out.used.area()) {
    out.problem = text("the mask leaves too little surround: ", sources, " patches to copy from for ",
                       out.used.area(), " pixels to paint");
    return out;
  }
  FastRandom random(request.seed ^ stable_hash(request.id));
  const auto part = cut_part(request, out.used, window);
  const auto values = synthesise(part, config_, random);
  out.normal = request.abnormal.clone();
  cv::Mat region = out.normal.pixels()(window);
  if (region.depth() == CV_16U)
    write_hole<std::uint16_t>(region, values, part.hole);
  else
    write_hole<std::uint8_t>(region, values, part.hole);
  return out;
}

}  // namespace unidg::agents
