#include "unidg/agents/verify/change.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "unidg/agents/caption/groups.h"

namespace unidg::agents {
namespace {

constexpr int kGrown = 6;              // pixels by which masks are grown before painting (Alg. 1, line 14)
constexpr double kLeastChange = 5;     // levels
constexpr double kExactShare = 0.002;  // of the outside that may differ in pictures made from one another
constexpr double kExactLevel = 2;
constexpr double kClearly = 0.25;  // of the defect's own change
constexpr int kMostShift = 6,
              kLocalShift = 2;  // pixels by which two photographs of one thing may be displaced

double share(const cv::Mat& part, const cv::Mat& of) {
  const int all = cv::countNonZero(of);
  return all == 0 ? 0 : static_cast<double>(cv::countNonZero(part & of)) / all;
}

/// The level that a tenth of the pixels exceed.
double upper_level(const cv::Mat& level, const cv::Mat& where) {
  std::vector<float> values;
  for (int y = 0; y < level.rows; ++y)
    for (int x = 0; x < level.cols; ++x)
      if (where.at<std::uint8_t>(y, x)) values.push_back(level.at<float>(y, x));
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(0.9 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// Largest difference of the channels. CV_8UC1
cv::Mat largest_channel(const cv::Mat& difference) {
  cv::Mat planes[3], out;
  cv::split(difference, planes);
  cv::max(planes[0], planes[1], out);
  cv::max(out, planes[2], out);
  return out;
}

/// `picture` displaced by whole pixels so that it lies on `other` outside the mask.
cv::Mat registered(const cv::Mat& picture, const cv::Mat& other, const cv::Mat& outside) {
  cv::Mat best, best_difference;
  double least = -1;
  for (int dy = -kMostShift; dy <= kMostShift; ++dy)
    for (int dx = -kMostShift; dx <= kMostShift; ++dx) {
      cv::Mat moved, difference;
      const cv::Mat move = (cv::Mat_<double>(2, 3) << 1, 0, dx, 0, 1, dy);
      cv::warpAffine(picture, moved, move, picture.size(), cv::INTER_NEAREST, cv::BORDER_REPLICATE);
      cv::absdiff(moved, other, difference);
      const auto mean = cv::mean(difference, outside);
      const double cost = mean[0] + mean[1] + mean[2] + 1e-6 * (dx * dx + dy * dy);
      if (least < 0 || cost < least) least = cost, best = moved;
    }
  return best;
}

/// How far `a` leaves the range of levels that `b` has nearby: displaced edges do not count.
cv::Mat beyond_range(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat near = cv::Mat::ones(2 * kLocalShift + 1, 2 * kLocalShift + 1, CV_8UC1);
  cv::Mat low, high, above, below;
  cv::erode(b, low, near);
  cv::dilate(b, high, near);
  cv::subtract(a, high, above);
  cv::subtract(low, a, below);
  return largest_channel(cv::max(above, below));
}

/// Correlation of what is finer than a few pixels and coarser than noise.
double detail_correlation(const cv::Mat& a, const cv::Mat& b, const cv::Mat& where) {
  const auto detail = [](const cv::Mat& rgb) {
    cv::Mat grey, values, fine, coarse;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    grey.convertTo(values, CV_32F);
    cv::GaussianBlur(values, fine, {}, 1);
    cv::GaussianBlur(values, coarse, {}, 6);
    return cv::Mat(fine - coarse);
  };
  const cv::Mat x = detail(a), y = detail(b);
  const double xx = cv::mean(x.mul(x), where)[0], yy = cv::mean(y.mul(y), where)[0];
  return xx > 0 && yy > 0 ? cv::mean(x.mul(y), where)[0] / std::sqrt(xx * yy) : 0;
}

}  // namespace

Change find_change(const Triplet& t) {
  Change out;
  const cv::Mat abnormal = t.abnormal.rgb8(), normal = t.normal.rgb8();
  cv::Mat difference;
  cv::absdiff(abnormal, normal, difference);
  cv::Mat largest = largest_channel(difference);

  const cv::Mat& mask = t.mask.pixels();
  cv::Mat rim, outside;
  cv::dilate(mask, rim, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * kGrown + 1, 2 * kGrown + 1}));
  cv::compare(rim, 0, outside, cv::CMP_EQ);
  out.is_exact = share(largest > kExactLevel, outside) <= kExactShare;

  out.normal = t.normal;
  // Two photographs of one thing differ by noise and by their places.
  out.threshold = kLeastChange;
  if (!out.is_exact) {
    const cv::Mat moved = registered(normal, abnormal, outside);
    out.normal = Image(moved);
    out.same_detail = detail_correlation(abnormal, moved, outside);
    cv::absdiff(abnormal, moved, difference);
    largest = largest_channel(difference);
    beyond_range(abnormal, moved).copyTo(largest, outside);
    out.threshold = std::max(kLeastChange, 2 * cv::mean(largest, outside)[0]);
  }
  largest.convertTo(out.level, CV_32F);
  out.where = largest > out.threshold;
  out.outside_share = share(out.where, outside);
  out.coverage = share(out.where, mask);
  out.emptiest_part = 1;
  for (const auto& part : defect_groups(t.mask, 64))
    out.emptiest_part = std::min(out.emptiest_part, share(out.where, part.pixels()));
  // Compression's small traces along all edges together must not outweigh the defect.
  cv::Mat counted = cv::Mat::zeros(out.level.size(), CV_32FC1);
  out.level.copyTo(counted, out.level > std::max(out.threshold, kClearly * upper_level(out.level, mask)));
  const double all = cv::sum(counted)[0];
  counted.setTo(0, outside);
  out.precision = all > 0 ? cv::sum(counted)[0] / all : 0;
  return out;
}

}  // namespace unidg::agents
