#include "unidg/agents/verify/fields.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "unidg/agents/caption/groups.h"
#include "unidg/agents/verify/words.h"

namespace unidg::agents {
namespace {

constexpr double kPartly = 0.4, kMostPartly = 1.2, kContradiction = 2.7;
constexpr std::size_t kFewestChecks = 3;
constexpr double kTooFewScore = 2.5;

/// What is measured of one defect, from the outline of its mask and from where the pictures differ.
struct Outline {
  double smallest_area = 0, largest_area = 0;    ///< shares of the image: visible part, mask
  double smallest_width = 0, largest_width = 0;  ///< shares of the shorter side
  double aspect = 1;                             ///< long / short side of the smallest turned rectangle
  double degrees = 0;                            ///< of its long side, 0 along x, 90 along y
  double roughness = 1;                          ///< perimeter^2 / (4 pi area): 1 for a disc
  int parts = 1;
  std::array<cv::Point2d, 2>
      places;  ///< middle of the mask's box and of the visible change, shares of the image
  double level = 0, mean_level = 0;  ///< of the change, levels: its upper part and its mean
  double ring_step = 0;  ///< median of the defect against the ring around it in the abnormal picture
  double edge_px = 0;    ///< pixels over which the change fades at the visible rim
  cv::Mat where;         ///< CV_8UC1: visible part
};

std::string number(double value) {
  std::ostringstream out;
  out << std::setprecision(3) << value;
  return out.str();
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<double> values_under(const cv::Mat& values, const cv::Mat& where) {
  std::vector<double> out;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (where.at<std::uint8_t>(y, x)) out.push_back(values.at<float>(y, x));
  return out;
}

void measure_outline(Outline& out, const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::Mat closed;
  cv::morphologyEx(mask, closed, cv::MORPH_CLOSE, cv::Mat::ones(3, 3, CV_8UC1));
  cv::findContours(closed, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  out.parts = static_cast<int>(contours.size());
  std::vector<cv::Point> all;
  double perimeter = 0, thickest = 0;
  for (const auto& contour : contours) {
    all.insert(all.end(), contour.begin(), contour.end());
    const double length = cv::arcLength(contour, true) + 4, area = cv::contourArea(contour) + length / 2;
    perimeter += length;
    thickest = std::max(thickest, 2 * area / length);
  }
  const auto box = cv::minAreaRect(all);
  const double a = box.size.width + 1, b = box.size.height + 1;
  out.aspect = std::max(a, b) / std::min(a, b);
  double turn = box.angle + (a >= b ? 0 : 90);
  turn = std::fmod(std::fmod(turn, 180) + 180, 180);
  out.degrees = turn > 90 ? 180 - turn : turn;
  const double area = cv::countNonZero(mask), side = std::min(mask.cols, mask.rows);
  out.roughness = perimeter * perimeter / (4 * CV_PI * area);
  out.smallest_width = thickest / side;       // a strip's area is half its outline times its width;
  out.largest_width = 2.2 * thickest / side;  // a disc's width is twice that, blobs with arms a little more
}

/// The change as a mean over lines of equal distance to the visible part's rim, from inside out: how many
/// pixels lie between three quarters and a quarter of its height.
double edge_width(const cv::Mat& level, const cv::Mat& where) {
  constexpr int kReach = 8;
  cv::Mat inside, outside;
  cv::distanceTransform(where, inside, cv::DIST_L2, 3);
  cv::distanceTransform(where == 0, outside, cv::DIST_L2, 3);
  std::array<double, 2 * kReach> sums{}, counts{};
  for (int y = 0; y < level.rows; ++y)
    for (int x = 0; x < level.cols; ++x) {
      const float depth = inside.at<float>(y, x);
      const int step = depth > 0 ? kReach - static_cast<int>(std::ceil(depth))
                                 : kReach - 1 + static_cast<int>(std::ceil(outside.at<float>(y, x)));
      if (step < 0 || step >= 2 * kReach) continue;
      sums[static_cast<std::size_t>(step)] += level.at<float>(y, x);
      ++counts[static_cast<std::size_t>(step)];
    }
  std::vector<double> profile;
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (counts[i] > 0) profile.push_back(sums[i] / counts[i]);
  if (profile.size() < 2) return 1;
  const auto top = std::max_element(profile.begin(), profile.end());
  const double low = *std::min_element(top, profile.end()), height = *top - low;
  const auto falls_to = [&](double share) {
    for (auto at = top; at + 1 < profile.end(); ++at) {
      const double level_wanted = low + share * height;
      if (*(at + 1) <= level_wanted)
        return static_cast<double>(at - profile.begin()) +
               (*at - level_wanted) / std::max(1e-6, *at - *(at + 1));
    }
    return static_cast<double>(profile.size());
  };
  return falls_to(0.25) - falls_to(0.75);
}

Outline measure(const Triplet& t, const Mask& part, const Change& change) {
  Outline out;
  const cv::Mat& mask = part.pixels();
  const double pixels = static_cast<double>(mask.total());
  measure_outline(out, mask);

  // The visible part: the clear half of the change.
  const double strong = quantile(values_under(change.level, mask), 0.9);
  out.where = (change.level > std::max(change.threshold, 0.4 * strong)) & mask;
  if (cv::countNonZero(out.where) == 0) out.where = mask.clone();
  out.smallest_area = cv::countNonZero(out.where) / pixels;
  out.largest_area = cv::countNonZero(mask) / pixels;
  out.level = quantile(values_under(change.level, out.where), 0.75);
  out.mean_level = cv::mean(change.level, out.where)[0];
  const auto centre = cv::moments(out.where, true);
  const cv::Rect box = cv::boundingRect(mask);
  out.places = {
      cv::Point2d((box.x + box.width / 2.0) / mask.cols, (box.y + box.height / 2.0) / mask.rows),
      cv::Point2d((centre.m10 / centre.m00 + 0.5) / mask.cols, (centre.m01 / centre.m00 + 0.5) / mask.rows)};

  // Against the ring in the abnormal picture alone.
  cv::Mat grey, distance, values;
  cv::cvtColor(t.abnormal.rgb8(), grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(values, CV_32F);
  cv::distanceTransform(t.mask.pixels() == 0, distance, cv::DIST_L2, 3);
  const auto ring = values_under(values, (distance > 2) & (distance < 14));
  out.ring_step = std::abs(quantile(values_under(values, out.where), 0.5) - quantile(ring, 0.5));

  out.edge_px = edge_width(change.level, out.where);
  return out;
}

/// Distance of `degrees` from the class that a word names; nothing for other words.
std::optional<double> direction_gap(const std::string& said, double degrees) {
  const auto plain = plain_words(said);
  const auto beyond = [&](double centre) { return std::max(0.0, std::abs(degrees - centre) - 22.5); };
  if (has_word(plain, "horizontal")) return beyond(0);
  if (has_word(plain, "vertical")) return beyond(90);
  if (has_any(plain, {"diagonal", "oblique", "slanted"})) return beyond(45);
  return std::nullopt;
}

/// @param has_direction a direction is told as well, which no compact thing has
double check_shape(const std::string& plain, bool has_direction, const Outline& o) {
  if (has_any(plain, {"elongated", "linear", "line", "strip", "long", "curved", "curvilinear"}))
    return o.aspect >= 2.3 || o.roughness >= 6 ? 1 : o.aspect >= 2 || o.roughness >= 5 ? 0.5 : 0;
  if (has_any(plain, {"compact", "round", "circular", "oval", "blob", "dot"}))
    return o.aspect <= (has_direction ? 1.7 : 2.4) ? 1 : o.aspect <= 2.8 && !has_direction ? 0.5 : 0;
  return o.parts >= 2 ? 1 : o.roughness >= 6 ? 0.5 : 0;  // scattered
}

/// 1 when the point lies in the named third of each axis or close beside it, 0.5 when near.
std::optional<double> place_fit(const std::string& plain, const cv::Point2d& at) {
  const auto axis = [&](double value, const char* low, const char* low_too, const char* high,
                        const char* high_too) {
    double from = 1.0 / 3, to = 2.0 / 3;
    if (has_any(plain, {low, low_too})) from = 0, to = 1.0 / 3;
    if (has_any(plain, {high, high_too})) from = 2.0 / 3, to = 1;
    return std::max({0.0, from - value, value - to});
  };
  const bool is_known = has_any(
      plain, {"top", "upper", "bottom", "lower", "left", "right", "center", "centre", "middle", "central"});
  if (!is_known) return std::nullopt;
  const double gap =
      std::max(axis(at.x, "left", "left", "right", "right"), axis(at.y, "top", "upper", "bottom", "lower"));
  return gap <= 0.06 ? 1 : gap <= 0.11 ? 0.5 : 0;
}

/// Share of the pixels that go by any of the colours.
double colour_share(const std::vector<std::string>& names, const cv::Mat& rgb, const cv::Mat& where) {
  cv::Mat hsv;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV);
  int all = 0, fitting = 0;
  for (int y = 0; y < rgb.rows; ++y)
    for (int x = 0; x < rgb.cols; ++x) {
      if (!where.at<std::uint8_t>(y, x)) continue;
      const auto& p = hsv.at<cv::Vec3b>(y, x);
      ++all;
      fitting += std::any_of(names.begin(), names.end(),
                             [&](const std::string& name) { return goes_by(name, p[0], p[1], p[2]); });
    }
  return all == 0 ? 0 : static_cast<double>(fitting) / all;
}

/// A word of one begins a word of the other: "cut" and "cuts", "surface crack" and "crack".
bool share_word(const std::string& a, const std::string& b) {
  std::istringstream first(plain_words(a));
  for (std::string x; first >> x;) {
    std::istringstream second(plain_words(b));
    for (std::string y; second >> y;)
      if (std::min(x.size(), y.size()) >= 3 && (x.starts_with(y) || y.starts_with(x))) return true;
  }
  return false;
}

/// One entry of defect-level against one defect of the mask.
std::vector<FieldCheck> check_entry(const Triplet& t, const cv::Mat& abnormal, const Json& entry,
                                    const Outline& o, const std::string& path) {
  std::vector<FieldCheck> out;
  const auto said = [&](const char* key) {
    return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : "";
  };
  const auto add = [&](const char* key, const std::string& measured, double agreement) {
    out.push_back({path + "." + key, said(key), measured, agreement});
  };
  const auto range = [](double low, double high) { return number(low) + " to " + number(high); };

  if (!said("type").empty() && !t.type.empty()) add("type", t.type, share_word(said("type"), t.type) ? 1 : 0);
  if (const auto i = size_words(said("size")))
    add("size", range(o.smallest_area, o.largest_area), fit(*i, o.smallest_area, o.largest_area, 1.2, 2));
  if (const auto i = width_words(said("width")))
    add("width", range(o.smallest_width, o.largest_width),
        fit(*i, o.smallest_width, o.largest_width, 1.1, 1.8));
  const auto shape = plain_words(said("shape"));
  if (has_any(shape, {"elongated", "linear", "line", "strip", "long", "curved", "curvilinear", "compact",
                      "round", "circular", "oval", "blob", "dot", "scattered"}))
    add("shape", text("aspect ", number(o.aspect), ", roughness ", number(o.roughness), ", parts ", o.parts),
        check_shape(shape, direction_gap(said("direction"), 0).has_value(), o));
  if (const auto gap = direction_gap(said("direction"), o.degrees)) {
    const bool has_direction = o.aspect >= 1.4;
    add("direction", text(number(o.degrees), " degrees, aspect ", number(o.aspect)),
        *gap <= 8                        ? 1
        : *gap <= 22.5 || !has_direction ? 0.5
                                         : 0);
  }
  if (const auto i = contrast_words(said("contrast"))) {
    const double low = std::min({o.level, o.mean_level, o.ring_step}), high = std::max(o.level, o.ring_step);
    add("contrast", range(low, high), std::max(fit(*i, std::max(low, 0.5 * high), high, 1.15, 1.8), 0.0));
  }
  if (const auto i = severity_words(said("severity"))) {
    const double low = o.smallest_area * std::clamp(o.mean_level / 60, 0.3, 2.0);
    const double high = std::max(o.smallest_area, 0.7 * o.largest_area) * std::clamp(o.level / 60, 0.3, 2.0);
    add("severity", range(low, high), fit(*i, low, high, 1.5, 3));
  }
  const auto edge = plain_words(said("edge"));
  if (has_any(edge, {"clear", "sharp", "well defined"}))
    add("edge", number(o.edge_px), o.edge_px <= 2 ? 1 : o.edge_px <= 3 ? 0.5 : 0);
  else if (has_any(edge, {"blurry", "blurred", "soft", "diffuse", "fuzzy"}))
    add("edge", number(o.edge_px), o.edge_px >= 2 ? 1 : o.edge_px >= 1.7 ? 0.5 : 0);
  const auto place = plain_words(said("location"));
  if (const auto first = place_fit(place, o.places[0]))
    add("location", text(number(o.places[1].x), ", ", number(o.places[1].y)),
        std::max(*first, *place_fit(place, o.places[1])));
  if (const auto colours = colours_in(said("color")); !colours.empty()) {
    const double share = colour_share(colours, abnormal, o.where);
    add("color", number(share), share >= 0.4 ? 1 : share >= 0.2 ? 0.5 : 0);
  }
  return out;
}

double sum_of(const std::vector<FieldCheck>& checks) {
  return std::accumulate(checks.begin(), checks.end(), 0.0,
                         [](double sum, const FieldCheck& c) { return sum + c.agreement - 1; });
}

/// The entries against the mask's defects in the order that suits them best.
std::vector<FieldCheck> check_defects(const Triplet& t, const Json& entries, const Change& change) {
  const cv::Mat abnormal = t.abnormal.rgb8();
  const auto path = [](std::size_t i) { return text("defect-level[", i, "]"); };
  std::vector<Outline> parts;
  for (const auto& part : defect_groups(t.mask)) parts.push_back(measure(t, part, change));
  const auto whole = parts.size() == 1 ? parts.front() : measure(t, t.mask, change);
  std::vector<FieldCheck> best;
  if (entries.size() == parts.size()) {
    std::vector<std::size_t> order(parts.size());
    std::iota(order.begin(), order.end(), 0);
    bool is_first = true;
    do {
      std::vector<FieldCheck> checks;
      for (std::size_t i = 0; i < entries.size(); ++i)
        for (auto& c : check_entry(t, abnormal, entries[i], parts[order[i]], path(i)))
          checks.push_back(std::move(c));
      if (is_first || sum_of(checks) > sum_of(best)) best = std::move(checks);
      is_first = false;
    } while (std::next_permutation(order.begin(), order.end()));
    return best;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {  // another count: each entry against what suits it
    auto checks = check_entry(t, abnormal, entries[i], whole, path(i));
    for (const auto& part : parts) {
      auto other = check_entry(t, abnormal, entries[i], part, path(i));
      if (sum_of(other) > sum_of(checks)) checks = std::move(other);
    }
    best.insert(best.end(), checks.begin(), checks.end());
  }
  return best;
}

}  // namespace

std::vector<FieldCheck> check_fields(const Triplet& t, const Json& caption, const Change& change) {
  const auto list = [&](const char* key) {
    return caption.is_object() && caption.contains(key) && caption[key].is_array() ? caption[key]
                                                                                   : Json::array();
  };
  auto out = check_defects(t, list("defect-level"), change);
  for (const auto& entry : list("image-level"))
    if (const auto said = entry.value("foreground-object", ""); !said.empty() && !t.object.empty())
      out.push_back(
          {"image-level.foreground-object", said, t.object, share_word(said, t.object) ? 1.0 : 0.5});
  for (const auto& entry : list("foreground-object-level"))
    if (const auto colours = colours_in(entry.value("color", "")); !colours.empty()) {
      const double share =
          colour_share(colours, t.normal.rgb8(), cv::Mat(t.mask.pixels().size(), CV_8UC1, cv::Scalar(255)));
      out.push_back({"foreground-object-level.color", entry.value("color", ""), number(share),
                     share >= 0.15   ? 1.0
                     : share >= 0.07 ? 0.5
                                     : 0.0});
    }
  return out;
}

double consistency_score(const std::vector<FieldCheck>& checks) {
  double partly = 0, wrong = 0;
  for (const auto& check : checks) {
    partly += check.agreement == 0.5 ? kPartly : 0;
    wrong += check.agreement == 0 ? kContradiction : 0;
  }
  const double score = std::max(0.0, 5 - std::min(partly, kMostPartly) - wrong);
  return checks.size() < kFewestChecks ? std::min(score, kTooFewScore) : score;
}

}  // namespace unidg::agents
