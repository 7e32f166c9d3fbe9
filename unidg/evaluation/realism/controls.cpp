#include "unidg/evaluation/realism/controls.h"

#include <map>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unidg/baselines/baselines.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/files_of.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;

std::vector<fs::path> good_pictures(const fs::path& real, const std::vector<DefectPicture>& generated) {
  for (const auto* place : {"train/good", "good", "test/good"}) {
    std::error_code ignored;
    if (!fs::is_directory(real / place, ignored)) continue;
    std::vector<fs::path> out;
    for (const auto& file : dataset::pictures_below(real / place)) out.push_back(file.path);
    if (!out.empty()) return out;
  }
  std::set<fs::path> scenes;
  for (const auto& defect : generated)
    if (defect.normal) scenes.insert(*defect.normal);
  return {scenes.begin(), scenes.end()};
}

std::vector<Region> perlin_regions(const std::vector<DefectPicture>& real, const std::vector<fs::path>& good,
                                   int side, std::uint64_t seed) {
  baselines::Config config;
  config.mask = "given";
  const auto draem = baselines::make("draem", config);
  std::vector<Region> out;
  for (std::size_t i = 0; i < real.size(); ++i) {
    Rng rng(seed, text("realism/perlin/", i));
    const auto& path = rng.pick(good);
    generation::Request request;
    const auto picture = load_image(path);
    cv::Mat mask;
    cv::resize(load_mask(real[i].picture.mask).pixels(), mask, {picture.width(), picture.height()}, 0, 0,
               cv::INTER_NEAREST);
    const auto scene = reduced({picture, Mask(mask)}, side);
    request.source = scene.image;
    request.mask = scene.mask;
    if (request.mask.is_empty()) continue;  // lost when it shrank
    request.seed = seed;
    request.id = std::to_string(i);
    out.push_back(cut_region({draem->generate(request).image, request.mask}, path.string()));
  }
  return out;
}

double real_against_real(const std::vector<Features>& real, const std::vector<std::string>& groups, int folds,
                         int rounds, std::uint64_t seed) {
  double sum = 0;
  for (int round = 0; round < rounds; ++round) {
    Rng rng(seed, text("realism/halves/", round));
    const std::set<std::string> distinct(groups.begin(), groups.end());
    std::vector<std::string> names(distinct.begin(), distinct.end());
    rng.shuffle(names);
    std::set<std::string> half(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(names.size() / 2));
    std::vector<bool> positive;
    for (const auto& group : groups) positive.push_back(half.contains(group));
    const auto fold_seed = seed + static_cast<std::uint64_t>(round) + 1;
    sum += balanced(cross_validated(real, positive, groups, folds, /*repeats=*/1, fold_seed), positive);
  }
  return sum / rounds;
}

}  // namespace unidg::evaluation
