#include "unidg/procedural/surface.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"

namespace unidg::procedural {
namespace {

/// Linear light [0, 2] to display values [0, 255]: a camera's shoulder above 0.7, then the sRGB curve.
class ToneCurve {
 public:
  ToneCurve() {
    for (int i = 0; i < kSize; ++i) {
      double v = 2.0 * i / (kSize - 2);
      if (v > 0.7) v = 0.7 + 0.3 * (1 - std::exp(-(v - 0.7) / 0.3));
      table_[static_cast<std::size_t>(i)] =
          static_cast<float>(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055));
    }
  }
  float operator()(float linear) const {
    const float at = std::min(std::max(linear, 0.0f), 1.999f) * ((kSize - 2) / 2.0f);
    const auto i = static_cast<std::size_t>(at);
    return table_[i] + (at - static_cast<float>(i)) * (table_[i + 1] - table_[i]);
  }

 private:
  static constexpr int kSize = 4098;
  std::array<float, kSize> table_{};
};

const ToneCurve& tone() {
  static const ToneCurve curve;
  return curve;
}

Layer warp(const Layer& layer, const cv::Matx33d& matrix, cv::Size frame) {
  Layer out;
  const int flags = cv::INTER_LINEAR;
  cv::warpPerspective(layer.albedo, out.albedo, matrix, frame, flags, cv::BORDER_REFLECT_101);
  cv::warpPerspective(layer.height, out.height, matrix, frame, flags, cv::BORDER_REFLECT_101);
  cv::warpPerspective(layer.gloss, out.gloss, matrix, frame, flags, cv::BORDER_REFLECT_101);
  return out;
}

Layer clone_layer(const Layer& layer) {
  return {layer.albedo.clone(), layer.height.clone(), layer.gloss.clone()};
}

}  // namespace

