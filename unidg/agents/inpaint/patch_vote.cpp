#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/inpaint/patch_space.h"

namespace unidg::agents {
namespace {

constexpr double kRimTrust = 1.25;  // trust in a patch falls by this factor a pixel away from the rim

/// How much each target's proposal counts: near the rim, and with a cost among the usual ones.
cv::Mat trust_of(const PatchSpace& space, const PatchField& field) {
  std::vector<float> costs;
  for (const auto& p : space.target_list) costs.push_back(field.cost.at<float>(p));
  const auto at = costs.begin() + static_cast<std::ptrdiff_t>(0.75 * static_cast<double>(costs.size() - 1));
  std::nth_element(costs.begin(), at, costs.end());
  const double usual = std::max(1.0f * kPatchArea, *at);
  cv::Mat depth, trust = cv::Mat::zeros(space.size(), CV_32FC1);
  cv::distanceTransform(space.hole, depth, cv::DIST_L2, 3);
  for (const auto& p : space.target_list)
    trust.at<float>(p) = static_cast<float>(std::exp(-field.cost.at<float>(p) / (2 * usual)) *
                                            std::pow(kRimTrust, -depth.at<float>(p))) +
                         1e-12f;
  return trust;
}

cv::Rect patch_within(cv::Point centre, cv::Size size) {
  const int r = kPatchRadius;
  return cv::Rect(centre.x - r, centre.y - r, 2 * r + 1, 2 * r + 1) & cv::Rect({0, 0}, size);
}

}  // namespace

void vote(PatchSpace& space, const PatchField& field, float tone_limit) {
  const auto trust = trust_of(space, field);
  cv::Mat pixels = space.pixels();
  cv::Mat sums = cv::Mat::zeros(space.size(), CV_32FC3), weights = cv::Mat::zeros(space.size(), CV_32FC1);
  for (const auto& p : space.target_list) {
    const float w = trust.at<float>(p);
    const auto twin = field.twin_of(p);
    const auto tone = space.tone(p, twin, tone_limit);
    const auto patch = patch_within(p, space.size());
    for (int y = patch.y; y < patch.br().y; ++y) {
      const auto* from = pixels.ptr<cv::Vec4b>(y + twin.y - p.y) + twin.x - p.x;
      auto* sum = sums.ptr<cv::Vec3f>(y);
      auto* weight = weights.ptr<float>(y);
      for (int x = patch.x; x < patch.br().x; ++x) {
        for (int c = 0; c < 3; ++c) sum[x][c] += w * (static_cast<float>(from[x][c]) + tone[c]);
        weight[x] += w;
      }
    }
  }
  for (int y = 0; y < pixels.rows; ++y)
    for (int x = 0; x < pixels.cols; ++x)
      if (space.hole.at<std::uint8_t>(y, x)) {
        const auto& sum = sums.at<cv::Vec3f>(y, x);
        for (int c = 0; c < 3; ++c)
          pixels.at<cv::Vec4b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(sum[c] / weights.at<float>(y, x));
      }
  space.update_means();
}

Proposal propose(const PatchSpace& space, const PatchField& field, const cv::Mat& values,
                 double levels_per_step, float tone_limit) {
  const auto trust = trust_of(space, field);
  const int channels = values.channels();
  Proposal out{cv::Mat::zeros(values.size(), values.type()), cv::Mat::zeros(values.size(), values.type())};
  struct Offer {
    cv::Point offset;
    float weight;
  };
  for (const auto& x : space.target_list) {
    // All patches over this pixel, joined by where they copy it from.
    std::vector<Offer> offers;
    std::array<double, 3> sum{};
    double total = 0;
    const auto around = patch_within(x, space.size());
    for (int py = around.y; py < around.br().y; ++py)
      for (int px = around.x; px < around.br().x; ++px) {
        const cv::Point p(px, py);
        if (!space.targets.at<std::uint8_t>(p)) continue;
        const auto twin = field.twin_of(p);
        const cv::Point offset = twin - p;
        const float w = trust.at<float>(p);
        const auto tone = space.tone(p, twin, tone_limit);
        const auto* from = values.ptr<float>(x.y + offset.y) + channels * (x.x + offset.x);
        for (int c = 0; c < channels; ++c)
          sum[static_cast<std::size_t>(c)] += w * (from[c] + levels_per_step * tone[c]);
        total += w;
        const auto same =
            std::find_if(offers.begin(), offers.end(), [&](const Offer& o) { return o.offset == offset; });
        if (same == offers.end())
          offers.push_back({offset, w});
        else
          same->weight += w;
      }
    if (offers.empty()) continue;
    const auto best = std::max_element(offers.begin(), offers.end(),
                                       [](const Offer& a, const Offer& b) { return a.weight < b.weight; });
    const auto source = x + best->offset;
    for (int c = 0; c < channels; ++c) {
      out.mean.ptr<float>(x.y)[channels * x.x + c] =
          static_cast<float>(sum[static_cast<std::size_t>(c)] / total);
      out.copy.ptr<float>(x.y)[channels * x.x + c] = values.ptr<float>(source.y)[channels * source.x + c];
    }
  }
  return out;
}

}  // namespace unidg::agents
