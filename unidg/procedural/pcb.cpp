#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

using dataset::fractal_noise;

/// The board as coverage maps, one a process step; CV_8UC1, anti-aliased.
struct Artwork {
  explicit Artwork(cv::Size size)
      : copper(cv::Mat::zeros(size, CV_8UC1)),
        opening(copper.clone()),
        drill(copper.clone()),
        print(copper.clone()) {}
  cv::Mat copper;   ///< under the solder mask
  cv::Mat opening;  ///< where the metal lies bare: pads and rings
  cv::Mat drill;
  cv::Mat print;  ///< silkscreen
};

constexpr int kShift = 4;  // fixed-point bits of the drawing calls
cv::Point fixed(cv::Point2d p) {
  return {static_cast<int>(std::lround(p.x * 16)), static_cast<int>(std::lround(p.y * 16))};
}

void box(cv::Mat& layer, cv::Point2d centre, double width, double height) {
  const cv::Point2d half(width / 2, height / 2);
  cv::rectangle(layer, fixed(centre - half), fixed(centre + half), 255, cv::FILLED, cv::LINE_AA, kShift);
}
void disc(cv::Mat& layer, cv::Point2d centre, double radius, int value = 255) {
  cv::circle(layer, fixed(centre), static_cast<int>(std::lround(radius * 16)), value, cv::FILLED, cv::LINE_AA,
             kShift);
}
void line(cv::Mat& layer, cv::Point2d from, cv::Point2d to, double width) {
  cv::line(layer, fixed(from), fixed(to), 255, std::max(1, static_cast<int>(std::lround(width))), cv::LINE_AA,
           kShift);
}

struct Part {
  cv::Rect2d body;
  bool is_resistor;
};

class Board {
 public:
  Board(cv::Size size, double pitch, Rng& rng) : art(size), size_(size), pitch_(pitch), rng_(rng) {
    columns_ = static_cast<int>(size.width / pitch) + 1, rows_ = static_cast<int>(size.height / pitch) + 1;
    taken_.assign(static_cast<std::size_t>(columns_ * rows_), 0);
  }
  void place_parts(int count);
  void route(int count);
  void sprinkle_vias(int count);

  Artwork art;
  std::vector<Part> parts;

 private:
  bool is_free(int i, int j, int width, int height) const;
  void take(int i, int j, int width, int height);
  cv::Point2d at(double i, double j) const { return {(i + 0.5) * pitch_, (j + 0.5) * pitch_}; }
  void label(cv::Point2d where);
  void via(cv::Point2d where);

  cv::Size size_;
  double pitch_;
  Rng& rng_;
  int columns_, rows_;
  std::vector<std::uint8_t> taken_;
};

bool Board::is_free(int i, int j, int width, int height) const {
  if (i < 0 || j < 0 || i + width > columns_ || j + height > rows_) return false;
  for (int b = j; b < j + height; ++b)
    for (int a = i; a < i + width; ++a)
      if (taken_[static_cast<std::size_t>(b * columns_ + a)]) return false;
  return true;
}

void Board::take(int i, int j, int width, int height) {
  for (int b = j; b < j + height; ++b)
    for (int a = i; a < i + width; ++a) taken_[static_cast<std::size_t>(b * columns_ + a)] = 1;
}

void Board::label(cv::Point2d where) {
  static const std::string kinds = "RCULDQ";
  std::string text(1, kinds[static_cast<std::size_t>(rng_.integer(6))]);
  text += std::to_string(1 + rng_.integer(98));
  const double scale = pitch_ / 26.0;
  if (scale < 0.22) return;  // too small to be read by any camera
  cv::putText(art.print, text, cv::Point(where), cv::FONT_HERSHEY_SIMPLEX, scale, 255,
              std::max(1, static_cast<int>(pitch_ / 16)), cv::LINE_AA);
}

void Board::via(cv::Point2d where) {
  disc(art.opening, where, pitch_ * 0.36);
  disc(art.drill, where, pitch_ * 0.19);
}

