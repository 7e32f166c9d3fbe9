#include <algorithm>

#include "unidg/evaluation/protocol/cells.h"

namespace unidg::evaluation {
namespace {

constexpr int kCurvePoints = 101;
constexpr std::size_t kWorst = 4;  ///< missed defects, and as many false alarms

Json curve(const std::vector<CurvePoint>& points, bool is_roc) {
  auto out = Json::array();
  for (const auto& point : points)
    out.push_back(is_roc ? Json({point.false_positive_rate, point.recall})
                         : Json({point.recall, point.precision}));
  return out;
}

}  // namespace

DetectionSheet::DetectionSheet(const RunConfig& config, const ProductData& data, bool other_half)
    : config_(config),
      data_(data),
      all_(config.metrics),
      other_half_(config.metrics),
      has_other_half_(other_half) {
  for (std::size_t i = 0; i < data.types.size(); ++i) by_type_.emplace_back(config.metrics);
}

void DetectionSheet::add(std::size_t index, const cv::Mat& map, const cv::Mat& truth) {
  const auto& sample = data_.test.samples[index];
  all_.add(map, truth, sample.name);
  if (has_other_half_ && data_.is_other_half[index]) other_half_.add(map, truth, sample.name);
  for (std::size_t type = 0; type < by_type_.size(); ++type)
    if (sample.label < 0 || sample.label == static_cast<int>(type))
      by_type_[type].add(map, truth, sample.name);
  image_scores_.emplace_back(image_score(map, config_.metrics.image_score), index);
}

Draws DetectionSheet::draws(std::uint64_t seed) const {
  return config_.bootstrap > 0 ? all_.draws(static_cast<int>(config_.bootstrap), seed) : Draws{};
}

Json DetectionSheet::fields() const {
  Json out = {{"scores", to_json(all_.result())}};
  for (std::size_t type = 0; type < by_type_.size(); ++type) {
    const auto abnormal = by_type_[type].is_abnormal();
    const auto count = std::count(abnormal.begin(), abnormal.end(), true);
    if (count == 0) continue;
    auto scores = Json({{"n", count}});
    scores.update(to_json(by_type_[type].result()));
    out["per_type"][data_.types[type]] = std::move(scores);
  }
  if (has_other_half_) out["other_half"] = to_json(other_half_.result());
  out["curves"] = {{"roc_pixel", curve(all_.curve_pixel(kCurvePoints), true)},
                   {"pr_pixel", curve(all_.curve_pixel(kCurvePoints), false)},
                   {"roc_image", curve(all_.curve_image(kCurvePoints), true)},
                   {"pr_image", curve(all_.curve_image(kCurvePoints), false)}};

  auto ordered = image_scores_;
  std::sort(ordered.begin(), ordered.end());
  auto worst = Json::array();
  const auto note = [&](const std::pair<double, std::size_t>& one, bool is_good) {
    const auto label = data_.test.samples[one.second].label;
    worst.push_back({{"image", data_.test_keys[one.second]},
                     {"type", is_good ? "good" : data_.types[static_cast<std::size_t>(label)]},
                     {"score", one.first},
                     {"why", is_good ? "false alarm" : "missed"}});
  };
  const auto is_good = [&](const auto& one) { return data_.test.samples[one.second].label < 0; };
  std::size_t missed = 0, alarms = 0;
  for (auto one = ordered.begin(); one != ordered.end() && missed < kWorst; ++one)
    if (!is_good(*one)) note(*one, false), ++missed;
  for (auto one = ordered.rbegin(); one != ordered.rend() && alarms < kWorst; ++one)
    if (is_good(*one)) note(*one, true), ++alarms;
  out["worst"] = std::move(worst);
  const auto abnormal = all_.is_abnormal();
  const auto defects = std::count(abnormal.begin(), abnormal.end(), true);
  out["test"] = {{"good", static_cast<std::int64_t>(abnormal.size()) - defects}, {"abnormal", defects}};
  return out;
}

}  // namespace unidg::evaluation
