#include "unidg/sft/pairs/alg2.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"

namespace unidg::sft {

void fields(FieldVisitor& visit, Alg2Config& c) {
  visit("bins", c.bins, one_of({"printed", "half-open"}), "ends of the area bins");
  visit("connectivity", c.connectivity, in(4, 8), "neighbours of a pixel: 4 or 8");
  visit("color", c.color, one_of({"rgb", "lab"}), "space of the mean colours");
  visit("sigma", c.sigma, above(0), "width of the colour score");
  visit("area_weight", c.area_weight, in(0, 1), "share of the area score");
  visit("connectivity_weight", c.connectivity_weight, in(0, 1), "share of the connectivity score");
  visit("color_weight", c.color_weight, in(0, 1), "share of the colour score");
}

DefectFacts measure_defect(const MaskedImage& defect, const Alg2Config& config) {
  const auto& mask = defect.mask.pixels();
  if (mask.size() != defect.image.pixels().size())
    throw InputError("the mask is ", mask.cols, " x ", mask.rows, " but its picture ", defect.image.width(),
                     " x ", defect.image.height());
  if (config.connectivity != 4 && config.connectivity != 8)
    throw UsageError("alg2.connectivity is ", config.connectivity, " but must be 4 or 8");
  DefectFacts out;
  out.area = defect.mask.area(), out.pixels = static_cast<std::int64_t>(mask.total());
  cv::Mat labels;
  out.components = cv::connectedComponents(mask, labels, static_cast<int>(config.connectivity), CV_32S) - 1;
  if (out.area == 0) return out;
  cv::Mat colors;
  defect.image.rgb8().convertTo(colors, CV_32F, 1.0 / 255);
  if (config.color == "lab") {
    cv::cvtColor(colors, colors, cv::COLOR_RGB2Lab);
    colors *= 0.01;
  }
  const auto mean = cv::mean(colors, mask);
  for (int i = 0; i < 3; ++i) out.color[static_cast<std::size_t>(i)] = static_cast<float>(mean[i]);
  return out;
}

double area_score(std::int64_t area, std::int64_t pixels, const std::string& bins) {
  const bool half_open = bins == "half-open";
  const auto at_most = [&](std::int64_t percent) {  // of the picture
    return half_open ? 100 * area < percent * pixels : 100 * area <= percent * pixels;
  };
  if (1000 * area < pixels) return 0.1;
  if (1000 * area < 5 * pixels) return 0.5;
  if (at_most(1)) return 1.0;
  if (at_most(5)) return 0.7;
  return 0.1;
}

double connectivity_score(int components) {
  if (components == 1) return 1.0;
  return components == 2 || components == 3 ? 0.5 : 0.0;
}

double color_score(const std::array<float, 3>& reference, const std::array<float, 3>& target, double sigma) {
  double square = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double difference = static_cast<double>(reference[i]) - static_cast<double>(target[i]);
    square += difference * difference;
  }
  return std::exp(-square / (2 * sigma * sigma));
}

double candidate_quality(const DefectFacts& reference, const DefectFacts& target, const Alg2Config& c) {
  return c.area_weight * area_score(reference.area, reference.pixels, c.bins) +
         c.connectivity_weight * connectivity_score(reference.components) +
         c.color_weight * color_score(reference.color, target.color, c.sigma);
}

std::vector<Candidate> best_candidates(const DefectFacts& target, const std::vector<DefectFacts>& facts,
                                       const std::vector<std::uint32_t>& candidates, std::size_t count,
                                       const Alg2Config& config) {
  std::vector<Candidate> out;
  out.reserve(candidates.size());
  for (const auto index : candidates) out.push_back({index, candidate_quality(facts[index], target, config)});
  const auto kept = std::min(count, out.size());
  std::partial_sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(kept), out.end(),
                    [](const Candidate& a, const Candidate& b) {
                      return a.quality != b.quality ? a.quality > b.quality : a.index < b.index;
                    });
  out.resize(kept);
  return out;
}

}  // namespace unidg::sft
