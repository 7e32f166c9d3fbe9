#include "unidg/dataset/sets/polygons.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>

namespace unidg::dataset::sets {
namespace {

constexpr double kScale = 5;  // of the traced outline, as in pycocotools
constexpr double kFar = 1e6;  // coordinates beyond are cut; no picture is that large

cv::Point fine(const cv::Point2d& point) {
  const auto round = [](double value) {
    return static_cast<int>(kScale * std::clamp(value, -kFar, kFar) + 0.5);
  };
  return {round(point.x), round(point.y)};
}

/// Calls `step(from, to)` along the straight line from a to b: unit steps on the longer axis, always started
/// from its smaller end, so that a line is the same in both directions.
template <typename Step>
void trace(cv::Point a, cv::Point b, const Step& step) {
  const int dx = std::abs(b.x - a.x), dy = std::abs(a.y - b.y);
  const bool is_wide = dx >= dy;
  const bool is_turned = (is_wide && a.x > b.x) || (!is_wide && a.y > b.y);
  const cv::Point low = is_turned ? b : a, high = is_turned ? a : b;
  const int count = std::max(dx, dy);
  const double slope = count == 0 ? 0
                       : is_wide  ? static_cast<double>(high.y - low.y) / dx
                                  : static_cast<double>(high.x - low.x) / dy;
  const auto at = [&](int i) {
    const int t = is_turned ? count - i : i;
    return is_wide ? cv::Point(t + low.x, static_cast<int>(low.y + slope * t + 0.5))
                   : cv::Point(static_cast<int>(low.x + slope * t + 0.5), t + low.y);
  };
  for (int i = 1; i <= count; ++i) step(at(i - 1), at(i));
}

}  // namespace

Mask fill_polygon(const Ring& ring, cv::Size size) {
  Mask out(size.width, size.height);
  if (ring.size() < 3) return out;
  std::vector<std::vector<int>> toggles(static_cast<std::size_t>(size.width));
  cv::Point last;
  bool has_last = false;
  const auto step = [&](cv::Point from, cv::Point to) {
    // The outline's points are one chain; the first step of an edge joins it to the one before.
    const auto cross = [&](cv::Point a, cv::Point b) {
      if (a.x == b.x) return;
      const double column = (std::min(a.x, b.x) + 0.5) / kScale - 0.5;
      if (column != std::floor(column) || column < 0 || column > size.width - 1) return;
      double row = std::min(a.y, b.y);
      row = std::clamp((row + 0.5) / kScale - 0.5, 0.0, static_cast<double>(size.height));
      toggles[static_cast<std::size_t>(column)].push_back(static_cast<int>(std::ceil(row)));
    };
    if (has_last && last != from) cross(last, from);
    cross(from, to);
    last = to, has_last = true;
  };
  for (std::size_t i = 0; i < ring.size(); ++i) trace(fine(ring[i]), fine(ring[(i + 1) % ring.size()]), step);
  for (int x = 0; x < size.width; ++x) {
    auto& column = toggles[static_cast<std::size_t>(x)];
    std::sort(column.begin(), column.end());
    for (std::size_t i = 0; i + 1 < column.size(); i += 2)
      if (column[i] < column[i + 1]) out.pixels().col(x).rowRange(column[i], column[i + 1]).setTo(255);
  }
  return out;
}

namespace {

using Corner = std::pair<int, int>;  // y, x

/// Borders of one label's pixels, directed with the inside on the right; by start corner.
std::multimap<Corner, cv::Point> borders(const cv::Mat& labels, int label, cv::Rect box) {
  std::multimap<Corner, cv::Point> out;
  const auto is_in = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < labels.cols && y < labels.rows && labels.at<int>(y, x) == label;
  };
  for (int y = box.y; y < box.y + box.height; ++y)
    for (int x = box.x; x < box.x + box.width; ++x) {
      if (!is_in(x, y)) continue;
      if (!is_in(x, y - 1)) out.emplace(Corner{y, x}, cv::Point(x + 1, y));
      if (!is_in(x + 1, y)) out.emplace(Corner{y, x + 1}, cv::Point(x + 1, y + 1));
      if (!is_in(x, y + 1)) out.emplace(Corner{y + 1, x + 1}, cv::Point(x, y + 1));
      if (!is_in(x - 1, y)) out.emplace(Corner{y + 1, x}, cv::Point(x, y));
    }
  return out;
}

/// The next border of the chain. Where two leave the corner, the right turn stays on the same pixel.
std::multimap<Corner, cv::Point>::iterator follow(std::multimap<Corner, cv::Point>& all, cv::Point from,
                                                  cv::Point to) {
  auto [at, end] = all.equal_range({to.y, to.x});
  const cv::Point way = to - from, right(-way.y, way.x);
  auto best = at;
  for (; at != end; ++at)
    if (at->second - to == right) best = at;
  return best;
}

double twice_area(const Ring& ring) {
  double sum = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const auto &a = ring[i], &b = ring[(i + 1) % ring.size()];
    sum += a.x * b.y - b.x * a.y;
  }
  return sum;
}

