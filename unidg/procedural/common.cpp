#include <opencv2/imgproc.hpp>

#include "unidg/dataset/noise.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {

cv::Vec3f vary(const cv::Vec3f& colour, double amount, Rng& rng) {
  const double bright = 1 + amount * rng.uniform(-1, 1);
  cv::Vec3f out;
  for (int k = 0; k < 3; ++k)
    out[k] =
        static_cast<float>(std::min(0.95, colour[k] * bright * (1 + 0.35 * amount * rng.uniform(-1, 1))));
  return out;
}

cv::Size with_margin(cv::Size frame) {
  const int side = std::max(frame.width, frame.height);
  return {static_cast<int>(side * 1.16), static_cast<int>(side * 1.16)};
}

Surface ground_under(const cv::Mat& object, const cv::Vec3f& albedo, double object_height, Rng& rng) {
  const cv::Size frame = object.size();
  const double unit = std::min(frame.width, frame.height);
  Surface out = flat_surface(frame, albedo, 0.02f);
  const cv::Mat cloud = dataset::fractal_noise(frame, {unit * 0.6, unit * 0.6}, 3, rng);
  const cv::Mat grain = dataset::white_noise(frame, rng);
  const double grain_amount = rng.uniform(0.005, 0.05);

  // The shadow: near the object dark and tight, farther away faint and wide.
  const cv::Point2d shift = object_height * cv::Point2d(rng.uniform(-1, 1), rng.uniform(-1, 1));
  cv::Mat moved, contact, soft;
  cv::warpAffine(object, moved, cv::Matx23d(1, 0, shift.x, 0, 1, shift.y), frame, cv::INTER_LINEAR,
                 cv::BORDER_CONSTANT);
  const auto blur = [](const cv::Mat& from, cv::Mat& to, double size) {
    const int kernel = 2 * std::max(1, static_cast<int>(size)) + 1;
    cv::blur(from, to, {kernel, kernel});
    cv::blur(to, to, {kernel, kernel});
  };
  blur(moved, contact, object_height * 0.5);
  blur(moved, soft, object_height * 1.8);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const double shadow =
          1 - (0.4 * contact.at<std::uint8_t>(y, x) + 0.3 * soft.at<std::uint8_t>(y, x)) / 255;
      const double texture = 1 + 0.05 * cloud.at<float>(y, x) + grain_amount * grain.at<float>(y, x);
      out.albedo.at<cv::Vec3f>(y, x) *= static_cast<float>(shadow * texture);
    }
  }
  out.product.setTo(0);
  return out;
}

}  // namespace unidg::procedural
