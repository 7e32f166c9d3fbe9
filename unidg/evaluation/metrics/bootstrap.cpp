#include <algorithm>
#include <cmath>

#include "unidg/core/rng.h"
#include "unidg/evaluation/metrics/detection_state.h"
#include "unidg/evaluation/metrics/draws.h"
#include "unidg/evaluation/metrics/ranking.h"

namespace unidg::evaluation {
namespace {

constexpr std::size_t kClasses = 4096;  ///< of defect scores, and of normal scores

/// Lowest keys of score classes that hold about equally many defect pixels, or equally many normal ones.
std::vector<std::uint32_t> class_edges(const SortedPixels& pixels) {
  std::vector<std::uint32_t> edges;
  for (std::size_t i = 0; i < kClasses; ++i) {
    if (!pixels.marked.empty())
      edges.push_back(MarkedPixel::key(pixels.marked[i * pixels.marked.size() / kClasses]));
    if (!pixels.normals.empty()) edges.push_back(pixels.normals[i * pixels.normals.size() / kClasses]);
  }
  std::ranges::sort(edges);
  const auto doubles = std::ranges::unique(edges);
  edges.erase(doubles.begin(), doubles.end());
  return edges;
}

/// What one image contributes to every class of scores.
struct ImageClasses {
  std::vector<float> normals;                             ///< pixels, by class
  std::vector<std::pair<std::size_t, SweepStep>> marked;  ///< classes that hold defect pixels
  SweepTotals totals;
};

ImageClasses classes_of(const DetectionScorer::State& state, std::size_t image,
                        const std::vector<std::uint32_t>& edges) {
  const auto class_of = [&](std::uint32_t key) {
    return static_cast<std::size_t>(std::ranges::upper_bound(edges, key) - edges.begin()) - 1;
  };
  ImageClasses out;
  out.normals.assign(edges.size(), 0);
  for (const auto key : state.normals[image]) ++out.normals[class_of(key)];
  std::vector<SweepStep> marked(edges.size());
  for (const auto packed : state.marked[image])
    marked[class_of(MarkedPixel::key(packed))] += state.joined(packed);
  SweepStep sum;
  for (std::size_t c = 0; c < marked.size(); ++c)
    if (marked[c].overlap > 0) {
      out.marked.emplace_back(c, marked[c]);
      sum += marked[c];
    }
  const auto normals = static_cast<double>(state.normals[image].size());
  out.totals = {.positives = sum.positives,
                .negatives = sum.negatives + normals,
                .components = static_cast<double>(state.components[image]),
                .normals = normals};
  return out;
}

/// Pixel scores when image i counts `times[i]` times.
ThresholdSweep weighted_sweep(const std::vector<ImageClasses>& images, const std::vector<int>& times,
                              double pro_limit) {
  std::vector<SweepStep> steps(images.empty() ? 0 : images[0].normals.size());
  std::vector<float> normals(steps.size(), 0);
  SweepTotals totals;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto n = static_cast<double>(times[i]);
    if (times[i] == 0) continue;
    for (std::size_t c = 0; c < normals.size(); ++c)
      normals[c] += static_cast<float>(times[i]) * images[i].normals[c];
    for (const auto& [c, step] : images[i].marked)
      steps[c] += {n * step.positives, n * step.negatives, n * step.overlap, 0};
    totals.positives += n * images[i].totals.positives;
    totals.negatives += n * images[i].totals.negatives;
    totals.components += n * images[i].totals.components;
    totals.normals += n * images[i].totals.normals;
  }
  ThresholdSweep sweep(totals, pro_limit);
  for (std::size_t c = steps.size(); c-- > 0;) {
    steps[c].negatives += normals[c];
    steps[c].normals = normals[c];
    if (steps[c].positives + steps[c].negatives > 0) sweep.step(steps[c]);
  }
  return sweep;
}

}  // namespace

Draws DetectionScorer::draws(int rounds, std::uint64_t seed) const {
  const auto count = images();
  const auto edges = class_edges(SortedPixels(*state_));
  std::vector<ImageClasses> classes(count);
  cv::parallel_for_(cv::Range(0, static_cast<int>(count)), [&](const cv::Range& range) {
    for (auto i = static_cast<std::size_t>(range.start); i < static_cast<std::size_t>(range.end); ++i)
      classes[i] = classes_of(*state_, i, edges);
  });

  Draws out;
  for (int round = 0; round < rounds && count > 0; ++round) {
    Rng rng(seed, static_cast<std::uint64_t>(round));
    std::vector<int> times(count, 0);
    std::vector<double> scores(count);
    std::vector<bool> abnormal(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto drawn = static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(count)));
      ++times[drawn];
      scores[i] = state_->image_scores[drawn];
      abnormal[i] = state_->abnormal[drawn];
    }
    const auto image = rank(scores, abnormal);
    const auto pixel = weighted_sweep(classes, times, state_->config.pro_limit);
    const DetectionScores drawn{image.auroc, image.ap,   image.f1,   pixel.auroc(),
                                pixel.ap(),  pixel.f1(), pixel.pro()};
    for (const auto& [name, value] : named(drawn)) out[name].push_back(value.value_or(std::nan("")));
  }
  return out;
}

std::map<std::string, Interval> DetectionScorer::bootstrap(int rounds, std::uint64_t seed) const {
  return intervals_of(draws(rounds, seed), state_->config.confidence);
}

}  // namespace unidg::evaluation
