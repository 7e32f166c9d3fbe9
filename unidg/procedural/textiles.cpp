#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

using dataset::fractal_noise;

enum class Weave { Plain, Twill, Satin, Herringbone, Basket };

/// Whether the warp (vertical) thread lies on top where warp `i` and weft `j` cross.
bool warp_on_top(Weave weave, int i, int j) {
  switch (weave) {
    case Weave::Plain:
      return (i + j) % 2 == 0;
    case Weave::Twill:
      return (i + j) % 4 < 2;
    case Weave::Satin:
      return (2 * i + j) % 5 != 0;
    case Weave::Herringbone:
      return ((i / 8) % 2 == 0 ? i + j : i - j + 64) % 4 < 2;
    case Weave::Basket:
      return (i / 2 + j / 2) % 2 == 0;
  }
  return true;
}

const std::vector<cv::Vec3f>& dyes() {
  static const std::vector<cv::Vec3f> colours = {
      srgb(196, 190, 178), srgb(120, 124, 130), srgb(64, 78, 110),   srgb(140, 62, 58),
      srgb(92, 104, 76),   srgb(54, 52, 54),    srgb(186, 162, 122), srgb(104, 84, 70),
      srgb(170, 178, 188), srgb(74, 110, 122),  srgb(212, 208, 202), srgb(150, 120, 140)};
  return colours;
}

}  // namespace

Surface draw_fabric(cv::Size frame, Rng& rng) {
  const cv::Size canvas = with_margin(frame);
  const double unit = std::min(frame.width, frame.height);
  const double pitch = std::max(3.6, unit * rng.uniform(0.013, 0.034));
  const auto weave = static_cast<Weave>(rng.integer(5));
  const cv::Vec3f warp_dye = vary(rng.pick(dyes()), 0.2, rng);
  const cv::Vec3f weft_dye = rng.chance(0.6) ? vary(warp_dye, 0.12, rng) : vary(rng.pick(dyes()), 0.2, rng);
  const cv::Vec3f stripe_dye = vary(rng.pick(dyes()), 0.2, rng);
  const bool warp_stripes = rng.chance(0.25),
             weft_stripes = warp_stripes ? rng.chance(0.6) : rng.chance(0.08);
  const int period = static_cast<int>(8 + rng.integer(16)),
            band = static_cast<int>(2 + rng.integer(period / 2));

  Surface surface = flat_surface(canvas, warp_dye, 0.03f);
  surface.sharpness = 3;
  surface.material = {
      .fresh = mix(warp_dye, {0.7f, 0.68f, 0.64f}, 0.35f), .inside = srgb(24, 22, 22), .depth = 0.8f};

  // Threads wander a little, differ in tone from one to the next and along their length, and are hairy.
  const cv::Mat wander_x = fractal_noise(canvas, {unit * 0.25, unit * 0.12}, 3, rng);
  const cv::Mat wander_y = fractal_noise(canvas, {unit * 0.12, unit * 0.25}, 3, rng);
  const cv::Mat fibre =
      fractal_noise(canvas, {std::max(1.3, pitch * 0.3), std::max(1.3, pitch * 0.3)}, 2, rng);
  const cv::Mat slub = fractal_noise(canvas, {pitch * 9, pitch * 1.5}, 2, rng);
  std::vector<float> warp_tone(2048), weft_tone(2048);
  const double tone = rng.uniform(0.03, 0.12), looseness = pitch * rng.uniform(0.15, 0.5),
               relief = pitch * rng.uniform(0.16, 0.3);
  for (auto& t : warp_tone) t = static_cast<float>(1 + tone * rng.normal());
  for (auto& t : weft_tone) t = static_cast<float>(1 + tone * rng.normal());

  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const double u = (x + looseness * wander_x.at<float>(y, x)) / pitch + 64,
                   v = (y + looseness * wander_y.at<float>(y, x)) / pitch + 64;
      const int i = static_cast<int>(u), j = static_cast<int>(v);
      const double across_warp = 2 * (u - i) - 1, across_weft = 2 * (v - j) - 1;  // -1..1 over a thread
      const bool warp_top = warp_on_top(weave, i, j);
      const double across = warp_top ? across_warp : across_weft,
                   along = warp_top ? across_weft : across_warp;
      // A round thread that dives where its neighbour along the thread is covered.
      const bool dives_before = warp_on_top(weave, warp_top ? i : i - 1, warp_top ? j - 1 : j) != warp_top;
      const bool dives_after = warp_on_top(weave, warp_top ? i : i + 1, warp_top ? j + 1 : j) != warp_top;
      const bool dives = along < 0 ? dives_before : dives_after;
      const double round = std::sqrt(std::max(0.0, 1 - 0.92 * across * across));
      const double arch = dives ? std::sqrt(std::max(0.0, 1 - 0.85 * along * along)) : 1;
      const double height = round * arch;
      const bool striped = warp_top ? warp_stripes && i % period < band : weft_stripes && j % period < band;
      const cv::Vec3f& dye = striped ? stripe_dye : warp_top ? warp_dye : weft_dye;
      const double shade =
          (warp_top ? warp_tone : weft_tone)[static_cast<std::size_t>(warp_top ? i : j) % 2048] *
          (0.5 + 0.5 * height) * (1 + 0.12 * fibre.at<float>(y, x) + 0.06 * slub.at<float>(y, x));
      surface.albedo.at<cv::Vec3f>(y, x) = dye * static_cast<float>(shade);
      surface.height.at<float>(y, x) = static_cast<float>(relief * (height + 0.12 * fibre.at<float>(y, x)));
    }
  }
  return view(surface, frame, rng.uniform(-0.12, 0.12) + (rng.chance(0.5) ? M_PI / 2 : 0), 0.06, 1, rng);
}

