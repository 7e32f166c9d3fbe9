#include "unidg/dataset/masks.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/dataset/shapes.h"

namespace unidg::dataset {
namespace {

constexpr int kTries = 80;

/// The part of a patch that is set, without the empty border.
cv::Mat trimmed(const cv::Mat& patch) {
  const cv::Rect box = cv::boundingRect(patch);
  return box.area() == 0 ? cv::Mat() : patch(box).clone();
}

/// A shape about `radius` pixels large on its own small canvas.
cv::Mat draw_shape(const std::string& shape, double radius, Rng& rng) {
  const int side = static_cast<int>(std::ceil(6 * radius)) + 8;
  const cv::Point2d centre(side / 2.0, side / 2.0);
  const cv::Rect canvas(0, 0, side, side);
  if (shape == "stroke") {
    const double length = radius * rng.uniform(2.5, 5),
                 width = std::max(1.5, length * rng.uniform(0.03, 0.16));
    const StrokeShape style{.length = length,
                            .width = width,
                            .bend = rng.uniform(0, 1.5),
                            .jitter = rng.uniform(0, 0.5),
                            .step = std::max(2.0, radius / 8),
                            .taper = 0.6};
    auto stroke = random_stroke({0, 0}, rng.uniform(0, 2 * M_PI), style, rng);
    const cv::Point2d shift = centre - stroke[stroke.size() / 2].at;
    for (auto& point : stroke) point.at += shift;
    return stroke_distance({stroke}, canvas, 2.0f) <= 1.0f;
  }
  if (shape == "polygon") {
    cv::Mat out = cv::Mat::zeros(side, side, CV_8UC1);
    const std::vector<std::vector<cv::Point>> outline = {
        random_polygon(centre, radius, static_cast<int>(3 + rng.integer(5)), rng)};
    cv::fillPoly(out, outline, 255);
    return out;
  }
  if (shape == "cloud") {  // the peaks of a noise field, torn into parts
    cv::Mat field = fractal_noise(canvas.size(), {radius * 0.9, radius * 0.9}, 4, rng);
    const double level = rng.uniform(0.0, 0.25);
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        field.at<float>(y, x) -=
            static_cast<float>(std::pow(std::hypot(x - centre.x, y - centre.y) / (1.6 * radius), 4));
    return field > level;
  }
  const BlobShape blob{centre,
                       radius,
                       radius * rng.uniform(0.4, 1.0),
                       rng.uniform(0, M_PI),
                       rng.uniform(0.1, 0.7),
                       rng.uniform(0.5, 0.9)};
  return blob_field(blob, canvas, rng) > 0;
}

/// A shape whose area is near `area` pixels: the nearest of a few sizes.
cv::Mat shape_of_area(const std::string& shape, double area, Rng& rng) {
  const Rng start = rng;  // every size is drawn with the same numbers
  double radius = std::sqrt(area / M_PI), nearest = 1e9;
  cv::Mat best(2, 2, CV_8UC1, cv::Scalar(255));
  for (int pass = 0; pass < 4 && nearest > 0.15; ++pass) {
    rng = start;
    const cv::Mat patch = trimmed(draw_shape(shape, std::max(1.0, radius), rng));
    const double drawn = patch.empty() ? 1 : cv::countNonZero(patch), miss = std::abs(std::log(drawn / area));
    if (!patch.empty() && miss < nearest) nearest = miss, best = patch;
    radius *= std::clamp(std::sqrt(area / drawn), 0.5, 2.0);
  }
  return best;
}

/// Turns, mirrors and scales a patch; thin parts survive (a pixel is set when a quarter of it is covered).
cv::Mat transformed(const cv::Mat& patch, double angle, double scale, bool mirror) {
  cv::Mat from;  // never a view of the patch: flip would then mirror the reference's own mask
  mirror ? cv::flip(patch, from, 1) : patch.copyTo(from);
  if (scale < 1) {  // averaging first, or thin lines would fall between the samples
    const cv::Size size(std::max(1, static_cast<int>(std::lround(from.cols * scale))),
                        std::max(1, static_cast<int>(std::lround(from.rows * scale))));
    cv::resize(from, from, size, 0, 0, cv::INTER_AREA);
    scale = 1;
  }
  const double diagonal = std::hypot(from.cols, from.rows) * scale;
  const int side = static_cast<int>(std::ceil(diagonal)) + 4;
  const double c = scale * std::cos(angle), s = scale * std::sin(angle);
  const double x0 = (from.cols - 1) / 2.0, y0 = (from.rows - 1) / 2.0, middle = (side - 1) / 2.0;
  const cv::Matx23d place(c, -s, middle - c * x0 + s * y0, s, c, middle - s * x0 - c * y0);
  cv::Mat out;
  cv::warpAffine(from, out, place, {side, side}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return trimmed(out > 63);
}

/// Lays the patch on the foreground. The best of the tries counts when none overlaps enough.
Mask placed(const cv::Mat& patch, const Mask& foreground, double min_overlap, Rng& rng) {
  std::vector<cv::Point> ground;
  cv::findNonZero(foreground.pixels(), ground);
  const double area = std::max(1, cv::countNonZero(patch));
  const cv::Rect frame(0, 0, foreground.width(), foreground.height());
  cv::Mat best;
  int most = 0;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const cv::Point centre = rng.pick(ground);
    const cv::Rect box =
        cv::Rect(centre.x - patch.cols / 2, centre.y - patch.rows / 2, patch.cols, patch.rows);
    const cv::Rect seen = box & frame;
    if (seen.area() == 0) continue;
    cv::Mat inside;
    cv::bitwise_and(patch(seen - box.tl()), foreground.pixels()(seen), inside);
    const int covered = cv::countNonZero(inside);
    if (covered <= most) continue;
    most = covered;
    best = cv::Mat::zeros(frame.size(), CV_8UC1);
    inside.copyTo(best(seen));
    if (covered >= min_overlap * area) break;
  }
  if (most == 0) {  // a patch with a hollow middle on a tiny foreground: one pixel is better than none
    best = cv::Mat::zeros(frame.size(), CV_8UC1);
    best.at<std::uint8_t>(rng.pick(ground)) = 255;
  }
  return Mask(best);
}

cv::Matx33d about(cv::Point2d middle, double angle, double scale, double sx = 1, double sy = 1) {
  const double c = scale * std::cos(angle), s = scale * std::sin(angle);
  return cv::Matx33d(1, 0, middle.x, 0, 1, middle.y, 0, 0, 1) *
         cv::Matx33d(c * sx, -s * sy, 0, s * sx, c * sy, 0, 0, 0, 1) *
         cv::Matx33d(1, 0, -middle.x, 0, 1, -middle.y, 0, 0, 1);
}

/// A mask of the scene's size after one move of mask_near.
cv::Mat moved_a_little(const cv::Mat& found, const SceneLayout& layout, const MaskConfig& config, Rng& rng) {
  const cv::Size frame = found.size();
  const cv::Rect box = cv::boundingRect(found);
  // A mask as long as the picture has nowhere to go.
  const double extent =
      std::max(static_cast<double>(box.width) / frame.width, static_cast<double>(box.height) / frame.height);
  const double freedom = 1 - extent;
  const double scale =
      std::pow(rng.uniform(config.min_scale, std::max(config.min_scale, config.max_scale)), freedom / 2);
  const double turn = freedom * config.near_turn * M_PI / 180 * rng.uniform(-1, 1);
  const double dx = freedom * config.near_shift * frame.width * rng.uniform(-1, 1),
               dy = freedom * config.near_shift * frame.height * rng.uniform(-1, 1);
  const double round = layout.turns ? rng.uniform(0, 2 * M_PI) : 0;
  const bool mirror_x = rng.chance(0.5) && layout.mirrors_x, mirror_y = rng.chance(0.5) && layout.mirrors_y;
  const cv::Point2d own(box.x + (box.width - 1) / 2.0, box.y + (box.height - 1) / 2.0),
      middle((frame.width - 1) / 2.0, (frame.height - 1) / 2.0);
  const cv::Matx33d all = about(middle, round, 1, mirror_x ? -1 : 1, mirror_y ? -1 : 1) *
                          cv::Matx33d(1, 0, dx, 0, 1, dy, 0, 0, 1) * about(own, turn, scale);
  cv::Mat out;
  cv::warpAffine(found, out, all.get_minor<2, 3>(0, 0), frame, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  constexpr int kQuarter = 63;  // thin parts survive
  return out > kQuarter;
}

void need_foreground(const Mask& foreground) {
  if (foreground.is_empty())
    throw InputError("no foreground to place a mask on (", foreground.width(), "x", foreground.height(),
                     " pixels, all background); pass masks instead of auto");
}

}  // namespace

void fields(FieldVisitor& visit, MaskConfig& c) {
  visit("min_area", c.min_area, in(1e-6, 1.0),
        "smallest area of a random mask, as a share of the product's area");
  visit("max_area", c.max_area, in(1e-6, 1.0),
        "largest area of a random mask, as a share of the product's area");
  visit("min_overlap", c.min_overlap, in(0.0, 1.0), "share of a random mask that must lie on the product");
  visit("shape", c.shape, one_of({"auto", "reference", "blob", "stroke", "polygon", "cloud"}),
        "shape of random masks; auto follows the reference's mask");
  visit("min_scale", c.min_scale, in(0.05, 20.0), "smallest scale of a mask shaped like the reference's");
  visit("max_scale", c.max_scale, in(0.05, 20.0), "largest scale of a mask shaped like the reference's");
  visit("place", c.place, one_of({"auto", "near", "anywhere"}),
        "of a mask shaped like the reference's: near where it was found, anywhere on the product, or near "
        "where "
        "the scene shows the product as the reference's photo does");
  visit("near_shift", c.near_shift, in(0.0, 1.0), "place=near: farthest move, as a share of the picture");
  visit("near_turn", c.near_turn, in(0.0, 180.0), "place=near: largest turn in degrees");
}

Mask random_mask(const Mask& foreground, const MaskConfig& config, Rng& rng) {
  need_foreground(foreground);
  static const std::vector<std::string> shapes = {"blob", "stroke", "polygon", "cloud"};
  const bool is_named = config.shape != "auto" && config.shape != "reference";
  const std::string shape = is_named ? config.shape : rng.pick(shapes);
  const double low = std::log(config.min_area), high = std::log(std::max(config.min_area, config.max_area));
  const double area = std::max(4.0, foreground.area() * std::exp(rng.uniform(low, high)));
  return placed(shape_of_area(shape, area, rng), foreground, config.min_overlap, rng);
}

Mask mask_like(const Mask& reference, const Mask& foreground, const MaskConfig& config, Rng& rng) {
  need_foreground(foreground);
  if (reference.is_empty())
    throw InputError("the reference's mask is empty, so no mask can be shaped like it");
  const double same = std::sqrt(static_cast<double>(foreground.width()) * foreground.height() /
                                (static_cast<double>(reference.width()) * reference.height()));
  double scale = same * rng.uniform(config.min_scale, std::max(config.min_scale, config.max_scale));
  scale = std::min(
      scale, std::sqrt(0.25 * foreground.area() / reference.area()));  // at most a quarter of the product
  const double angle = rng.uniform(0, 2 * M_PI);
  const bool mirror = rng.chance(0.5);
  const cv::Mat patch = transformed(reference.pixels()(reference.box()), angle, scale, mirror);
  return placed(patch.empty() ? cv::Mat(1, 1, CV_8UC1, cv::Scalar(255)) : patch, foreground,
                config.min_overlap, rng);
}

Mask mask_near(const Mask& reference, const Mask& foreground, const SceneLayout& layout,
               const MaskConfig& config, Rng& rng) {
  if (reference.is_empty())
    throw InputError("the reference's mask is empty, so no mask can be laid where it was");
  const cv::Size frame = foreground.pixels().size();
  cv::Mat found;
  const bool shrinks = frame.width < reference.width();
  cv::resize(reference.pixels(), found, frame, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  const auto on_product = [&](const cv::Mat& mask) {
    return static_cast<double>(cv::countNonZero(mask & foreground.pixels())) /
           std::max(1, cv::countNonZero(mask));
  };
  constexpr double kSlack = 0.02, kLeast = 0.7;  // of the mask: over the product's edge, left in the picture
  constexpr int kMoves = 20;
  const cv::Mat unmoved = found > 0;
  const double wanted = on_product(unmoved) - kSlack;
  cv::Mat best;
  double most = -1;
  for (int attempt = 0; attempt < kMoves && most < wanted; ++attempt) {
    const cv::Mat moved = moved_a_little(found, layout, config, rng);
    if (cv::countNonZero(moved) < kLeast * config.min_scale * cv::countNonZero(unmoved)) continue;
    if (const double share = on_product(moved); share > most) most = share, best = moved;
  }
  return Mask(best.empty() ? unmoved : best);
}

Mask placed_mask(const Mask& reference, const Mask& foreground, const SceneLayout& layout,
                 const MaskConfig& config, Rng& rng) {
  const bool is_near = config.place == "near" || (config.place == "auto" && layout.is_shared);
  return is_near ? mask_near(reference, foreground, layout, config, rng)
                 : mask_like(reference, foreground, config, rng);
}

Mask auto_mask(const Mask& reference, const Mask& foreground, const SceneLayout& layout,
               const MaskConfig& config, Rng& rng) {
  const bool follows = config.shape == "reference" || (config.shape == "auto" && !reference.is_empty());
  return follows ? placed_mask(reference, foreground, layout, config, rng)
                 : random_mask(foreground, config, rng);
}

}  // namespace unidg::dataset
