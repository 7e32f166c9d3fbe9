#include "unidg/evaluation/metrics/detection.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/evaluation/metrics/detection_state.h"
#include "unidg/evaluation/metrics/ranking.h"

namespace unidg::evaluation {
namespace {

void check(const cv::Mat& score, const cv::Mat& truth, const std::string& name) {
  if (score.type() != CV_32FC1 || score.empty())
    throw InputError(name, ": a score map is one 32-bit float a pixel and not empty");
  if (!truth.empty() && truth.type() != CV_8UC1)
    throw InputError(name, ": the truth of a map is one byte a pixel");
  if (!truth.empty() && truth.size() != score.size())
    throw InputError(name, ": the map is ", score.cols, "x", score.rows, " but its truth is ", truth.cols,
                     "x", truth.rows, "; scale the map to the size of the truth");
  cv::Point at;
  if (!cv::checkRange(score, true, &at))
    throw InputError(name, ": the score at x ", at.x, ", y ", at.y, " is ", score.at<float>(at),
                     "; every score must be a finite number");
}

/// Defect components of a truth. docs/choices.md 67: published code counts every non-zero pixel in PRO, but
/// only 255 in AUROC and AP.
struct Components {
  cv::Mat labels;  ///< CV_32SC1, 0 outside
  std::vector<double> pixels;
  int positive_from;  ///< smallest truth value that is a positive of ROC and precision-recall
};

Components components_of(const cv::Mat& truth, const std::string& rule) {
  Components out;
  out.positive_from = rule == "published" ? 255 : 128;
  const int marked_from = rule == "published" ? 1 : 128;
  const int count = cv::connectedComponents(truth >= marked_from, out.labels, /*connectivity=*/8, CV_32S) - 1;
  out.pixels.assign(static_cast<std::size_t>(count), 0);
  for (int y = 0; y < truth.rows; ++y)
    for (int x = 0; x < truth.cols; ++x)
      if (const int label = out.labels.at<int>(y, x); label > 0)
        ++out.pixels[static_cast<std::size_t>(label - 1)];
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, MetricConfig& c) {
  visit("image_score", c.image_score, one_of({"pool21", "max"}),
        "image score: largest 21 x 21 mean, or largest value");
  visit("gt", c.gt, one_of({"half", "published"}), "truth counts above half, or as in published code");
  visit("pro", c.pro, one_of({"exact", "100"}),
        "thresholds of PRO: every score, or 100 as in the MVTec 3D-AD code");
  visit("pro_limit", c.pro_limit, in(1e-6, 1.0), "largest false positive rate of PRO");
  visit("confidence", c.confidence, in(0.01, 0.9999), "of bootstrap intervals");
}

DetectionScorer::DetectionScorer(MetricConfig config) : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
}
DetectionScorer::~DetectionScorer() = default;
DetectionScorer::DetectionScorer(DetectionScorer&&) noexcept = default;
DetectionScorer& DetectionScorer::operator=(DetectionScorer&&) noexcept = default;

void DetectionScorer::add(const cv::Mat& score, const cv::Mat& truth, const std::string& name) {
  check(score, truth, name);
  auto& state = *state_;
  const auto components = truth.empty() ? Components{} : components_of(truth, state.config.gt);
  const auto first = static_cast<std::uint32_t>(state.component_weight.size());
  std::size_t defect_pixels = 0;
  for (const double pixels : components.pixels) {
    state.component_weight.push_back(1 / pixels);
    defect_pixels += static_cast<std::size_t>(pixels);
  }

  std::vector<std::uint64_t> marked;
  std::vector<std::uint32_t> normals(score.total() - defect_pixels);
  marked.reserve(defect_pixels);
  auto* normal = normals.data();
  for (int y = 0; y < score.rows; ++y) {
    const auto* scores = score.ptr<float>(y);
    if (defect_pixels == 0) {
      for (int x = 0; x < score.cols; ++x) *normal++ = score_key(scores[x]);
      continue;
    }
    const auto* labels = components.labels.ptr<int>(y);
    const auto* truths = truth.ptr<std::uint8_t>(y);
    for (int x = 0; x < score.cols; ++x) {
      if (labels[x] == 0)
        *normal++ = score_key(scores[x]);
      else
        marked.push_back(MarkedPixel::pack(score_key(scores[x]),
                                           first + static_cast<std::uint32_t>(labels[x] - 1),
                                           truths[x] >= components.positive_from));
    }
  }
  state.abnormal.push_back(!marked.empty());
  state.image_scores.push_back(image_score(score, state.config.image_score));
  state.components.push_back(static_cast<int>(components.pixels.size()));
  state.marked.push_back(std::move(marked));
  state.normals.push_back(std::move(normals));
}

DetectionScores DetectionScorer::result() const {
  const auto image = rank(state_->image_scores, state_->abnormal);
  const SortedPixels pixels(*state_);
  ThresholdSweep sweep(pixels.totals(), state_->config.pro_limit);
  pixels.descend([&](std::uint32_t, const SweepStep& step) { sweep.step(step); });
  return {.auroc_image = image.auroc,
          .ap_image = image.ap,
          .f1_image = image.f1,
          .auroc_pixel = sweep.auroc(),
          .ap_pixel = sweep.ap(),
          .f1_pixel = sweep.f1(),
          .pro = state_->config.pro == "exact" ? sweep.pro()
                                               : pro_of_100_thresholds(pixels, state_->config.pro_limit)};
}

std::size_t DetectionScorer::images() const { return state_->image_scores.size(); }
std::vector<double> DetectionScorer::image_scores() const { return state_->image_scores; }
std::vector<bool> DetectionScorer::is_abnormal() const { return state_->abnormal; }

Json to_json(const DetectionScores& scores) {
  Json out = Json::object();
  for (const auto& [name, value] : named(scores)) out[name] = value ? Json(*value) : Json(nullptr);
  return out;
}

std::vector<std::pair<std::string, std::optional<double>>> named(const DetectionScores& s) {
  return {{"auroc_image", s.auroc_image},
          {"ap_image", s.ap_image},
          {"f1_image", s.f1_image},
          {"auroc_pixel", s.auroc_pixel},
          {"ap_pixel", s.ap_pixel},
          {"f1_pixel", s.f1_pixel},
          {"pro", s.pro}};
}

}  // namespace unidg::evaluation
