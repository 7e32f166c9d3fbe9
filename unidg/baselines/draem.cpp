#include "unidg/baselines/draem.h"

#include <opencv2/imgproc.hpp>

#include "unidg/baselines/augment.h"
#include "unidg/baselines/perlin.h"
#include "unidg/baselines/settings.h"
#include "unidg/dataset/noise.h"

namespace unidg::baselines {
namespace {

/// Random colours that wander with fractal noise, each channel with its own.
cv::Mat noise_texture(cv::Size size, Rng& rng) {
  std::vector<cv::Mat> channels;
  const double feature = std::min(size.width, size.height) / std::exp2(rng.uniform(2, 6));
  for (int i = 0; i < 3; ++i) {
    const double level = rng.uniform(40, 215), reach = rng.uniform(20, 120);
    const cv::Mat noise = dataset::fractal_noise(size, {feature, feature}, 5, rng);
    cv::Mat bytes;
    noise.convertTo(bytes, CV_8U, reach, level);
    channels.push_back(bytes);
  }
  cv::Mat out;
  cv::merge(channels, out);
  return out;
}

Json with_textures(Json settings, const Pictures& textures) {
  settings["draem.textures"] = textures.is_empty() ? "noise" : textures.identity();
  return settings;
}

}  // namespace

Draem::Draem(const Config& config, std::shared_ptr<const Pictures> textures)
    : Baseline("draem", with_textures(settings_of("draem", config.draem, config), *textures),
               config.weak_below),
      config_(config),
      textures_(std::move(textures)) {}

cv::Mat Draem::texture(cv::Size size, Rng& rng) const {
  if (textures_->is_empty()) return augmented(noise_texture(size, rng), config_.draem.augmentations, rng);
  const auto index = static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(textures_->count())));
  const auto picture = textures_->at(index).rgb;
  cv::Mat fitted;
  cv::resize(picture, fitted, size, 0, 0, picture.cols > size.width ? cv::INTER_AREA : cv::INTER_LINEAR);
  return augmented(fitted, config_.draem.augmentations, rng);
}

Painted Draem::paint(const Request& request, Rng& rng) const {
  const auto size = request.source.pixels().size();
  Painted out;
  out.label = config_.mask == "given" ? request.mask : perlin_mask(size, config_.draem, rng);
  cv::Mat texture32;
  texture(size, rng).convertTo(texture32, CV_32FC3);
  const double beta = rng.uniform(0, config_.draem.max_beta);
  out.rgb = (1 - beta) * texture32 + beta * rgb32(request.source);
  out.label.pixels().convertTo(out.alpha, CV_32FC1, 1.0 / 255);
  return out;
}

}  // namespace unidg::baselines
