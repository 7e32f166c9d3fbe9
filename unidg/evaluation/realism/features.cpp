#include "unidg/evaluation/realism/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace unidg::evaluation {
namespace {

constexpr double kFloor = 0.1;  ///< grey levels: differences below are quantisation

/// Luma and chroma, CV_32FC1 each, grey levels.
std::array<cv::Mat, 3> planes_of(const cv::Mat& rgb) {
  cv::Mat ycc;
  cv::cvtColor(rgb, ycc, cv::COLOR_RGB2YCrCb);
  ycc.convertTo(ycc, CV_32FC3);
  std::array<cv::Mat, 3> out;
  cv::split(ycc, out.data());
  return out;
}

cv::Mat filtered(const cv::Mat& plane, const cv::Mat_<float>& kernel) {
  cv::Mat out;
  cv::filter2D(plane, out, CV_32F, kernel, {-1, -1}, 0, cv::BORDER_REFLECT_101);
  return out;
}

const cv::Mat_<float> kAcross = (cv::Mat_<float>(1, 3) << 0, -1, 1);
const cv::Mat_<float> kDown = (cv::Mat_<float>(3, 1) << 0, -1, 1);
const cv::Mat_<float> kLaplacian = (cv::Mat_<float>(3, 3) << -1, 2, -1, 2, -4, 2, -1, 2, -1) / 4;

double mean_of(const cv::Mat& values, const cv::Mat& where) { return cv::mean(values, where)[0]; }

/// Strength, tails and flatness of a residual.
struct Residual {
  double strength, tails, flat;
};
Residual residual_of(const cv::Mat& filtered_plane, const cv::Mat& where) {
  const cv::Mat size = cv::abs(filtered_plane);
  const double mean = mean_of(size, where), square = mean_of(size.mul(size), where);
  const double flat = mean_of(size < 0.75f, where) / 255;
  return {std::log(mean + kFloor), std::log(square + kFloor * kFloor) - 2 * std::log(mean + kFloor), flat};
}

/// Log energies of the cosine transform of the window at 64 px, in 8 rings of frequency.
void add_spectrum(const cv::Mat& luma, Features& out) {
  constexpr int kSide = 64, kRings = 8;
  cv::Mat small, spectrum;
  cv::resize(luma, small, {kSide, kSide}, 0, 0, luma.cols > kSide ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::dct(small, spectrum);
  std::array<double, kRings> energy{};
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const int ring = static_cast<int>(std::hypot(x, y) / (kSide / kRings));
      if (ring < kRings && x + y > 0)
        energy[static_cast<std::size_t>(ring)] +=
            static_cast<double>(spectrum.at<float>(y, x)) * spectrum.at<float>(y, x);
    }
  for (const double e : energy) out.push_back(std::log(e + 1));
}

/// Residuals and colours inside `mask`; with a `ring`, also how they differ from those there.
Features described(const Region& region, const cv::Mat& ring) {
  Features out;
  auto planes = planes_of(region.rgb);
  cv::Mat inside = region.mask, outside = ring;
  for (const int scale : {1, 2}) {
    if (scale == 2) {
      for (auto& plane : planes) cv::resize(plane, plane, {}, 0.5, 0.5, cv::INTER_AREA);
      cv::resize(inside, inside, planes[0].size(), 0, 0, cv::INTER_NEAREST);
      if (!ring.empty()) cv::resize(outside, outside, planes[0].size(), 0, 0, cv::INTER_NEAREST);
    }
    for (std::size_t p = 0; p < planes.size(); ++p)
      for (const auto& kernel : {kAcross, kDown, kLaplacian}) {
        if (p > 0 && kernel.data != kLaplacian.data) continue;  // chroma: Laplacian alone
        const auto residuals = filtered(planes[p], kernel);
        const auto in = residual_of(residuals, inside);
        out.insert(out.end(), {in.strength, in.tails, in.flat});
        if (ring.empty()) continue;
        const auto around = residual_of(residuals, outside);
        out.insert(out.end(),
                   {in.strength - around.strength, in.tails - around.tails, in.flat - around.flat});
      }
    for (const auto& plane : planes) {
      cv::Scalar mean, spread, ring_mean, ring_spread;
      cv::meanStdDev(plane, mean, spread, inside);
      out.insert(out.end(), {mean[0], std::log(spread[0] + 1)});
      if (ring.empty()) continue;
      cv::meanStdDev(plane, ring_mean, ring_spread, outside);
      out.insert(out.end(), {mean[0] - ring_mean[0], std::log((spread[0] + 1) / (ring_spread[0] + 1))});
    }
  }
  return out;
}

/// Pixels from the mask's edge, CV_32FC1: positive outside, negative inside.
cv::Mat signed_distance(const cv::Mat& mask) {
  cv::Mat inside, outside;
  cv::distanceTransform(mask, inside, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  cv::distanceTransform(255 - mask, outside, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return outside - inside;
}

}  // namespace

Features inside_features(const Region& region) { return described(region, {}); }

Features region_features(const Region& region) {
  const cv::Mat distance = signed_distance(region.mask);
  const cv::Mat ring = (distance > 0) & (distance <= 12);
  auto out = described(region, ring);
  add_spectrum(planes_of(region.rgb)[0], out);
  return out;
}

Features seam_features(const Region& region) {
  constexpr std::array<double, 8> kBands{-4, -2, 0, 2, 4, 7, 11, 16};
  constexpr double kFar = 26;
  const auto planes = planes_of(region.rgb);
  const cv::Mat distance = signed_distance(region.mask);

  // The derivative across the edge and along it: the distance's gradient is the edge's normal.
  cv::Mat smooth, normal_x, normal_y, length;
  cv::GaussianBlur(distance, smooth, {5, 5}, 0);
  cv::Sobel(smooth, normal_x, CV_32F, 1, 0);
  cv::Sobel(smooth, normal_y, CV_32F, 0, 1);
  cv::magnitude(normal_x, normal_y, length);
  length += 1e-6f;
  const cv::Mat dx = filtered(planes[0], kAcross), dy = filtered(planes[0], kDown);
  const cv::Mat across = (dx.mul(normal_x) + dy.mul(normal_y)) / length;
  const cv::Mat along = (dy.mul(normal_x) - dx.mul(normal_y)) / length;
  std::vector<cv::Mat> residuals{across, along};
  for (const auto& plane : planes) residuals.push_back(filtered(plane, kLaplacian));

  std::vector<Residual> far;
  const cv::Mat beyond = (distance > kBands.back()) & (distance <= kFar);
  for (const auto& residual : residuals) far.push_back(residual_of(residual, beyond));

  Features out;
  std::array<double, 3> last{};
  for (std::size_t b = 0; b + 1 < kBands.size(); ++b) {
    const cv::Mat band = (distance > kBands[b]) & (distance <= kBands[b + 1]);
    for (std::size_t r = 0; r < residuals.size(); ++r) {
      const auto here = residual_of(residuals[r], band);
      out.insert(out.end(),
                 {here.strength - far[r].strength, here.tails - far[r].tails, here.flat - far[r].flat});
    }
    out.push_back(
        std::log((mean_of(cv::abs(across), band) + kFloor) / (mean_of(cv::abs(along), band) + kFloor)));
    for (std::size_t p = 0; p < planes.size(); ++p) {
      const double mean = mean_of(planes[p], band);
      if (b > 0) out.push_back(std::log(std::abs(mean - last[p]) + 1));
      last[p] = mean;
    }
  }
  return out;
}

}  // namespace unidg::evaluation