void Board::place_parts(int count) {
  for (int tries = 0; tries < count * 6 && static_cast<int>(parts.size()) < count; ++tries) {
    const bool is_chip = rng_.chance(0.25), is_upright = rng_.chance(0.5);
    int width = is_chip ? static_cast<int>(5 + rng_.integer(5)) : 4,
        height = is_chip ? static_cast<int>(5 + rng_.integer(4)) : 2;
    if (is_upright) std::swap(width, height);
    const int i = static_cast<int>(rng_.integer(columns_)), j = static_cast<int>(rng_.integer(rows_));
    if (!is_free(i, j, width, height)) continue;
    take(i, j, width, height);
    const cv::Point2d centre = at(i + (width - 1) / 2.0, j + (height - 1) / 2.0);
    const double w = width * pitch_, h = height * pitch_, pad = pitch_ * 0.9;
    if (is_chip) {  // rows of legs on two sides
      const int legs = (is_upright ? width : height) + 2;
      for (int k = 0; k < legs; ++k) {
        const double t = (k + 0.5) / legs - 0.5;
        for (int side : {-1, 1}) {
          if (is_upright)
            box(art.opening, centre + cv::Point2d(t * w * 0.9, side * (h / 2 - pad / 2)), w * 0.5 / legs,
                pad);
          else
            box(art.opening, centre + cv::Point2d(side * (w / 2 - pad / 2), t * h * 0.9), pad,
                h * 0.5 / legs);
        }
      }
      const double bw = is_upright ? w * 0.94 : w - 2.0 * pad, bh = is_upright ? h - 2.0 * pad : h * 0.94;
      parts.push_back({{centre.x - bw / 2, centre.y - bh / 2, bw, bh}, false});
    } else {
      for (int side : {-1, 1}) {
        const cv::Point2d to =
            is_upright ? cv::Point2d(0, side * (h / 2 - pad / 2)) : cv::Point2d(side * (w / 2 - pad / 2), 0);
        box(art.opening, centre + to, is_upright ? w * 0.72 : pad, is_upright ? pad : h * 0.72);
      }
      const double bw = is_upright ? w * 0.56 : w * 0.66, bh = is_upright ? h * 0.66 : h * 0.56;
      parts.push_back({{centre.x - bw / 2, centre.y - bh / 2, bw, bh}, true});
    }
    const cv::Point2d half(w / 2 + pitch_ * 0.1, h / 2 + pitch_ * 0.1);
    if (rng_.chance(0.75))
      cv::rectangle(art.print, fixed(centre - half), fixed(centre + half), 200,
                    std::max(1, static_cast<int>(pitch_ / 12)), cv::LINE_AA, kShift);
    label(centre - half - cv::Point2d(0, pitch_ * 0.2));
  }
}

void Board::route(int count) {
  // Bundles of parallel traces on a finer grid: straight, a 45 degree bend, straight on, a via at the end.
  for (int bundle = 0; bundle < count; ++bundle) {
    const int lanes = static_cast<int>(1 + rng_.integer(5));
    const double lane = pitch_ * 0.62, width = std::max(1.0, pitch_ * rng_.uniform(0.2, 0.34));
    const bool is_vertical = rng_.chance(0.5);
    const double start = rng_.uniform(-0.2, 0.9), along = rng_.uniform(0.2, 0.7), base = rng_.uniform(0, 1);
    const int bend = static_cast<int>(rng_.integer(3)) - 1;
    const double bend_length = pitch_ * rng_.uniform(2, 7);
    for (int k = 0; k < lanes; ++k) {
      const auto point = [&](double a, double b) {  // along, across
        return is_vertical ? cv::Point2d(base * size_.width + b, a) : cv::Point2d(a, base * size_.height + b);
      };
      const double length = is_vertical ? size_.height : size_.width;
      const double a0 = start * length, a1 = a0 + along * length * 0.5 - bend * k * lane * 0.41,
                   b0 = k * lane;
      const double a2 = a1 + bend_length, b2 = b0 + bend * bend_length, a3 = a0 + along * length;
      line(art.copper, point(a0, b0), point(a1, b0), width);
      line(art.copper, point(a1, b0), point(a2, b2), width);
      line(art.copper, point(a2, b2), point(std::max(a2, a3), b2), width);
      if (rng_.chance(0.5) && lanes < 4) via(point(std::max(a2, a3), b2));
    }
  }
}

void Board::sprinkle_vias(int count) {
  for (int k = 0; k < count; ++k) {
    const int i = static_cast<int>(rng_.integer(columns_)), j = static_cast<int>(rng_.integer(rows_));
    if (!is_free(i, j, 1, 1)) continue;
    take(i, j, 1, 1);
    via(at(i, j));
  }
}

/// Chip bodies: black epoxy with a marking; resistors and capacitors with tinned ends.
void mount(Surface& surface, const std::vector<Part>& parts, double pitch, Rng& rng) {
  for (const auto& part : parts) {
    const cv::Rect reach = cv::Rect(cv::Point(part.body.tl() - cv::Point2d(2, 2)),
                                    cv::Point(part.body.br() + cv::Point2d(3, 3))) &
                           cv::Rect({0, 0}, surface.size());
    if (reach.area() == 0) continue;
    const bool is_capacitor = part.is_resistor && rng.chance(0.5);
    const cv::Vec3f body = vary(is_capacitor ? srgb(164, 132, 92) : srgb(34, 35, 38), 0.15, rng);
    const double lift = pitch * (part.is_resistor ? 0.35 : 0.55);
    const bool lies = part.body.width > part.body.height;
    for (int y = reach.y; y < reach.br().y; ++y) {
      for (int x = reach.x; x < reach.br().x; ++x) {
        const double dx = std::abs(x - part.body.x - part.body.width / 2) - part.body.width / 2;
        const double dy = std::abs(y - part.body.y - part.body.height / 2) - part.body.height / 2;
        const float in = coverage(std::max(dx, dy));
        if (in == 0) continue;
        const double end = lies ? part.body.width / 2 + dx : part.body.height / 2 + dy;  // 0 in the middle
        const bool is_tinned = part.is_resistor && end > 0.36 * std::max(part.body.width, part.body.height);
        const cv::Vec3f colour = is_tinned ? srgb(186, 186, 184) : body;
        surface.albedo.at<cv::Vec3f>(y, x) = mix(surface.albedo.at<cv::Vec3f>(y, x), colour, in);
        const double top = lift * std::min(1.0, 0.3 + std::max(-dx, 0.0) * std::max(-dy, 0.0));
        auto& height = surface.height.at<float>(y, x);
        height += in * (static_cast<float>(top) - height);
        surface.gloss.at<float>(y, x) = is_tinned ? 0.5f : 0.08f;
      }
    }
    if (!part.is_resistor && pitch > 7) {
      const double scale = pitch / 24;
      cv::Mat text = cv::Mat::zeros(surface.size(), CV_8UC1);
      const cv::Point at(
          cv::Point2d(part.body.x + part.body.width * 0.15, part.body.y + part.body.height * 0.55));
      cv::putText(text, std::to_string(rng.integer(9000) + 1000), at, cv::FONT_HERSHEY_SIMPLEX, scale, 150, 1,
                  cv::LINE_AA);
      cv::Mat clipped = text(reach), albedo = surface.albedo(reach);
      for (int y = 0; y < reach.height; ++y)
        for (int x = 0; x < reach.width; ++x)
          albedo.at<cv::Vec3f>(y, x) =
              mix(albedo.at<cv::Vec3f>(y, x), srgb(170, 170, 168), clipped.at<std::uint8_t>(y, x) / 255.0f);
    }
  }
}

}  // namespace

