#include "unidg/dataset/shapes.h"

#include <algorithm>
#include <cmath>

#include "unidg/dataset/noise.h"

namespace unidg::dataset {
namespace {

cv::Rect inside(double left, double top, double right, double bottom, cv::Size frame) {
  const cv::Rect box(
      cv::Point(static_cast<int>(std::floor(left)), static_cast<int>(std::floor(top))),
      cv::Point(static_cast<int>(std::ceil(right)) + 1, static_cast<int>(std::ceil(bottom)) + 1));
  return box & cv::Rect({0, 0}, frame);
}

}  // namespace

std::vector<StrokePoint> random_stroke(cv::Point2d from, double angle, const StrokeShape& shape, Rng& rng) {
  const int steps = std::max(2, static_cast<int>(std::lround(shape.length / shape.step)));
  std::vector<StrokePoint> points;
  double drift = rng.uniform(-shape.bend, shape.bend), wobble = 1;
  for (int i = 0; i <= steps; ++i) {
    const double along = static_cast<double>(i) / steps;
    wobble = std::clamp(wobble + 0.12 * rng.normal(), 0.6, 1.4);
    const double end = 1 - std::pow(std::abs(2 * along - 1), 3);
    const double width = shape.width * wobble * (1 - shape.taper + shape.taper * end);
    points.push_back({from, std::max(0.15 * shape.width, width)});
    if (rng.chance(3.0 / steps)) drift = rng.uniform(-shape.bend, shape.bend);
    angle += 2 * drift / steps;
    const double heading = angle + shape.jitter * rng.normal();
    from += cv::Point2d(std::cos(heading), std::sin(heading)) * (shape.length / steps);
  }
  return points;
}

cv::Mat stroke_distance(const std::vector<std::vector<StrokePoint>>& strokes, cv::Rect window, float reach) {
  cv::Mat out(window.size(), CV_32FC1, cv::Scalar(reach));
  for (const auto& stroke : strokes) {
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
      const auto &a = stroke[i], &b = stroke[i + 1];
      const cv::Point2d along = b.at - a.at;
      const double length2 = std::max(1e-9, along.dot(along));
      const double margin = reach * std::max(a.width, b.width) / 2;
      const cv::Rect box =
          inside(std::min(a.at.x, b.at.x) - margin - window.x, std::min(a.at.y, b.at.y) - margin - window.y,
                 std::max(a.at.x, b.at.x) + margin - window.x, std::max(a.at.y, b.at.y) + margin - window.y,
                 window.size());
      for (int y = box.y; y < box.br().y; ++y) {
        float* row = out.ptr<float>(y);
        for (int x = box.x; x < box.br().x; ++x) {
          const cv::Point2d p = cv::Point2d(x + window.x, y + window.y) - a.at;
          const double t = std::clamp(p.dot(along) / length2, 0.0, 1.0);
          const double distance = std::hypot(p.x - t * along.x, p.y - t * along.y);
          const double half = (a.width + t * (b.width - a.width)) / 2;
          row[x] = std::min(row[x], static_cast<float>(distance / half));
        }
      }
    }
  }
  return out;
}

cv::Rect stroke_window(const std::vector<std::vector<StrokePoint>>& strokes, double reach, cv::Size frame) {
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const auto& stroke : strokes) {
    for (const auto& point : stroke) {
      const double margin = reach * point.width / 2 + 2;
      left = std::min(left, point.at.x - margin), right = std::max(right, point.at.x + margin);
      top = std::min(top, point.at.y - margin), bottom = std::max(bottom, point.at.y + margin);
    }
  }
  return inside(left, top, right, bottom, frame);
}

cv::Mat blob_field(const BlobShape& shape, cv::Rect window, Rng& rng) {
  const double feature = std::max(2.0, shape.detail * 2 * std::sqrt(shape.radius_x * shape.radius_y));
  cv::Mat out = fractal_noise(window.size(), {feature, feature}, 4, rng);
  const double c = std::cos(shape.angle), s = std::sin(shape.angle);
  for (int y = 0; y < window.height; ++y) {
    float* row = out.ptr<float>(y);
    for (int x = 0; x < window.width; ++x) {
      const double dx = x + window.x - shape.centre.x, dy = y + window.y - shape.centre.y;
      const double u = (c * dx + s * dy) / shape.radius_x, v = (c * dy - s * dx) / shape.radius_y;
      const double radius = std::sqrt(u * u + v * v);
      // The noise fades beyond the outline, so that a rough blob throws no far islands.
      const double noise = shape.roughness * row[x] * std::clamp(2.2 - radius, 0.0, 1.0);
      row[x] = static_cast<float>(1 - radius + noise);
    }
  }
  return out;
}

cv::Rect blob_window(const BlobShape& shape, cv::Size frame) {
  const double reach = std::max(shape.radius_x, shape.radius_y) * (1.15 + 0.8 * shape.roughness) + 3;
  return inside(shape.centre.x - reach, shape.centre.y - reach, shape.centre.x + reach,
                shape.centre.y + reach, frame);
}

std::vector<cv::Point> random_polygon(cv::Point2d centre, double radius, int corners, Rng& rng) {
  const double turn = rng.uniform(0, 2 * M_PI);
  std::vector<cv::Point> out;
  for (int i = 0; i < corners; ++i) {
    const double angle = turn + 2 * M_PI * (i + rng.uniform(-0.3, 0.3)) / corners;
    const double r = radius * rng.uniform(0.45, 1.0);
    out.emplace_back(static_cast<int>(std::lround(centre.x + r * std::cos(angle))),
                     static_cast<int>(std::lround(centre.y + r * std::sin(angle))));
  }
  return out;
}

}  // namespace unidg::dataset
