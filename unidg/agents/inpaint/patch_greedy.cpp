#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/inpaint/patch_space.h"

namespace unidg::agents {
namespace {

constexpr double kFlat = 0.02;   // priority of a rim without any line running into it
constexpr double kAsGood = 0.6;  // places of nearly the highest priority are filled in one go

/// What is known so far, and how far each known pixel can be trusted: 1 in the picture, less in the hole.
struct State {
  cv::Mat known;  ///< CV_8UC1
  cv::Mat trust;  ///< CV_32FC1
};

/// Unknown pixels beside known ones.
std::vector<cv::Point> rim_of(const cv::Mat& known) {
  cv::Mat grown, rim;
  cv::dilate(known, grown, cv::Mat::ones(3, 3, CV_8UC1));
  rim = grown & (known == 0);
  std::vector<cv::Point> out;
  cv::findNonZero(rim, out);
  return out;
}

cv::Rect patch_at(cv::Point p, cv::Size size) {
  const int r = kPatchRadius;
  return cv::Rect(p.x - r, p.y - r, 2 * r + 1, 2 * r + 1) & cv::Rect({0, 0}, size);
}

/// The rim's places to go on from: well surrounded, with an edge running into the hole. Their patches do not
/// overlap.
std::vector<cv::Point> next_places(const PatchSpace& space, const State& state,
                                   const std::vector<cv::Point>& rim) {
  cv::Mat grey, dx, dy, inner, soft, nx, ny;
  cv::cvtColor(space.pixels(), grey, cv::COLOR_RGBA2GRAY);
  cv::Sobel(grey, dx, CV_32F, 1, 0, 3, 1.0 / 1020);
  cv::Sobel(grey, dy, CV_32F, 0, 1, 3, 1.0 / 1020);
  cv::erode(state.known, inner, cv::Mat::ones(3, 3, CV_8UC1), {-1, -1}, 1, cv::BORDER_REPLICATE);
  dx.setTo(0, inner == 0);  // gradients across the rim mean nothing
  dy.setTo(0, inner == 0);
  cv::GaussianBlur(state.known, soft, {5, 5}, 0);
  cv::Sobel(soft, nx, CV_32F, 1, 0);
  cv::Sobel(soft, ny, CV_32F, 0, 1);
  std::vector<std::pair<double, cv::Point>> places;
  for (const auto& p : rim) {
    const auto patch = patch_at(p, space.size());
    const double trust = cv::sum(state.trust(patch))[0] / kPatchArea;
    const double across = nx.at<float>(p), down = ny.at<float>(p), length = std::hypot(across, down) + 1e-6;
    double line = 0;
    for (int y = patch.y; y < patch.br().y; ++y)
      for (int x = patch.x; x < patch.br().x; ++x)
        line = std::max(line, std::abs(dx.at<float>(y, x) * down - dy.at<float>(y, x) * across) / length);
    places.emplace_back(trust * (line + kFlat), p);
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<cv::Point> out;
  cv::Mat taken = cv::Mat::zeros(space.size(), CV_8UC1);
  for (const auto& [priority, p] : places) {
    if (priority < kAsGood * places.front().first) break;
    if (taken.at<std::uint8_t>(p)) continue;
    out.push_back(p);
    const int reach = 2 * kPatchRadius;
    taken(cv::Rect(p.x - reach, p.y - reach, 2 * reach + 1, 2 * reach + 1) & cv::Rect({0, 0}, space.size()))
        .setTo(255);
  }
  return out;
}

}  // namespace

void fill_greedily(PatchSpace& space, std::size_t most_comparisons, FastRandom& random) {
  cv::Mat pixels = space.pixels();
  State state{space.hole == 0, {}};
  state.known.convertTo(state.trust, CV_32F, 1.0 / 255);
  const auto patches = 1 + static_cast<std::size_t>(4 * cv::countNonZero(space.hole)) / kPatchArea;
  const auto& sources = space.source_list;
  const auto looked_at = std::clamp<std::size_t>(most_comparisons / patches, 200, sources.size() + 200);
  for (auto rim = rim_of(state.known); !rim.empty(); rim = rim_of(state.known)) {
    const auto places = next_places(space, state, rim);
    const cv::Mat always(state.known.size(), CV_8UC1, cv::Scalar(255));  // the guide is known everywhere
    const cv::Mat planes[] = {state.known, state.known, state.known, always};
    cv::Mat counted;
    cv::merge(planes, 4, counted);
    counted = space.padded(counted);
    for (const auto& p : places) {
      auto least = ~std::uint32_t{0};
      auto twin = sources.front();
      for (std::size_t i = 0; i < std::min(looked_at, sources.size()); ++i) {
        const auto candidate =
            looked_at >= sources.size()
                ? sources[i]
                : sources[static_cast<std::size_t>(random.below(static_cast<int>(sources.size())))];
        const auto cost = space.masked_cost(p, candidate, counted, least);
        if (cost < least) least = cost, twin = candidate;
      }
      const auto patch = patch_at(p, space.size());
      const float trust = static_cast<float>(cv::sum(state.trust(patch))[0] / kPatchArea);
      for (int y = patch.y; y < patch.br().y; ++y)
        for (int x = patch.x; x < patch.br().x; ++x) {
          if (state.known.at<std::uint8_t>(y, x)) continue;
          const auto& from = pixels.at<cv::Vec4b>(y + twin.y - p.y, x + twin.x - p.x);
          for (int c = 0; c < 3; ++c) pixels.at<cv::Vec4b>(y, x)[c] = from[c];
          state.known.at<std::uint8_t>(y, x) = 255;
          state.trust.at<float>(y, x) = trust;
        }
    }
  }
  space.update_means();
}

}  // namespace unidg::agents