Surface draw_pcb(cv::Size frame, Rng& rng) {
  const cv::Size canvas = with_margin(frame);
  const double unit = std::min(frame.width, frame.height);
  const double pitch = std::max(4.5, unit * rng.uniform(0.032, 0.07));
  Board board(canvas, pitch, rng);
  board.place_parts(static_cast<int>(6 + rng.integer(14)));
  board.route(static_cast<int>(8 + rng.integer(10)));
  board.sprinkle_vias(static_cast<int>(6 + rng.integer(20)));

  struct Finish {
    cv::Vec3f mask, traced;  // solder mask over laminate, over copper
  };
  static const std::vector<Finish> masks = {{srgb(18, 74, 44), srgb(44, 112, 66)},
                                            {srgb(20, 48, 96), srgb(44, 82, 138)},
                                            {srgb(112, 24, 26), srgb(150, 50, 44)},
                                            {srgb(24, 25, 26), srgb(48, 49, 50)},
                                            {srgb(10, 92, 60), srgb(60, 140, 92)}};
  const Finish finish = rng.pick(masks);
  const cv::Vec3f metal = rng.chance(0.5) ? srgb(212, 178, 104) : srgb(192, 192, 188);
  const cv::Vec3f ground = vary(finish.mask, 0.15, rng);
  Surface surface = flat_surface(canvas, ground, 0.16f);
  surface.sharpness = 5;
  surface.material = {
      .fresh = srgb(196, 140, 96), .inside = srgb(20, 18, 14), .fresh_gloss = 0.3f, .depth = 0.6f};

  const cv::Mat weave = fractal_noise(canvas, {2.5, 2.5}, 2, rng),
                cloud = fractal_noise(canvas, {unit * 0.4, unit * 0.4}, 3, rng);
  const auto& art = board.art;
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const float copper = art.copper.at<std::uint8_t>(y, x) / 255.0f,
                  opening = art.opening.at<std::uint8_t>(y, x) / 255.0f;
      const float drill = art.drill.at<std::uint8_t>(y, x) / 255.0f,
                  print = art.print.at<std::uint8_t>(y, x) / 255.0f;
      cv::Vec3f colour = mix(ground, finish.traced, copper) *
                         (1 + 0.06f * weave.at<float>(y, x) + 0.06f * cloud.at<float>(y, x));
      colour = mix(colour, srgb(214, 214, 206), 0.9f * print * (1 - opening));
      colour = mix(colour, metal * (1 + 0.1f * weave.at<float>(y, x)), opening);
      surface.albedo.at<cv::Vec3f>(y, x) = mix(colour, srgb(16, 15, 13), drill);
      surface.height.at<float>(y, x) =
          static_cast<float>(pitch) * (0.07f * copper + 0.1f * opening - 0.3f * drill) +
          0.08f * weave.at<float>(y, x);
      surface.gloss.at<float>(y, x) = (0.16f + 0.3f * opening) * (1 - drill);
    }
  }
  cv::GaussianBlur(surface.height, surface.height, {3, 3}, 0.8);
  surface.bare = Layer{surface.albedo.clone(), surface.height.clone(), surface.gloss.clone()};
  mount(surface, board.parts, pitch, rng);
  for (const auto& part : board.parts)
    surface.parts.emplace_back(cv::Point(part.body.tl() - cv::Point2d(2, 2)),
                               cv::Point(part.body.br() + cv::Point2d(3, 3)));
  return view(surface, frame, rng.uniform(-0.08, 0.08) + (rng.chance(0.5) ? M_PI / 2 : 0), 0.05, 1, rng);
}

}  // namespace unidg::procedural
