#include "unidg/editing/collage.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "unidg/core/error.h"
#include "unidg/editing/alignment.h"
#include "unidg/editing/continuity.h"
#include "unidg/editing/defect_layer.h"
#include "unidg/editing/likeness.h"

namespace unidg::editing {
namespace {

constexpr float kWeak = 20, kStrong = 60;  // difference from the surface: below tinted, above opaque; of 255
constexpr double kNear = 0.35;             // gap between parts of one defect / the larger part's length
constexpr std::size_t kMaxGroups = 16;
constexpr double kThinnestPart = 3.0;  // pixels; thinner than this a defect is not shrunk before it is lifted
constexpr double kKeptContrast = 0.6;  // a defect keeps at least this share of its contrast in lightness

float smooth_step(float low, float high, float x) {
  const float t = std::clamp((x - low) / (high - low), 0.0f, 1.0f);
  return t * t * (3 - 2 * t);
}

float lightness(const cv::Vec3f& colour) {
  return 0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2];
}

/// A surface of lightness `surface` changed as the reference's surface `from` was changed to `to`: by the
/// same share of the room towards black or towards white.
float same_share(float surface, float from, float to) {
  if (to < from) return surface * to / std::max(from, 1.0f);
  return surface + (255 - surface) * (to - from) / std::max(255 - from, 1.0f);
}

/// The defect as it would look on this surface. A strong defect covers it with its own colour; a weak one
/// tints it: lightness by the same share of the room, hue by the same difference, unless the defect only
/// bleaches a hue that the new surface does not have.
/// @param strength the part's difference from its surface, of 255
cv::Vec3f repaint(const cv::Vec3f& surface, const cv::Vec3f& colour, const cv::Vec3f& background,
                  float strength) {
  const float light = lightness(surface), own_light = lightness(colour), back_light = lightness(background);
  const auto hue = surface - cv::Vec3f::all(light), own_hue = colour - cv::Vec3f::all(own_light);
  const auto back_hue = background - cv::Vec3f::all(back_light);
  const float opaque = smooth_step(kWeak, kStrong, strength);
  const float alike = 1 - smooth_step(10, 40, static_cast<float>(cv::norm(hue - back_hue, cv::NORM_INF)));
  const float tinted = same_share(light, back_light, own_light);
  const auto colouring = smooth_step(
      -6, 6, static_cast<float>(cv::norm(own_hue, cv::NORM_INF) - cv::norm(back_hue, cv::NORM_INF)));
  const auto tinted_hue = hue + std::max(alike, colouring) * (own_hue - back_hue);
  return cv::Vec3f::all(tinted + opaque * (own_light - tinted)) + tinted_hue +
         opaque * (own_hue - tinted_hue);
}

/// The parts of a mask that lie together, largest group first. Parts belong together when the gap between
/// their boxes is small against the larger of them.
std::vector<cv::Mat> near_groups(const cv::Mat& mask) {
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8);
  std::vector<int> order;
  for (int i = 1; i < count; ++i) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return stats.at<int>(a, cv::CC_STAT_AREA) > stats.at<int>(b, cv::CC_STAT_AREA);
  });
  std::vector<cv::Rect> reach;
  std::vector<int> group_of(static_cast<std::size_t>(count), -1);
  for (const int i : order) {
    const cv::Rect box(stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                       stats.at<int>(i, cv::CC_STAT_WIDTH), stats.at<int>(i, cv::CC_STAT_HEIGHT));
    const auto near =
        std::find_if(reach.begin(), reach.end(), [&](const cv::Rect& r) { return !(r & box).empty(); });
    if (near == reach.end() && reach.size() == kMaxGroups) continue;
    group_of[static_cast<std::size_t>(i)] = static_cast<int>(near - reach.begin());
    if (near != reach.end()) continue;
    const int gap = static_cast<int>(kNear * std::max(box.width, box.height));
    reach.emplace_back(box.x - gap, box.y - gap, box.width + 2 * gap, box.height + 2 * gap);
  }
  std::vector<cv::Mat> groups;
  for (std::size_t g = 0; g < reach.size(); ++g) groups.push_back(cv::Mat::zeros(mask.size(), CV_8UC1));
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x) {
      const int group = group_of[static_cast<std::size_t>(labels.at<int>(y, x))];
      if (group >= 0) groups[static_cast<std::size_t>(group)].at<std::uint8_t>(y, x) = 255;
    }
  return groups;
}

