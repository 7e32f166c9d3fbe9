#include "unidg/evaluation/realism/reference_test.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/evaluation/realism/features.h"

namespace unidg::evaluation {
namespace {

/// Each feature minus its mean, in units of its spread over these samples.
void standardise(std::vector<Features>& samples) {
  const auto n = static_cast<double>(samples.size());
  for (std::size_t f = 0; f < samples.at(0).size(); ++f) {
    double mean = 0, square = 0;
    for (const auto& sample : samples) mean += sample[f] / n;
    for (const auto& sample : samples) square += (sample[f] - mean) * (sample[f] - mean) / n;
    for (auto& sample : samples)
      sample[f] = std::clamp((sample[f] - mean) / (std::sqrt(square) + 1e-6), -4.0, 4.0);
  }
}

double distance(const Features& a, const Features& b) {
  double square = 0;
  for (std::size_t i = 0; i < a.size(); ++i) square += (a[i] - b[i]) * (a[i] - b[i]);
  return square;
}

}  // namespace

std::optional<ReferenceAnswers> tell_references(const std::vector<DefectPicture>& generated, int candidates,
                                                int side, std::uint64_t seed) {
  // References by content: a folder may hold several copies of one.
  std::map<std::string, std::size_t> index_of;
  std::vector<Features> painted, references;
  std::vector<std::size_t> used;
  ReferenceAnswers out;
  const auto inside = [side](const dataset::Reference& picture) {
    return inside_features(cut_region(reduced(dataset::load_reference(picture), side), ""));
  };
  for (const auto& defect : generated) {
    if (!defect.reference) continue;
    const auto key = sha256_hex(read_file(defect.reference->image) + read_file(defect.reference->mask));
    const auto [at, is_new] = index_of.emplace(key, references.size());
    if (is_new) references.push_back(inside(*defect.reference));
    painted.push_back(inside(defect.picture));
    used.push_back(at->second);
    out.groups.push_back(key);
  }
  if (references.size() < 2) return std::nullopt;
  out.candidates = std::min(candidates, static_cast<int>(references.size()));
  standardise(painted);
  standardise(references);

  for (std::size_t i = 0; i < painted.size(); ++i) {
    std::vector<std::size_t> others;
    for (std::size_t r = 0; r < references.size(); ++r)
      if (r != used[i]) others.push_back(r);
    Rng rng(seed, text("realism/reference/", i));
    rng.shuffle(others);
    others.resize(static_cast<std::size_t>(out.candidates - 1));
    const double own = distance(painted[i], references[used[i]]);
    out.right.push_back(std::ranges::all_of(
        others, [&](std::size_t r) { return own < distance(painted[i], references[r]); }));
  }
  return out;
}

}  // namespace unidg::evaluation
