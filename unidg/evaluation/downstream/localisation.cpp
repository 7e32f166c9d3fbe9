#include "unidg/evaluation/downstream/localisation.h"

#include "unidg/evaluation/downstream/segmenter.h"

namespace unidg::evaluation {
namespace {

const std::vector<std::string> kBinary = {"background", "defect"};

/// What picks an epoch in published code: the sum of four scores on the test set (docs/evaluation.md,
/// Protocol, row 1).
double published_choice(const DetectionScores& s) {
  return s.auroc_image.value_or(0) + s.auroc_pixel.value_or(0) + s.ap_pixel.value_or(0) + s.pro.value_or(0);
}

}  // namespace

LocalisationConfig LocalisationConfig::cpu() {
  LocalisationConfig c;
  c.recipe = {
      .size = 128, .batch = 8, .epochs = 20, .epoch_samples = 240, .lr = 2e-3, .schedule = "one_cycle"};
  c.base_width = 8;
  c.input = "standardised";
  c.mask_share = 0.25;
  c.score_at = "truth";
  return c;
}

void fields(FieldVisitor& visit, LocalisationConfig& c) {
  visit.group("recipe", c.recipe);
  visit("base_width", c.base_width, in(1, 1024), "channels of the U-Net's first stage");
  visit("good_share", c.good_share, in(0, 1), "probability of a good picture");
  visit("mask_share", c.mask_share, in(0, 1), "share of a cell above which it is defective in training");
  visit("focal_gamma", c.focal_gamma, in(0, 10), "exponent of the focal loss");
  visit("score_at", c.score_at, one_of({"map", "truth"}), "size at which maps are scored");
  visit("input", c.input, one_of({"plain", "standardised"}),
        "pixels in [0, 1], or each picture brought to mean 0 and deviation 1");
}

std::vector<cv::Mat> Localiser::maps(const std::vector<cv::Mat>& images) const {
  if (images.empty()) return {};
  const auto probabilities = net_->probabilities(images);  // [B, 2, S, S]
  std::vector<cv::Mat> out;
  for (std::size_t i = 0; i < images.size(); ++i)
    out.push_back(
        scored_map(probabilities[static_cast<std::int64_t>(i)][1], images[i].size(), net_->config()));
  return out;
}

cv::Mat Localiser::truth(const Sample& sample) const { return scored_truth(sample, net_->config()); }

void Localiser::save(const std::filesystem::path& path) const { net_->save(path, report_); }

Localiser Localiser::load(const std::filesystem::path& path) {
  Localiser out(std::make_shared<Segmenter>(Segmenter::load(path)));
  if (out.net_->classes() != kBinary)
    throw FormatError(path, ": the U-Net has ", out.net_->classes().size(),
                      " classes; expected background and defect");
  return out;
}

Localiser train_localiser(const TrainingSet& set, const LocalisationConfig& config,
                          const TrainingOptions& options, const TestSet* test) {
  require_valid(set, options.what);
  if (test) require_valid(*test, set.types.size(), options.what);
  SegmentationSet prepared(config.recipe.size, config.mask_share);
  prepared.add(set, std::vector<int>(set.types.size(), 1));
  Localiser out(std::make_shared<Segmenter>(config, kBinary, options.seed));
  std::function<double()> test_score;
  if (test) test_score = [&] { return published_choice(evaluate_localiser(out, *test)); };
  out.report_ = out.net_->train(prepared, options, test_score);
  return out;
}

Localiser untrained_localiser(const LocalisationConfig& config, std::uint64_t seed) {
  return Localiser(std::make_shared<Segmenter>(config, kBinary, seed));
}

DetectionScorer score_localiser(const Localiser& localiser, const TestSet& test, const MetricConfig& metric) {
  DetectionScorer scorer(metric);
  constexpr std::size_t kAtOnce = 16;
  for (std::size_t begin = 0; begin < test.samples.size(); begin += kAtOnce) {
    std::vector<cv::Mat> images;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, test.samples.size()); ++i)
      images.push_back(test.samples[i].image);
    const auto maps = localiser.maps(images);
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const auto& sample = test.samples[begin + i];
      scorer.add(maps[i], localiser.truth(sample), sample.name);
    }
  }
  return scorer;
}

DetectionScores evaluate_localiser(const Localiser& localiser, const TestSet& test) {
  return score_localiser(localiser, test).result();
}

}  // namespace unidg::evaluation
