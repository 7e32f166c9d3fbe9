#include "unidg/agents/verify/change.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/caption/groups.h"

namespace unidg::agents {
namespace {

constexpr int kRim = 6;                // pixels by which masks are grown before painting (Alg. 1, line 14)
constexpr double kLeastChange = 5;     // levels
constexpr double kExactShare = 0.002;  // of the outside that may differ in pictures made from one another
constexpr double kExactLevel = 2;

double share(const cv::Mat& part, const cv::Mat& of) {
  const int all = cv::countNonZero(of);
  return all == 0 ? 0 : static_cast<double>(cv::countNonZero(part & of)) / all;
}

}  // namespace

Change find_change(const Triplet& t) {
  Change out;
  cv::Mat difference, planes[3], largest;
  cv::absdiff(t.abnormal.rgb8(), t.normal.rgb8(), difference);
  cv::split(difference, planes);
  cv::max(planes[0], planes[1], largest);
  cv::max(largest, planes[2], largest);

  const cv::Mat& mask = t.mask.pixels();
  cv::Mat rim, outside;
  cv::dilate(mask, rim, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * kRim + 1, 2 * kRim + 1}));
  cv::compare(rim, 0, outside, cv::CMP_EQ);
  out.is_exact = share(largest > kExactLevel, outside) <= kExactShare;

  // Two photographs of one thing differ by noise and, along edges, by a fraction of a pixel: lines go.
  out.threshold = kLeastChange;
  if (!out.is_exact) {
    cv::morphologyEx(largest, largest, cv::MORPH_OPEN, cv::Mat::ones(3, 3, CV_8UC1));
    out.threshold = std::max(kLeastChange, 2 * cv::mean(largest, outside)[0]);
  }
  largest.convertTo(out.level, CV_32F);
  out.where = largest > out.threshold;
  out.outside_share = share(out.where, outside);
  out.coverage = share(out.where, mask);
  out.emptiest_part = 1;
  for (const auto& part : defect_groups(t.mask, 64))
    out.emptiest_part = std::min(out.emptiest_part, share(out.where, part.pixels()));
  cv::Mat counted = cv::Mat::zeros(out.level.size(), CV_32FC1);
  out.level.copyTo(counted, out.where);
  const double all = cv::sum(counted)[0];
  counted.setTo(0, outside);
  out.precision = all > 0 ? cv::sum(counted)[0] / all : 0;
  return out;
}

}  // namespace unidg::agents
