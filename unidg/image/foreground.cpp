#include "unidg/image/foreground.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace unidg {
namespace {

constexpr int kWorkingSide = 256;       // the rule looks at a picture of at most this side
constexpr double kBorder = 0.03;        // width of the border ring, of the shorter side
constexpr double kKeptComponent = 0.1;  // smallest kept component, of the largest
constexpr float kFarthest = 30.0f;      // distances beyond this count alike

/// Mean and inverse covariance of Lab colours, fitted twice: the second time without the farthest third, so
/// that a product touching the border does not become the background.
struct ColourModel {
  cv::Mat mean, inverse;
};

ColourModel fit(const cv::Mat& samples) {
  ColourModel model;
  cv::Mat covariance;
  cv::calcCovarMatrix(samples, covariance, model.mean, cv::COVAR_NORMAL | cv::COVAR_ROWS | cv::COVAR_SCALE,
                      CV_64F);
  covariance += cv::Mat::eye(3, 3, CV_64F) * 1.0;  // sensor noise: one Lab unit
  model.inverse = covariance.inv(cv::DECOMP_SVD);
  return model;
}

float distance(const ColourModel& model, const float* lab) {
  const auto* mean = model.mean.ptr<double>();
  const double d[3] = {lab[0] - mean[0], lab[1] - mean[1], lab[2] - mean[2]};
  double sum = 0;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) sum += d[i] * model.inverse.at<double>(i, j) * d[j];
  return std::min(static_cast<float>(std::sqrt(std::max(sum, 0.0))), kFarthest);
}

cv::Mat distances(const ColourModel& model, const cv::Mat& lab) {
  cv::Mat out(lab.size(), CV_32FC1);
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x) out.at<float>(y, x) = distance(model, lab.ptr<float>(y) + 3 * x);
  return out;
}

std::vector<float> values_under(const cv::Mat& values, const cv::Mat& mask) {
  std::vector<float> out;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (mask.at<std::uint8_t>(y, x)) out.push_back(values.at<float>(y, x));
  return out;
}

float quantile(std::vector<float> values, double q) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

cv::Mat samples_under(const cv::Mat& lab, const cv::Mat& mask) {
  cv::Mat out;
  for (int y = 0; y < lab.rows; ++y)
    for (int x = 0; x < lab.cols; ++x)
      if (mask.at<std::uint8_t>(y, x))
        out.push_back(cv::Mat(1, 3, CV_32FC1, const_cast<float*>(lab.ptr<float>(y) + 3 * x)));
  return out;
}

cv::Mat otsu(const cv::Mat& values) {
  cv::Mat bytes, out;
  cv::normalize(values, bytes, 0, 255, cv::NORM_MINMAX, CV_8U);
  cv::threshold(bytes, out, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
  return out;
}

/// Background regions that do not touch the frame belong to the product.
cv::Mat without_holes(const cv::Mat& mask) {
  cv::Mat padded;
  cv::copyMakeBorder(mask, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);
  cv::floodFill(padded, {0, 0}, 128);
  const cv::Mat inner = padded(cv::Rect(1, 1, mask.cols, mask.rows)) != 128;
  return inner;
}

cv::Mat large_components(const cv::Mat& mask) {
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8);
  int largest = 0;
  for (int i = 1; i < count; ++i) largest = std::max(largest, stats.at<int>(i, cv::CC_STAT_AREA));
  cv::Mat out = cv::Mat::zeros(mask.size(), CV_8UC1);
  for (int i = 1; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) >= kKeptComponent * largest) out.setTo(255, labels == i);
  return out;
}

}  // namespace

Mask foreground(const Image& image) {
  const auto rgb = image.rgb8();
  const double scale = std::min(1.0, static_cast<double>(kWorkingSide) / std::max(rgb.cols, rgb.rows));
  const cv::Size size(std::max(1, static_cast<int>(rgb.cols * scale)),
                      std::max(1, static_cast<int>(rgb.rows * scale)));
  cv::Mat small, lab;
  cv::resize(rgb, small, size, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(small, small, {3, 3}, 0);
  small.convertTo(lab, CV_32FC3, 1.0 / 255);
  cv::cvtColor(lab, lab, cv::COLOR_RGB2Lab);
  const Mask everything(cv::Mat(rgb.size(), CV_8UC1, cv::Scalar(255)));
  if (std::min(size.width, size.height) < 8) return everything;

  // The border's colours, without what is unusual even there.
  const int width = std::max(2, static_cast<int>(kBorder * std::min(size.width, size.height)));
  cv::Mat border(size, CV_8UC1, cv::Scalar(255));
  border(cv::Rect(width, width, size.width - 2 * width, size.height - 2 * width)).setTo(0);
  auto model = fit(samples_under(lab, border));
  const auto first = distances(model, lab);
  const float usual = quantile(values_under(first, border), 0.67);
  model = fit(samples_under(lab, border & (first <= usual)));
  const auto far = distances(model, lab);

  // A texture: the centre's colours are the border's colours.
  cv::Mat centre = cv::Mat::zeros(size, CV_8UC1);
  centre(cv::Rect(size.width / 4, size.height / 4, std::max(1, size.width / 2), std::max(1, size.height / 2)))
      .setTo(255);
  const auto border_far = values_under(far, border), centre_far = values_under(far, centre);
  const float edge = quantile(border_far, 0.95);
  const auto unlike = std::count_if(centre_far.begin(), centre_far.end(), [&](float d) { return d > edge; });
  if (static_cast<double>(unlike) < 0.25 * static_cast<double>(centre_far.size())) return everything;

  cv::Mat found = otsu(far);
  cv::morphologyEx(found, found, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_ELLIPSE, {7, 7}));
  cv::morphologyEx(found, found, cv::MORPH_OPEN, cv::getStructuringElement(cv::MORPH_ELLIPSE, {9, 9}));
  found = large_components(without_holes(found));
  const double share = static_cast<double>(cv::countNonZero(found)) / static_cast<double>(found.total());
  if (share < 0.02 || share > 0.97) return everything;
  cv::Mat full;
  cv::resize(found, full, rgb.size(), 0, 0, cv::INTER_LINEAR);
  return Mask(full);
}

}  // namespace unidg
