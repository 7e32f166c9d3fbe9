#include <cmath>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

using dataset::fractal_noise;
using dataset::smooth_step;

/// Grains of three minerals.
void granite(Surface& surface, double unit, Rng& rng) {
  static const std::vector<std::array<cv::Vec3f, 3>> minerals = {
      {srgb(176, 172, 168), srgb(224, 222, 218), srgb(58, 56, 56)},
      {srgb(150, 118, 104), srgb(206, 186, 172), srgb(52, 44, 42)},
      {srgb(74, 78, 82), srgb(132, 136, 138), srgb(28, 30, 32)},
      {srgb(196, 182, 158), srgb(226, 216, 198), srgb(110, 92, 72)},
  };
  const auto& [body, light, dark] = rng.pick(minerals);
  const double grain = std::max(2.0, unit * rng.uniform(0.008, 0.04));
  const cv::Mat a = fractal_noise(surface.size(), {grain, grain}, 2, rng);
  const cv::Mat b = fractal_noise(surface.size(), {grain * 0.7, grain * 0.7}, 2, rng);
  const cv::Mat fine = fractal_noise(surface.size(), {1.5, 1.5}, 1, rng);
  const float light_from = static_cast<float>(rng.uniform(0.0, 0.4)),
              dark_from = static_cast<float>(rng.uniform(0.2, 0.7));
  for (int y = 0; y < surface.size().height; ++y) {
    for (int x = 0; x < surface.size().width; ++x) {
      cv::Vec3f colour = mix(body, light, smooth_step(light_from, light_from + 0.15f, a.at<float>(y, x)));
      colour = mix(colour, dark, smooth_step(dark_from, dark_from + 0.12f, b.at<float>(y, x)));
      surface.albedo.at<cv::Vec3f>(y, x) = colour * (1 + 0.08f * fine.at<float>(y, x));
      surface.height.at<float>(y, x) = 0.1f * fine.at<float>(y, x);
    }
  }
}

/// Clouds crossed by veins along the zero lines of a warped noise field.
void marble(Surface& surface, double unit, Rng& rng) {
  static const std::vector<std::pair<cv::Vec3f, cv::Vec3f>> stones = {
      {srgb(228, 226, 222), srgb(120, 122, 126)},
      {srgb(44, 46, 48), srgb(190, 186, 178)},
      {srgb(208, 190, 164), srgb(140, 104, 74)},
      {srgb(96, 116, 104), srgb(206, 214, 204)}};
  const auto [body, vein] = rng.pick(stones);
  const double feature = unit * rng.uniform(0.25, 0.6);
  const cv::Mat field = fractal_noise(surface.size(), {feature, feature * 0.6}, 5, rng);
  const cv::Mat second = fractal_noise(surface.size(), {feature * 0.5, feature * 0.8}, 5, rng);
  const cv::Mat cloud = fractal_noise(surface.size(), {feature, feature}, 4, rng);
  const double sharp = rng.uniform(12, 40);
  for (int y = 0; y < surface.size().height; ++y) {
    for (int x = 0; x < surface.size().width; ++x) {
      const double main = std::exp(-sharp * std::abs(field.at<float>(y, x))),
                   faint = 0.5 * std::exp(-1.6 * sharp * std::abs(second.at<float>(y, x)));
      const double strength =
          std::min(1.0, main + faint) * (0.45 + 0.6 * std::max(0.0f, cloud.at<float>(y, x) + 0.3f));
      surface.albedo.at<cv::Vec3f>(y, x) =
          mix(body, vein, static_cast<float>(std::min(1.0, strength))) * (1 + 0.1f * cloud.at<float>(y, x));
    }
  }
}

/// Plain glaze with a slight orange peel and specks; joints between tiles when the camera sees several.
void glazed(Surface& surface, double unit, Rng& rng) {
  static const std::vector<cv::Vec3f> glazes = {srgb(222, 218, 208), srgb(176, 190, 194), srgb(146, 108, 84),
                                                srgb(120, 140, 126), srgb(206, 176, 150)};
  const cv::Vec3f glaze = vary(rng.pick(glazes), 0.12, rng), grout = vary(srgb(150, 146, 140), 0.25, rng);
  const cv::Mat peel = fractal_noise(surface.size(), {unit * 0.02, unit * 0.02}, 2, rng);
  const cv::Mat cloud = fractal_noise(surface.size(), {unit * 0.3, unit * 0.3}, 4, rng);
  const cv::Mat grain = dataset::white_noise(surface.size(), rng);
  const double pitch = unit * rng.uniform(0.45, 1.3), joint = unit * rng.uniform(0.006, 0.014),
               shift = rng.uniform(0, pitch);
  const double speck = rng.uniform(0, 1) < 0.5 ? 0.0 : rng.uniform(0.05, 0.3);
  for (int y = 0; y < surface.size().height; ++y) {
    for (int x = 0; x < surface.size().width; ++x) {
      const double u = std::abs(std::remainder(x + shift, pitch)),
                   v = std::abs(std::remainder(y + shift * 0.7, pitch));
      const auto edge = static_cast<float>(std::min(u, v));
      const float tile =
          smooth_step(static_cast<float>(joint) - 0.8f, static_cast<float>(joint) + 0.8f, edge);
      const float specks = static_cast<float>(speck) * smooth_step(2.2f, 2.8f, grain.at<float>(y, x));
      const cv::Vec3f face = glaze * (1 + 0.06f * cloud.at<float>(y, x) - specks);
      surface.albedo.at<cv::Vec3f>(y, x) = mix(grout * (1 + 0.08f * grain.at<float>(y, x)), face, tile);
      surface.height.at<float>(y, x) =
          static_cast<float>(
              0.7 * joint *
              smooth_step(static_cast<float>(joint) * 0.6f, static_cast<float>(joint) * 2.2f, edge)) +
          0.25f * peel.at<float>(y, x) * tile;
      surface.gloss.at<float>(y, x) *= tile;
    }
  }
}

}  // namespace

Surface draw_tile(cv::Size frame, Rng& rng) {
  const double unit = std::min(frame.width, frame.height);
  Surface surface =
      flat_surface(with_margin(frame), {0.5f, 0.5f, 0.5f}, static_cast<float>(rng.uniform(0.06, 0.22)));
  surface.sharpness = 5;
  const double kind = rng.uniform();
  if (kind < 0.45)
    granite(surface, unit, rng);
  else if (kind < 0.75)
    marble(surface, unit, rng);
  else
    glazed(surface, unit, rng);
  const cv::Scalar mean = cv::mean(surface.albedo);
  const cv::Vec3f body(static_cast<float>(mean[0]), static_cast<float>(mean[1]), static_cast<float>(mean[2]));
  surface.material = {.fresh = mix(body, srgb(208, 196, 178), 0.6f), .inside = body * 0.1f, .depth = 1};
  return view(surface, frame, rng.uniform(-0.15, 0.15), 0.06, 1, rng);
}

}  // namespace unidg::procedural
