#include <cmath>

#include "unidg/agents/verify/verifier.h"

namespace unidg::agents {
namespace {

constexpr double kRounding = 1e-9;  // 4.1, 4.2 and 4.3 have the mean 4.2

double rank(const Judged& judged, const VerifyConfig& config) {
  return config.pick == "score" ? judged.verdict->scores->mean() : judged.candidate.confidence;
}

}  // namespace

void fields(FieldVisitor& visit, VerifyConfig& c) {
  visit("min_confidence", c.min_confidence, in(0, 1), "captions below are dropped before they are verified");
  visit("min_score", c.min_score, in(0, 5), "captions with a lower mean of the three scores are dropped");
  visit("pick", c.pick, one_of({"confidence", "score"}),
        "which of several that passed is kept: the highest ...");
}

Selection select(const Triplet& triplet, const std::vector<Candidate>& candidates, Verifier& verifier,
                 const VerifyConfig& config) {
  Selection out;
  bool is_any_unsure = false, is_any_inaccurate = false, is_any_unverified = false;
  for (const auto& candidate : candidates) {
    Judged judged{candidate, "", std::nullopt};
    if (!candidate.problem.empty() || candidate.caption.is_null()) {
      judged.outcome = "missing";
    } else if (candidate.confidence < config.min_confidence - kRounding) {
      judged.outcome = "unsure";
      is_any_unsure = true;
    } else {
      judged.verdict = verifier.check(triplet, candidate.caption);
      const auto& scores = judged.verdict->scores;
      judged.outcome = !scores                                         ? "missing"
                       : scores->mean() < config.min_score - kRounding ? "inaccurate"
                                                                       : "passed";
      is_any_unverified = is_any_unverified || !scores;
      is_any_inaccurate = is_any_inaccurate || judged.outcome == "inaccurate";
    }
    out.candidates.push_back(std::move(judged));
  }
  for (std::size_t i = 0; i < out.candidates.size(); ++i)
    if (out.candidates[i].outcome == "passed" &&
        (!out.kept || rank(out.candidates[i], config) > rank(out.candidates[*out.kept], config)))
      out.kept = i;
  if (out.kept)
    out.candidates[*out.kept].outcome = "kept";
  else
    out.reason = is_any_inaccurate   ? "inaccurate"
                 : is_any_unverified ? "unverified"
                 : is_any_unsure     ? "unsure"
                                     : "no-caption";
  return out;
}

Json to_json(const Verdict& v) {
  Json out = {{"asked", v.asked}, {"answered", v.answered}};
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  const std::array<double, 3> scores =
      v.scores ? std::array<double, 3>{v.scores->consistency, v.scores->existence, v.scores->normality}
               : std::array<double, 3>{};
  for (std::size_t k = 0; k < scores.size(); ++k)
    out[kVerifyCriteria[k]] = v.scores ? Json(rounded(scores[k])) : Json(nullptr);
  out["mean"] = v.scores ? Json(rounded(v.scores->mean())) : Json(nullptr);
  out["analysis"] = v.analysis;
  out["evidence"] = v.evidence;
  out["problem"] = v.problem;
  return out;
}

Json to_json(const Selection& s) {
  Json list = Json::array();
  for (const auto& judged : s.candidates) {
    Json entry = to_json(judged.candidate);
    entry["outcome"] = judged.outcome;
    entry["verdict"] = judged.verdict ? to_json(*judged.verdict) : Json(nullptr);
    list.push_back(entry);
  }
  return {{"kept", s.kept ? Json(*s.kept) : Json(nullptr)}, {"reason", s.reason}, {"candidates", list}};
}

}  // namespace unidg::agents
