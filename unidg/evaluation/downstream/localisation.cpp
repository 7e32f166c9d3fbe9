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
  c.network = "maps";
  c.head.hidden = 128;
  c.recipe = {
      .size = 128, .batch = 8, .epochs = 20, .epoch_samples = 240, .lr = 2e-3, .schedule = "one_cycle"};
  c.base_width = 8;
  c.input = "standardised";
  c.mask_share = 0.25;
  c.score_at = "truth";
  return c;
}

void fields(FieldVisitor& visit, LocalisationConfig& c) {
  visit("network", c.network, one_of({"unet", "maps"}),
        "a U-Net, or a head of every place on a frozen backbone's maps");
  visit.group("head", c.head);
  visit.group("recipe", c.recipe);
  visit("base_width", c.base_width, in(1, 1024), "channels of the U-Net's first stage");
  visit("good_share", c.good_share, in(0, 1), "probability of a good picture");
  visit("mask_share", c.mask_share, in(0, 1), "share of a cell above which it is defective in training");
  visit("focal_gamma", c.focal_gamma, in(0, 10), "exponent of the focal loss");
  visit("score_at", c.score_at, one_of({"map", "truth"}), "size at which maps are scored");
  visit("input", c.input, one_of({"plain", "standardised"}),
        "pixels in [0, 1], or each picture brought to mean 0 and deviation 1");
}

Localiser::Localiser(std::shared_ptr<Segmenter> net) : config_(net->config()), net_(std::move(net)) {}

Localiser::Localiser(std::shared_ptr<const DenseHead> head, LocalisationConfig config)
    : config_(std::move(config)), head_(std::move(head)) {
  config_.recipe.size = head_->grid();
}

std::vector<cv::Mat> Localiser::maps(const std::vector<cv::Mat>& images) const {
  if (images.empty()) return {};
  std::vector<cv::Mat> out;
  if (head_) {
    for (const auto& image : images)
      out.push_back(scored_map(head_->probabilities(image)[1], image.size(), config_));
    return out;
  }
  const auto probabilities = net_->probabilities(images);  // [B, 2, S, S]
  for (std::size_t i = 0; i < images.size(); ++i)
    out.push_back(scored_map(probabilities[static_cast<std::int64_t>(i)][1], images[i].size(), config_));
  return out;
}

cv::Mat Localiser::truth(const Sample& sample) const { return scored_truth(sample, config_); }

void Localiser::save(const std::filesystem::path& path) const {
  if (!net_)
    throw UsageError(path.string(),
                     ": a head on maps is not saved, since it is fitted again in seconds; use ",
                     "network=unet for weights that are kept");
  net_->save(path, report_);
}

Localiser Localiser::load(const std::filesystem::path& path) {
  Localiser out(std::make_shared<Segmenter>(Segmenter::load(path)));
  if (out.net_->classes() != kBinary)
    throw FormatError(path, ": the U-Net has ", out.net_->classes().size(),
                      " classes; expected background and defect");
  return out;
}

Localiser train_localiser(const TrainingSet& set, const LocalisationConfig& config,
                          const TrainingOptions& options, const TestSet* test, const Backbone& backbone) {
  require_valid(set, options.what);
  if (test) require_valid(*test, set.types.size(), options.what);
  if (learns_on_maps(config, backbone)) {
    const auto head = std::make_shared<DenseHead>(backbone, static_cast<std::int64_t>(kBinary.size()));
    head->add(set, std::vector<int>(set.types.size(), 1), config.head, options.seed);
    const auto report = head->fit(config.head, options.seed);
    Localiser out(head, config);
    out.report_ = report;
    if (!options.save.empty()) out.save(options.save);
    return out;
  }
  SegmentationSet prepared(config.recipe.size, config.mask_share);
  prepared.add(set, std::vector<int>(set.types.size(), 1));
  Localiser out(std::make_shared<Segmenter>(config, kBinary, options.seed));
  std::function<double()> test_score;
  if (test) test_score = [&] { return published_choice(evaluate_localiser(out, *test)); };
  out.report_ = out.net_->train(prepared, options, test_score);
  return out;
}

bool learns_on_maps(const LocalisationConfig& config, const Backbone& backbone) {
  return config.network == "maps" && backbone.maps;
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