/// The reference around its mask, brought near the target's scale, so that warping it neither aliases nor
/// wastes work.
struct Part {
  cv::Mat rgb, mask;
};

Part part_at_scale(const Image& image, const cv::Mat& mask, const cv::Mat& asked) {
  const cv::Rect box = cv::boundingRect(mask), goal = cv::boundingRect(asked);
  const int margin = 8 + std::max(box.width, box.height) / 3;
  const cv::Rect wide =
      cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) &
      cv::Rect(0, 0, mask.cols, mask.rows);
  const double wanted = 1.5 * std::max(goal.width, goal.height) / std::max(box.width, box.height);
  const double scale = std::max(wanted, kThinnestPart / mask_thickness(mask));
  Part part{Image(image.pixels()(wide)).rgb8(), mask(wide)};
  if (scale >= 1) return part;
  const cv::Size size(std::max(1, cvRound(wide.width * scale)), std::max(1, cvRound(wide.height * scale)));
  cv::Mat small, share;
  cv::resize(part.rgb, small, size, 0, 0, cv::INTER_AREA);
  cv::resize(part.mask, share, size, 0, 0, cv::INTER_AREA);
  const cv::Mat kept = share > 64;
  return {small, cv::countNonZero(kept) > 0 ? kept : cv::Mat(share > 0)};
}

cv::Mat warp(const cv::Mat& image, const cv::Mat& map, int filter, int border) {
  cv::Mat out;
  cv::remap(image, out, map, {}, filter, border);
  return out;
}

/// What a defect needs that would hardly be seen on its new surface: more of its own contrast where there is
/// room, else the opposite one (a crack in something black shows bright edges).
struct Remedy {
  float added = 0;       ///< to the painted colour
  bool inverts = false;  ///< darker than its surface becomes lighter and the other way round
};

Remedy remedy_for(double reference_contrast, double contrast, double surface) {
  const double wanted = kKeptContrast * std::abs(reference_contrast);
  if (std::abs(contrast) >= wanted) return {};
  const double sign = std::abs(contrast) > 4 ? contrast : reference_contrast;
  const double room = sign < 0 ? surface : 255 - surface;
  if (room < wanted) return {0, true};
  return {static_cast<float>(std::copysign(wanted, sign) - contrast), false};
}

/// The defect in the window's geometry.
struct Laid {
  cv::Mat colour, background;  ///< CV_32FC3
  cv::Mat strength, alpha;     ///< CV_32FC1
  SurfaceLikeness surface;     ///< of the reference's surroundings and the target's
};

/// @param asked, envelope of the region that may change
/// @param scene the window where asked lies; empty: its surroundings do not decide where the region lies
Laid lay_defect(const Part& part, const SurfaceLikeness& surface, const cv::Mat& asked,
                const cv::Mat& envelope, const cv::Mat& scene) {
  const auto layer = lift_defect(part.rgb, part.mask, surface.same);
  bool whole = false;  // the part's photo as a whole, its sound surface too
  cv::Mat map;
  if (surface.same > 0.5) {
    const auto continued = [&](const Fit& fit) {
      const auto out = continuous_fit(fit, part.rgb, part.mask, scene, asked);
      whole = out.agrees;
      return out;
    };
    map = scene.empty() ? align_region(part.mask, asked) : align_region(part.mask, asked, continued);
  } else {
    map = align_defect(layer.core, asked);
  }
  const cv::Mat lifted = whole ? cv::Mat::ones(part.mask.size(), CV_32FC1) : layer.matte;
  const auto matte = warp(lifted, map, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return {warp(layer.colour, map, cv::INTER_CUBIC, cv::BORDER_REPLICATE),
          warp(layer.background, map, cv::INTER_LINEAR, cv::BORDER_REPLICATE),
          warp(layer.strength, map, cv::INTER_LINEAR, cv::BORDER_REPLICATE), matte.mul(envelope), surface};
}

/// Repaints the defect for the surface that `image` shows and blends it in.
void paint(const Laid& laid, cv::Mat& image) {
  cv::Mat painted(image.size(), CV_32FC3, cv::Scalar());
  double weight = 0, reference_contrast = 0, contrast = 0, light = 0;
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const float a = laid.alpha.at<float>(y, x);
      if (a <= 0) continue;
      const cv::Vec3f under = image.at<cv::Vec3b>(y, x);
      const auto &colour = laid.colour.at<cv::Vec3f>(y, x), &background = laid.background.at<cv::Vec3f>(y, x);
      const auto out = painted.at<cv::Vec3f>(y, x) =
          repaint(under, colour, background, laid.strength.at<float>(y, x));
      weight += a;
      reference_contrast += a * (lightness(colour) - lightness(background));
      contrast += a * (lightness(out) - lightness(under));
      light += a * lightness(under);
    }
  if (weight <= 0) return;
  const auto remedy = remedy_for(reference_contrast / weight, contrast / weight, light / weight);
  const auto same = static_cast<float>(laid.surface.same);
  const cv::Vec3f from(cv::Vec3d(laid.surface.from[0], laid.surface.from[1], laid.surface.from[2]));
  const cv::Vec3f shift(cv::Vec3d(laid.surface.shift[0], laid.surface.shift[1], laid.surface.shift[2]));

  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const float a = laid.alpha.at<float>(y, x);
      if (a <= 0) continue;
      const cv::Vec3f under = image.at<cv::Vec3b>(y, x);
      auto out = painted.at<cv::Vec3f>(y, x) + cv::Vec3f::all(remedy.added);
      if (remedy.inverts) {
        const float contrast_here =
            lightness(laid.colour.at<cv::Vec3f>(y, x)) - lightness(laid.background.at<cv::Vec3f>(y, x));
        out = under - cv::Vec3f::all(static_cast<float>(kKeptContrast) * contrast_here);
      }
      cv::Vec3f exposed;
      for (int c = 0; c < 3; ++c)
        exposed[c] = same_share(from[c] + shift[c], from[c], laid.colour.at<cv::Vec3f>(y, x)[c]);
      out += same * (exposed - out);
      const auto mixed = under + a * (out - under);
      for (int c = 0; c < 3; ++c) image.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(mixed[c]);
    }
}

