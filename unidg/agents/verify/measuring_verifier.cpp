#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/inpaint/leftover.h"
#include "unidg/agents/verify/fields.h"
#include "unidg/agents/verify/verifier.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace {

constexpr double kUniquePlace = 3.5;  // of a normal place that stands out by itself
constexpr double kHardly = 0.12;      // share of a mask
constexpr int kRim = 4;               // pixels around the mask that a normal picture may have changed as well

double ramp(double low, double high, double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); }

/// Is there a change, is it where the mask says and nowhere else, and does the region stand out in the
/// abnormal picture by itself? A clean place that was inpainted has changed as well.
double existence_score(const Change& change, const Standout& abnormal) {
  const double is_there = ramp(0.0, 0.04, change.coverage) * ramp(0.0, 0.02, change.emptiest_part);
  const double is_in_place = ramp(0.5, 0.9, change.precision);
  const double is_visible = abnormal.places == 0 ? 0.8 : 0.45 + 0.55 * ramp(1.0, 2.5, abnormal.most());
  return 5 * std::min(is_there, is_in_place) * is_visible;
}

/// The part of the mask where the two pictures are the same; empty where that is hardly anything.
Mask unchanged_part(const Change& change, const Mask& mask) {
  cv::Mat out = mask.pixels() & (change.where == 0);
  const int side = change.is_exact ? 3 : 7;  // along displaced edges thin strips are equal by chance
  cv::morphologyEx(out, out, cv::MORPH_OPEN, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
  return cv::countNonZero(out) < std::max(12.0, kHardly * mask.area()) ? Mask(mask.width(), mask.height())
                                                                       : Mask(out);
}

/// What changed should look like the rest. A place that is unlike any other (a bore, a pad) stands out by
/// itself, in the abnormal picture as well; only what stands out more than there is a trace of painting.
double changed_score(const Standout& normal, const Standout& abnormal) {
  const auto trace = [](double ours, double theirs) {
    return ours > 1.25 * std::max(theirs, 4.0) ? ours : 0;
  };
  const Standout traces{trace(normal.novelty, abnormal.novelty), trace(normal.tone, abnormal.tone),
                        trace(normal.sharpness, abnormal.sharpness), trace(normal.seam, abnormal.seam),
                        normal.places};
  return std::min(normality_score(traces, 4, 2), std::max(normality_score(normal, 4, 2), kUniquePlace));
}

/// Nothing of the defect is left where nothing changed, what changed looks like the rest, and the rest is
/// that of the abnormal picture.
double normality_of(const Change& change, const Standout& normal, const Standout& abnormal,
                    const Standout& unchanged) {
  const double is_same_picture =
      std::min(1 - ramp(0.02, 0.10, change.outside_share), ramp(0.1, 0.3, change.same_detail));
  return std::min({changed_score(normal, abnormal),
                   unchanged.places > 0 ? normality_score(unchanged, 2, 0.7) : 5.0, 5 * is_same_picture});
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
  const auto normal = stand_out(change.normal, Mask(rim), {}, seed);
  const auto rest = unchanged_part(change, t.mask);
  const auto unchanged = rest.is_empty() ? Standout{} : stand_out(change.normal, rest, t.mask, seed);
  const auto checks = check_fields(t, caption, change);

  Verdict out{name(), name(), std::nullopt, "", nullptr, ""};
  out.scores = {consistency_score(checks), existence_score(change, abnormal),
                normality_of(change, normal, abnormal, unchanged)};
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
           " of the rest differs; the region stands out by ",
           std::round(10 * std::max(normal.most(), unchanged.most())) / 10, " times the usual.");
  const auto rounded = [](double v) { return std::round(v * 1e4) / 1e4; };
  out.evidence = {{"fields", to_json(checks)},
                  {"change",
                   {{"threshold", rounded(change.threshold)},
                    {"exact", change.is_exact},
                    {"precision", rounded(change.precision)},
                    {"coverage", rounded(change.coverage)},
                    {"emptiest_part", rounded(change.emptiest_part)},
                    {"outside_share", rounded(change.outside_share)},
                    {"same_detail", rounded(change.same_detail)}}},
                  {"abnormal", to_json(abnormal)},
                  {"normal", to_json(normal)},
                  {"unchanged", to_json(unchanged)}};
  return out;
}

}  // namespace unidg::agents
