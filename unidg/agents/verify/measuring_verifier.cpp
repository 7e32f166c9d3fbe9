#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/inpaint/leftover.h"
#include "unidg/agents/verify/fields.h"
#include "unidg/agents/verify/verifier.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace {

constexpr int kRim = 4;  // pixels around the mask that a normal picture may have changed as well

double ramp(double low, double high, double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); }

/// Is there a change, is it where the mask says and nowhere else, and does the region stand out in the
/// abnormal picture by itself?
double existence_score(const Change& change, const Standout& abnormal) {
  const double is_there = ramp(0.0, 0.04, change.coverage) * ramp(0.0, 0.02, change.emptiest_part);
  const double is_in_place = ramp(0.5, 0.9, change.precision);
  const double is_visible = abnormal.places == 0 ? 0.8 : 0.7 + 0.3 * ramp(0.5, 2.5, abnormal.most());
  return 5 * std::min(is_there, is_in_place) * is_visible;
}

/// Nothing of the defect is left, and the rest of the picture is that of the abnormal one.
double normality_of(const Change& change, const Standout& normal) {
  const double is_same_picture = 1 - ramp(0.02, 0.10, change.outside_share);
  return std::min(normality_score(normal), 5 * is_same_picture);
}

Json to_json(const std::vector<FieldCheck>& checks) {
  Json out = Json::array();
  for (const auto& c : checks)
    out.push_back(
        {{"field", c.field}, {"said", c.said}, {"measured", c.measured}, {"agreement", c.agreement}});
  return out;
}

}  // namespace

Verdict MeasuringVerifier::check(const Triplet& t, const Json& caption) {
  check_triplet(t);
  const auto change = find_change(t);
  const auto seed = stable_hash(t.id);
  cv::Mat rim;
  cv::dilate(t.mask.pixels(), rim, cv::Mat::ones(2 * kRim + 1, 2 * kRim + 1, CV_8UC1));
  const auto abnormal = stand_out(t.abnormal, t.mask, {}, seed);
  const auto normal = stand_out(t.normal, Mask(rim), {}, seed);
  const auto checks = check_fields(t, caption, change);

  Verdict out{name(), name(), std::nullopt, "", nullptr, ""};
  out.scores = {consistency_score(checks), existence_score(change, abnormal), normality_of(change, normal)};
  std::string contradicted;
  for (const auto& c : checks)
    if (c.agreement == 0)
      contradicted +=
          text(contradicted.empty() ? "" : "; ", c.field, " says ", c.said, ", measured ", c.measured);
  const auto percent = [](double share) { return text(std::round(1000 * share) / 10, " %"); };
  out.analysis =
      text("Consistency: ", checks.size(), " fields checked",
           contradicted.empty() ? "" : "; contradicted: ", contradicted,
           ". Defect Existence: ", percent(change.coverage), " of the mask changed, ",
           percent(change.precision), " of the change lies in it. Normality: ", percent(change.outside_share),
           " of the rest differs; the region stands out by ", std::round(10 * normal.most()) / 10,
           " times the usual.");
  const auto rounded = [](double v) { return std::round(v * 1e4) / 1e4; };
  out.evidence = {{"fields", to_json(checks)},
                  {"change",
                   {{"threshold", rounded(change.threshold)},
                    {"exact", change.is_exact},
                    {"precision", rounded(change.precision)},
                    {"coverage", rounded(change.coverage)},
                    {"emptiest_part", rounded(change.emptiest_part)},
                    {"outside_share", rounded(change.outside_share)}}},
                  {"abnormal", to_json(abnormal)},
                  {"normal", to_json(normal)}};
  return out;
}

}  // namespace unidg::agents