void make_grey(cv::Mat& image) {
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, image, cv::COLOR_GRAY2RGB);
}

}  // namespace

cv::Mat fill_hole(const cv::Mat& image, const cv::Mat& mask) {
  cv::Mat out;
  cv::inpaint(image, mask, out, 5, cv::INPAINT_TELEA);
  return out;
}

void check_reference(const MaskedImage& reference) {
  if (reference.mask.is_empty())
    throw InputError("the reference mask is empty (expected white where the defect is)");
  if (reference.image.pixels().size() != reference.mask.pixels().size())
    throw InputError("the reference mask is ", reference.mask.width(), " x ", reference.mask.height(),
                     " pixels but its image is ", reference.image.width(), " x ", reference.image.height());
}

Collage make_collage(const MaskedImage& reference, const cv::Mat& target, const cv::Mat& asked,
                     const cv::Mat& used, const std::string& underlay, const std::string& lift,
                     double same_product, bool continues) {
  check_reference(reference);
  if (target.type() != CV_8UC3 || asked.size() != target.size() || used.size() != target.size())
    throw Error("make_collage: masks of ", asked.size(), " and ", used.size(), " for a window of ",
                target.size());
  Collage collage{underlay == "smooth" ? fill_hole(target, used) : target.clone(),
                  cv::Mat::zeros(target.size(), CV_32FC1)};
  if (cv::countNonZero(asked & used) == 0) return collage;
  const auto envelope = feather(Mask(asked), Mask(used), EditingConfig{});
  const auto defect = near_groups(reference.mask.pixels()).front();
  auto roi = cv::boundingRect(used);  // nothing changes outside
  if (continues) {                    // its surroundings are looked at
    const int ring = 4 + std::max(roi.width, roi.height) / 2;
    roi = cv::Rect(roi.x - ring, roi.y - ring, roi.width + 2 * ring, roi.height + 2 * ring) &
          cv::Rect({0, 0}, target.size());
  }
  const cv::Mat scene = continues ? target(roi) : cv::Mat();
  cv::Mat image = collage.image(roi), alpha = collage.alpha(roi);
  for (const auto& region : near_groups(asked & used)) {
    const auto part = part_at_scale(reference.image, defect, region(roi));
    auto surface = compare_surfaces(part.rgb, part.mask, target, region);
    surface.same = std::max(surface.same, same_product);
    if (lift != "auto") surface.same = lift == "whole" ? 1 : 0;
    const auto laid = lay_defect(part, surface, region(roi), envelope(roi), scene);
    paint(laid, image);
    cv::max(alpha, laid.alpha, alpha);
  }
  if (Image(target).is_grey()) make_grey(image);  // a monochrome camera sees no colours
  return collage;
}

}  // namespace unidg::editing