cv::Vec3f srgb(int red, int green, int blue) {
  const auto linear = [](int value) {
    const double v = value / 255.0;
    return static_cast<float>(v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
  };
  return {linear(red), linear(green), linear(blue)};
}

cv::Vec3f mix(const cv::Vec3f& a, const cv::Vec3f& b, float t) { return a * (1 - t) + b * t; }

Surface Surface::clone() const {
  Surface out = *this;
  static_cast<Layer&>(out) = clone_layer(*this);
  out.product = product.clone();
  return out;  // `bare` is only read and stays shared
}

Surface flat_surface(cv::Size size, const cv::Vec3f& albedo, float gloss) {
  Surface out;
  out.albedo = cv::Mat(size, CV_32FC3, cv::Scalar(albedo[0], albedo[1], albedo[2]));
  out.height = cv::Mat::zeros(size, CV_32FC1);
  out.gloss = cv::Mat(size, CV_32FC1, cv::Scalar(gloss));
  out.product = cv::Mat(size, CV_8UC1, cv::Scalar(255));
  return out;
}

Surface view(const Surface& surface, cv::Size frame, double angle, double tilt, double zoom, Rng& rng) {
  const double c = zoom * std::cos(angle), s = zoom * std::sin(angle);
  const double from_x = surface.size().width / 2.0, from_y = surface.size().height / 2.0;
  const cv::Matx33d to_centre(1, 0, -from_x, 0, 1, -from_y, 0, 0, 1);
  const double unit = std::max(frame.width, frame.height);
  const cv::Matx33d turn(c, -s, 0, s, c, 0, rng.uniform(-tilt, tilt) / unit, rng.uniform(-tilt, tilt) / unit,
                         1);
  const cv::Matx33d to_frame(1, 0, frame.width / 2.0, 0, 1, frame.height / 2.0, 0, 0, 1);
  const cv::Matx33d matrix = to_frame * turn * to_centre;

  Surface out = surface;
  static_cast<Layer&>(out) = warp(surface, matrix, frame);
  out.height *= zoom;
  cv::warpPerspective(surface.product, out.product, matrix, frame, cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  if (surface.bare) {
    out.bare = warp(*surface.bare, matrix, frame);
    out.bare->height *= zoom;
  }
  if (out.grain) *out.grain += angle;
  out.parts.clear();
  for (const auto& part : surface.parts) {
    std::vector<cv::Point2f> corners = {cv::Point2f(part.tl()),
                                        {static_cast<float>(part.x), static_cast<float>(part.br().y)},
                                        {static_cast<float>(part.br().x), static_cast<float>(part.y)},
                                        cv::Point2f(part.br())};
    cv::perspectiveTransform(corners, corners, matrix);
    const cv::Rect box = cv::boundingRect(corners) & cv::Rect({0, 0}, frame);
    if (box.area() > 0) out.parts.push_back(box);
  }
  return out;
}

Light random_light(Rng& rng) {
  Light out;
  const double around = rng.uniform(0, 2 * M_PI), away = rng.uniform(0.3, 1.3);
  out.position = {static_cast<float>(away * std::cos(around)), static_cast<float>(away * std::sin(around)),
                  static_cast<float>(rng.uniform(0.9, 1.8))};
  const float warm = static_cast<float>(rng.uniform(-0.05, 0.05));
  out.colour = {1 + warm, 1, 1 - warm};
  out.ambient = static_cast<float>(rng.uniform(0.3, 0.5));
  out.cavity = static_cast<float>(rng.uniform(0.35, 0.7));
  out.vignette = static_cast<float>(rng.uniform(0.02, 0.16));
  out.exposure = static_cast<float>(rng.uniform(0.85, 1.12));
  out.blur_px = rng.uniform(0.35, 0.75);
  out.noise = rng.uniform(0.8, 2.2);
  return out;
}

cv::Mat shade(const Surface& surface, const Light& light, cv::Rect window) {
  // Everything is computed on a padded window, so that blurs see the same neighbours as in the whole frame.
  const cv::Size frame = surface.size();
  const double hollow = std::max(2.0, std::min(frame.width, frame.height) / 48.0);
  const int pad = static_cast<int>(std::ceil(3 * hollow)) + 6;
  const cv::Rect padded =
      cv::Rect(window.x - pad, window.y - pad, window.width + 2 * pad, window.height + 2 * pad) &
      cv::Rect({0, 0}, frame);
  const cv::Mat height = surface.height(padded);
  cv::Mat around;
  const int kernel = 2 * static_cast<int>(std::ceil(hollow)) + 1;
  cv::blur(height, around, {kernel, kernel}, {-1, -1}, cv::BORDER_REPLICATE);

  const float unit = 1.0f / static_cast<float>(std::min(frame.width, frame.height));
  const cv::Point2f centre(frame.width / 2.0f, frame.height / 2.0f);
  const auto& lamp = light.position;
  const float flat = lamp[2] / std::sqrt(lamp.dot(lamp));
  const float gain = light.exposure / (light.ambient + (1 - light.ambient) * flat);
  const float cavity = light.cavity / static_cast<float>(hollow);

  cv::Mat linear(padded.size(), CV_32FC3);
  for (int y = 0; y < padded.height; ++y) {
    const float* up = height.ptr<float>(std::max(0, y - 1));
    const float* here = height.ptr<float>(y);
    const float* down = height.ptr<float>(std::min(padded.height - 1, y + 1));
    const float* mean = around.ptr<float>(y);
    const auto* albedo = surface.albedo.ptr<cv::Vec3f>(y + padded.y) + padded.x;
    const float* gloss = surface.gloss.ptr<float>(y + padded.y) + padded.x;
    auto* out = linear.ptr<cv::Vec3f>(y);
    const float py = (static_cast<float>(y + padded.y) - centre.y) * unit;
    for (int x = 0; x < padded.width; ++x) {
      const float px = (static_cast<float>(x + padded.x) - centre.x) * unit;
      const float nx = -(here[std::min(padded.width - 1, x + 1)] - here[std::max(0, x - 1)]) / 2;
      const float ny = -(down[x] - up[x]) / 2;
      const float n = 1 / std::sqrt(nx * nx + ny * ny + 1);
      const float lx = lamp[0] - px, ly = lamp[1] - py, lz = lamp[2];
      const float l = 1 / std::sqrt(lx * lx + ly * ly + lz * lz);
      const float diffuse = std::max(0.0f, (nx * lx + ny * ly + lz) * n * l);
      // Blinn-Phong; the camera looks straight down, from far away.
      const float hx = lx * l, hy = ly * l, hz = lz * l + 1;
      float shine = std::max(0.0f, (nx * hx + ny * hy + hz) * n / std::sqrt(hx * hx + hy * hy + hz * hz));
      for (int i = 0; i < surface.sharpness; ++i) shine *= shine;
      const float hollows = std::min(std::max(1 + cavity * (here[x] - mean[x]), 0.45f), 1.2f);
      const float falloff = (1 - light.vignette * (px * px + py * py) * 2) * hollows * gain;
      const float body = (light.ambient + (1 - light.ambient) * diffuse) * falloff;
      const float highlight = gloss[x] * shine * falloff;
      for (int k = 0; k < 3; ++k) out[x][k] = light.colour[k] * (albedo[x][k] * body + highlight);
    }
  }
  if (light.blur_px > 0.2)
    cv::GaussianBlur(linear, linear, {7, 7}, light.blur_px, light.blur_px, cv::BORDER_REPLICATE);

  cv::Mat out(window.size(), CV_32FC3);
  const cv::Point shift = window.tl() - padded.tl();
  for (int y = 0; y < window.height; ++y) {
    const float* from = linear.ptr<float>(y + shift.y) + 3 * shift.x;
    float* to = out.ptr<float>(y);
    for (int i = 0; i < 3 * window.width; ++i) to[i] = tone()(from[i]);
  }
  return out;
}

cv::Mat expose(const cv::Mat& photo, const Light& light, const cv::Mat& noise) {
  cv::Mat out(photo.size(), CV_8UC3);
  const auto sigma = static_cast<float>(light.noise);
  for (int y = 0; y < photo.rows; ++y) {
    const float* from = photo.ptr<float>(y);
    const float* grain = noise.ptr<float>(y);
    auto* to = out.ptr<std::uint8_t>(y);
    for (int x = 0; x < photo.cols; ++x) {
      // Most grain is common to the colours, as after a camera's demosaicing and compression.
      const float common = grain[3 * x];
      for (int k = 0; k < 3; ++k) {
        const float v = from[3 * x + k];
        const float own = 0.85f * common + (k == 0 ? 0.0f : 0.5f * grain[3 * x + k]);
        to[3 * x + k] = cv::saturate_cast<std::uint8_t>(v + sigma * (0.6f + v * (0.8f / 255)) * own);
      }
    }
  }
  return out;
}

}  // namespace unidg::procedural