/// Corners only.
Ring without_straight(const std::vector<cv::Point>& points) {
  Ring out;
  const auto n = points.size();
  for (std::size_t i = 0; i < n; ++i) {
    const cv::Point in = points[i] - points[(i + n - 1) % n], on = points[(i + 1) % n] - points[i];
    if (in.x * on.y != in.y * on.x) out.emplace_back(points[i].x, points[i].y);
  }
  return out;
}

}  // namespace

std::vector<Outline> outlines(const Mask& mask) {
  cv::Mat labels, stats, centres;
  const int count = cv::connectedComponentsWithStats(mask.pixels(), labels, stats, centres, 4, CV_32S);
  std::vector<Outline> out;
  for (int label = 1; label < count; ++label) {
    const auto stat = [&](int what) { return stats.at<int>(label, what); };
    auto all = borders(
        labels, label,
        {stat(cv::CC_STAT_LEFT), stat(cv::CC_STAT_TOP), stat(cv::CC_STAT_WIDTH), stat(cv::CC_STAT_HEIGHT)});
    Outline outline;
    while (!all.empty()) {
      auto border = all.begin();
      const cv::Point first(border->first.second, border->first.first);
      std::vector<cv::Point> points = {first};
      cv::Point from = first;
      while (border->second != first || points.size() < 4) {
        const cv::Point to = border->second;
        points.push_back(to);
        all.erase(border);
        border = follow(all, from, to);
        from = to;
      }
      all.erase(border);
      auto ring = without_straight(points);
      if (twice_area(ring) > 0)
        outline.outer = std::move(ring);
      else
        outline.holes.push_back(std::move(ring));
    }
    out.push_back(std::move(outline));
  }
  return out;
}

Ring bridged(const Outline& outline) {
  Ring ring = outline.outer;
  auto holes = outline.holes;
  // From the top, so that the edge above a hole already belongs to the ring.
  const auto top = [](const Ring& hole) {
    return std::min_element(hole.begin(), hole.end(),
                            [](const auto& a, const auto& b) { return a.y != b.y ? a.y < b.y : a.x < b.x; });
  };
  std::sort(holes.begin(), holes.end(), [&](const Ring& a, const Ring& b) { return top(a)->y < top(b)->y; });
  for (auto& hole : holes) {
    std::rotate(hole.begin(), hole.begin() + (top(hole) - hole.cbegin()), hole.end());
    const cv::Point2d start = hole.front();
    std::size_t edge = 0;
    double height = -1;
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const auto &a = ring[i], &b = ring[(i + 1) % ring.size()];
      if (a.y != b.y || a.y > start.y || a.y <= height) continue;
      if (std::min(a.x, b.x) <= start.x && start.x <= std::max(a.x, b.x)) edge = i, height = a.y;
    }
    const cv::Point2d foot(start.x, height);
    Ring bridge = {foot};
    bridge.insert(bridge.end(), hole.begin(), hole.end());
    bridge.push_back(start);
    bridge.push_back(foot);
    ring.insert(ring.begin() + static_cast<std::ptrdiff_t>(edge) + 1, bridge.begin(), bridge.end());
  }
  return ring;
}

}  // namespace unidg::dataset::sets
