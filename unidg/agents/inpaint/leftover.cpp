#include "unidg/agents/inpaint/leftover.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "unidg/agents/inpaint/patch_space.h"
#include "unidg/core/error.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace {

constexpr int kPlaces = 7;            // clean places compared with
constexpr int kTries = 80;            // shifts tried to find them
constexpr double kKeptShare = 0.3;    // of the shape that must lie on clean pixels
constexpr int kFewestPixels = 12;     // of a shape that tells anything
constexpr double kLargestSide = 320;  // of the window that is looked at, pixels
constexpr double kCoarseDepth = 6;    // depth of the region at the coarse scale, pixels
constexpr float kNoveltyTone = 3;     // levels by which a twin's tone may differ for free
constexpr double kUnknown = 3.5;

/// The window around the region, small enough to be quick.
struct View {
  cv::Mat rgb;            ///< CV_8UC3
  cv::Mat region, dirty;  ///< CV_8UC1; dirty: region and whatever else is not clean
};

cv::Mat shrunk_mask(const cv::Mat& mask, cv::Size size) {
  cv::Mat out;
  cv::resize(mask, out, size, 0, 0, cv::INTER_AREA);
  return out > 64;  // thin ones stay, without growing much
}

View resized(const View& view, double factor) {
  if (factor >= 1) return view;
  View out;
  const cv::Size size(std::max(1, static_cast<int>(std::lround(view.rgb.cols * factor))),
                      std::max(1, static_cast<int>(std::lround(view.rgb.rows * factor))));
  cv::resize(view.rgb, out.rgb, size, 0, 0, cv::INTER_AREA);
  out.region = shrunk_mask(view.region, size);
  out.dirty = shrunk_mask(view.dirty, size);
  return out;
}

View view_of(const Image& picture, const Mask& region, const Mask& avoid) {
  const cv::Rect box = region.box(), whole({0, 0}, region.pixels().size());
  const int margin = std::max(64, std::max(box.width, box.height));
  const cv::Rect window =
      cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) & whole;
  View out{Image(picture.pixels()(window)).rgb8(), region.pixels()(window), region.pixels()(window).clone()};
  if (!avoid.pixels().empty()) out.dirty |= avoid.pixels()(window);
  return resized(out, kLargestSide / std::max(window.width, window.height));
}

double depth_of(const cv::Mat& mask) {
  cv::Mat padded, distance;
  double deepest = 0;
  cv::copyMakeBorder(mask, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);
  cv::distanceTransform(padded, distance, cv::DIST_L2, 3);
  cv::minMaxLoc(distance, nullptr, &deepest);
  return deepest;
}

cv::Mat shifted(const cv::Mat& mask, cv::Point by, int flip) {
  cv::Mat turned, out;
  if (flip < 2)
    cv::flip(mask, turned, flip);
  else
    turned = mask;
  const cv::Mat move = (cv::Mat_<double>(2, 3) << 1, 0, by.x, 0, 1, by.y);
  cv::warpAffine(turned, out, move, mask.size(), cv::INTER_NEAREST);
  return out;
}

/// The region's shape on clean places, those first that keep most of it.
std::vector<cv::Mat> clean_places(const View& view, FastRandom& random) {
  cv::Mat blocked;
  cv::dilate(view.dirty, blocked, cv::Mat::ones(5, 5, CV_8UC1));
  const int area = cv::countNonZero(view.region);
  struct Place {
    cv::Mat mask;
    int kept;
  };
  std::vector<Place> places;
  for (int i = 0; i < kTries; ++i) {
    const cv::Point by(random.between(-view.rgb.cols + 1, view.rgb.cols - 1),
                       random.between(-view.rgb.rows + 1, view.rgb.rows - 1));
    cv::Mat mask = shifted(view.region, by, random.between(0, 2));
    mask.setTo(0, blocked);
    const int kept = cv::countNonZero(mask);
    if (kept >= kFewestPixels && kept >= kKeptShare * area) places.push_back({mask, kept});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.kept > b.kept; });
  std::vector<cv::Mat> out;
  for (const auto& place : places)
    if (out.size() < kPlaces) out.push_back(place.mask);
  return out;
}

/// What the four numbers are made of, for one region.
using Values = std::array<double, 4>;  // novelty, tone, sharpness, seam

/// Square root of the mean over the worst tenth of patch costs, levels: how badly the region's patches are
/// found elsewhere.
double novelty_of(const View& view, const cv::Mat& region, FastRandom& random) {
  cv::Mat four, grey = cv::Mat::zeros(view.rgb.size(), CV_8UC1);
  cv::Mat planes[4];
  cv::split(view.rgb, planes);
  planes[3] = grey;
  cv::merge(planes, 4, four);
  PatchSpace space(four, region, view.dirty);
  if (space.source_list.size() < 50) return 0;
  std::erase_if(space.target_list, [&](cv::Point p) { return region.at<std::uint8_t>(p) == 0; });
  auto field = random_field(space, kNoveltyTone, random);
  improve(field, space, 4, std::max(view.rgb.cols, view.rgb.rows), kNoveltyTone, random);
  std::vector<float> costs;
  for (const auto& p : space.target_list) costs.push_back(field.cost.at<float>(p) / kPatchArea);
  std::sort(costs.begin(), costs.end(), std::greater<>());
  const auto count = std::max<std::size_t>(1, costs.size() / 10);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += costs[i];
  return std::sqrt(sum / static_cast<double>(count));
}