Surface draw_leather(cv::Size frame, Rng& rng) {
  const cv::Size canvas = with_margin(frame);
  const double unit = std::min(frame.width, frame.height);
  static const std::vector<cv::Vec3f> hides = {srgb(104, 62, 40), srgb(140, 92, 58),   srgb(58, 40, 34),
                                               srgb(34, 32, 33),  srgb(172, 132, 92),  srgb(116, 38, 36),
                                               srgb(60, 70, 84),  srgb(190, 176, 156), srgb(84, 88, 70)};
  const cv::Vec3f hide = vary(rng.pick(hides), 0.2, rng);
  Surface surface = flat_surface(canvas, hide, static_cast<float>(rng.uniform(0.04, 0.12)));
  surface.sharpness = 3;
  surface.material = {.fresh = mix(hide, srgb(202, 176, 142), 0.65f),
                      .inside = hide * 0.12f,
                      .fresh_gloss = 0,
                      .depth = 0.9f};

  // Pebbles: one jittered point a cell; the gap between the nearest and the second nearest is the furrow.
  const double pitch = std::max(3.5, unit * rng.uniform(0.014, 0.04)), stretch = rng.uniform(0.75, 1.35);
  const int columns = static_cast<int>(canvas.width / pitch) + 5,
            rows = static_cast<int>(canvas.height / (pitch * stretch)) + 5;
  std::vector<cv::Point2f> points(static_cast<std::size_t>(columns * rows));
  std::vector<float> tones(points.size());
  for (int j = 0; j < rows; ++j) {
    for (int i = 0; i < columns; ++i) {
      const auto k = static_cast<std::size_t>(j * columns + i);
      points[k] = {static_cast<float>(i + rng.uniform(0.08, 0.92)),
                   static_cast<float>(j + rng.uniform(0.08, 0.92))};
      tones[k] = static_cast<float>(1 + 0.07 * rng.normal());
    }
  }
  const cv::Mat cloud = fractal_noise(canvas, {unit * 0.35, unit * 0.35}, 4, rng);
  const cv::Mat pores = fractal_noise(canvas, {1.5, 1.5}, 1, rng);
  const cv::Mat wrinkle = fractal_noise(canvas, {unit * 0.22, unit * 0.07}, 3, rng);
  const double relief = pitch * rng.uniform(0.12, 0.26), wrinkles = pitch * rng.uniform(0.0, 0.5);
  const auto furrow = static_cast<float>(rng.uniform(0.25, 0.5));
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const float u = static_cast<float>(x / pitch) + 1.5f + 0.35f * cloud.at<float>(y, x);
      const float v = static_cast<float>(y / (pitch * stretch)) + 1.5f + 0.35f * wrinkle.at<float>(y, x);
      const int i = static_cast<int>(u), j = static_cast<int>(v);
      float first = 9, second = 9, tone = 1;
      for (int b = std::max(0, j - 1); b <= std::min(rows - 1, j + 1); ++b) {
        for (int a = std::max(0, i - 1); a <= std::min(columns - 1, i + 1); ++a) {
          const auto k = static_cast<std::size_t>(b * columns + a);
          const float du = points[k].x - u, dv = points[k].y - v, d = du * du + dv * dv;
          if (d < first)
            second = first, first = d, tone = tones[k];
          else if (d < second)
            second = d;
        }
      }
      const float pebble = dataset::smooth_step(0, furrow, std::sqrt(second) - std::sqrt(first));
      const float pore = pores.at<float>(y, x), fold = wrinkle.at<float>(y, x);
      surface.albedo.at<cv::Vec3f>(y, x) =
          hide * (tone * (0.72f + 0.28f * pebble) * (1 + 0.14f * cloud.at<float>(y, x) + 0.05f * pore));
      surface.height.at<float>(y, x) =
          static_cast<float>(relief * (pebble + 0.06 * pore) - wrinkles * std::exp(-30.0 * fold * fold));
      surface.gloss.at<float>(y, x) *= 0.4f + 0.6f * pebble;
    }
  }
  return view(surface, frame, rng.uniform(-0.4, 0.4), 0.06, 1.02, rng);
}

}  // namespace unidg::procedural
