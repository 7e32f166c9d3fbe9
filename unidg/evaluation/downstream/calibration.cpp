#include "unidg/evaluation/downstream/calibration.h"

#include <algorithm>

namespace unidg::evaluation {
namespace {

DetectionScorer scorer_of(const JudgedMaps& judged, const MetricConfig& metric, const std::string& side) {
  if (judged.maps.size() != judged.truths.size())
    throw InputError("calibration test: ", judged.maps.size(), " maps but ", judged.truths.size(),
                     " truths of the ", side, " pictures");
  DetectionScorer scorer(metric);
  for (std::size_t i = 0; i < judged.maps.size(); ++i)
    scorer.add(judged.maps[i], judged.truths[i], side + " picture " + std::to_string(i));
  const auto abnormal = scorer.is_abnormal();
  const auto defects = std::count(abnormal.begin(), abnormal.end(), true);
  if (defects == 0 || defects == static_cast<std::ptrdiff_t>(abnormal.size()))
    throw InputError("calibration test: the ", side, " pictures hold ", defects, " defective ones of ",
                     abnormal.size(), "; a threshold needs defective and good ones");
  return scorer;
}

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

CalibrationScores calibrate(const JudgedMaps& generated, const JudgedMaps& real, const MetricConfig& metric) {
  const auto learns = scorer_of(generated, metric, "generated");
  const auto judges = scorer_of(real, metric, "real");
  CalibrationScores out;
  out.learned = learns.best_thresholds();
  out.real = judges.f1_at(out.learned);
  out.ceiling = judges.f1_at(judges.best_thresholds());
  return out;
}

Json to_json(const CalibrationScores& s) {
  return {{"threshold_image", s.learned.image},          {"threshold_pixel", s.learned.pixel},
          {"f1_image", number(s.real.f1_image)},         {"f1_pixel", number(s.real.f1_pixel)},
          {"ceiling_image", number(s.ceiling.f1_image)}, {"ceiling_pixel", number(s.ceiling.f1_pixel)}};
}

}  // namespace unidg::evaluation