Values values_of(const View& view, const View& coarse, const cv::Mat& region, const cv::Mat& coarse_region,
                 const cv::Mat& colours, const cv::Mat& detail, const cv::Mat& gradient, FastRandom& random) {
  cv::Mat outside, inside, others = view.dirty.clone();
  others.setTo(0, region);
  cv::distanceTransform(region == 0, outside, cv::DIST_L2, 3);
  cv::distanceTransform(region, inside, cv::DIST_L2, 3);
  const double width = std::max(5.0, 0.5 * std::sqrt(static_cast<double>(cv::countNonZero(region))));
  const cv::Mat clean = others == 0;
  const cv::Mat ring = (outside > 2) & (outside <= 2 + width) & clean;
  const cv::Mat border = ((outside > 0) & (outside <= 1)) | ((inside > 0) & (inside <= 1));
  const cv::Mat beside = (((outside > 2) & (outside <= 5)) | ((inside > 2) & (inside <= 5))) & clean;
  Values out{};
  out[0] = std::max(novelty_of(view, region, random), novelty_of(coarse, coarse_region, random));
  if (cv::countNonZero(ring) >= kFewestPixels) {
    const cv::Scalar step = cv::mean(colours, region) - cv::mean(colours, ring);
    out[1] = std::max({std::abs(step[0]), std::abs(step[1]), std::abs(step[2])});
    out[2] = std::log((cv::mean(detail, region)[0] + 0.5) / (cv::mean(detail, ring)[0] + 0.5));
  }
  if (cv::countNonZero(beside) >= kFewestPixels)
    out[3] = std::log((cv::mean(gradient, border)[0] + 1) / (cv::mean(gradient, beside)[0] + 1));
  return out;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The least spread that counts: novelty and tone in levels of 255, the others in logarithms.
constexpr Values kLeastSpread = {1.5, 2.0, 0.15, 0.15};
constexpr double kRelativeSpread = 0.15;  // of the usual value itself

}  // namespace

double Standout::most() const { return std::max({novelty, tone, sharpness, seam}); }

Standout stand_out(const Image& picture, const Mask& region, const Mask& avoid, std::uint64_t seed) {
  if (region.is_empty()) throw InputError("leftover: the region is empty, so there is nothing to look at");
  FastRandom random(seed);
  const auto view = view_of(picture, region, avoid);
  Standout out;
  if (cv::countNonZero(view.region) == 0) return out;
  const double factor = std::min(0.5, kCoarseDepth / std::max(1.0, depth_of(view.region)));
  const auto coarse = resized(view, factor);
  const auto places = clean_places(view, random);
  if (places.size() < 3) return out;

  cv::Mat grey, smooth, detail, dx, dy, gradient;
  cv::cvtColor(view.rgb, grey, cv::COLOR_RGB2GRAY);
  cv::GaussianBlur(grey, smooth, {}, 1.5);
  cv::absdiff(grey, smooth, detail);
  cv::Sobel(grey, dx, CV_32F, 1, 0);
  cv::Sobel(grey, dy, CV_32F, 0, 1);
  cv::magnitude(dx, dy, gradient);

  const auto values = [&](const cv::Mat& mask) {
    return values_of(view, coarse, mask, shrunk_mask(mask, coarse.rgb.size()), view.rgb, detail, gradient,
                     random);
  };
  const auto own = values(view.region);
  std::vector<Values> clean;
  for (const auto& place : places) clean.push_back(values(place));
  std::array<double, 4> z{};
  for (std::size_t k = 0; k < z.size(); ++k) {
    std::vector<double> usual, spread;
    for (const auto& v : clean) usual.push_back(v[k]);
    const double middle = median(usual);
    for (const double v : usual) spread.push_back(std::abs(v - middle));
    const double farthest = *std::max_element(usual.begin(), usual.end()) - middle;
    const double unit = std::max(
        {1.5 * median(spread), 0.5 * farthest, kLeastSpread[k], k < 2 ? kRelativeSpread * middle : 0.0});
    const double step = own[k] - middle;
    z[k] = k == 2 ? std::abs(step) / unit : step / unit;  // smeared is as unusual as grainy
  }
  out = {z[0], z[1], z[2], z[3], static_cast<int>(places.size())};
  return out;
}

double normality_score(const Standout& s, double usual, double step) {
  if (s.places == 0) return kUnknown;
  return std::clamp(5 - std::max(0.0, s.most() - usual) / step, 0.0, 5.0);
}

Json to_json(const Standout& s) {
  const auto rounded = [](double v) { return std::round(v * 100) / 100; };
  return {{"novelty", rounded(s.novelty)},
          {"tone", rounded(s.tone)},
          {"sharpness", rounded(s.sharpness)},
          {"seam", rounded(s.seam)},
          {"places", s.places}};
}

}  // namespace unidg::agents
