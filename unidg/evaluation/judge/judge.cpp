#include "unidg/evaluation/judge/judge.h"

#include <limits>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unidg/chat/pace.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::evaluation {

extern const char* const kDefectUndPrompt;  // prompts/defect_und.txt

const char* defect_und_prompt() { return kDefectUndPrompt; }

namespace {

constexpr std::array<const char*, 4> kAnswerKeys = {"Reference Adherence", "Consistency", "Reasonability",
                                                    "Overall Quality"};

Json answer_schema() {
  const Json score = {{"type", "number"}, {"minimum", 0}, {"maximum", 5}};
  const Json in_list = {{"type", "array"}, {"items", score}, {"minItems", 1}, {"maxItems", 1}};
  Json properties = {{"Analysis", {{"type", "string"}}}};
  Json required = {"Analysis"};
  for (const auto* key : kAnswerKeys) {
    properties[key] = {{"anyOf", {score, in_list}}};
    required.push_back(key);
  }
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

void add_picture(chat::Question& question, const char* name, const Image& image, const Mask& mask,
                 int longest_side) {
  const double factor = static_cast<double>(longest_side) / std::max(image.width(), image.height());
  cv::Mat pixels = image.rgb8(), region = mask.pixels();
  if (factor < 1) {
    cv::resize(pixels, pixels, {}, factor, factor, cv::INTER_AREA);
    cv::resize(region, region, pixels.size(), 0, 0, cv::INTER_AREA);
    region = region > 0;  // thin defects stay
  }
  question.parts.push_back(chat::Part::text(text(name, " Image:")));
  question.parts.push_back(chat::Part::picture(Image(pixels)));
  question.parts.push_back(chat::Part::text(text(name, " Mask:")));
  question.parts.push_back(chat::Part::picture(Mask(region)));
}

MaskedImage load(const std::filesystem::path& image, const std::filesystem::path& mask) {
  MaskedImage out{load_image(image), load_mask(mask)};
  if (out.image.width() != out.mask.width() || out.image.height() != out.mask.height())
    throw InputError(mask.string(), ": the mask is ", out.mask.width(), "x", out.mask.height(),
                     " but its picture ", image.string(), " is ", out.image.width(), "x", out.image.height());
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, JudgeConfig& c) {
  visit("prompt", c.prompt, any(), "file with another prompt; empty: the paper's Fig. 12");
  visit("longest_side", c.longest_side, in(64, 8192),
        "pixels; larger pictures are scaled down for the judge");
  visit("count", c.count, in(0, 1e9), "pairs to judge, spread evenly over the set; 0 all");
}

chat::Question judge_question(const EditedPair& pair, const std::string& prompt, int longest_side) {
  chat::Question question{prompt, {}, answer_schema(), "defect_transfer_scores"};
  const auto reference = load(pair.reference, pair.reference_mask),
             target = load(pair.target, pair.target_mask);
  add_picture(question, "Reference", reference.image, reference.mask, longest_side);
  add_picture(question, "Target", target.image, target.mask, longest_side);
  if (!pair.scenario.empty()) question.parts.push_back(chat::Part::text("Scenario: " + pair.scenario));
  return question;
}

JudgeScores read_scores(const Json& answer) {
  JudgeScores scores{};
  for (std::size_t k = 0; k < kAnswerKeys.size(); ++k) {
    const auto& value = answer.at(kAnswerKeys[k]);
    scores[k] = (value.is_array() ? value.at(0) : value).get<double>();
  }
  return scores;
}

std::vector<Verdict> judge(chat::ChatModel& model, const std::vector<EditedPair>& pairs,
                           const JudgeConfig& config, const std::function<void(const Verdict&)>& on_verdict) {
  const std::string prompt = config.prompt.empty() ? defect_und_prompt() : read_file(config.prompt, 1 << 20);
  std::vector<Verdict> verdicts(pairs.size());
  std::mutex mutex;
  chat::for_each_concurrently(pairs.size(), static_cast<int>(config.concurrency), [&](std::size_t i) {
    auto& verdict = verdicts[i];
    verdict.pair = pairs[i].id, verdict.asked = model.name();
    try {
      const auto answer = model.ask(judge_question(pairs[i], prompt, static_cast<int>(config.longest_side)));
      verdict.answered = answer.model;
      verdict.scores = read_scores(answer.json);
      verdict.analysis = answer.json.at("Analysis").get<std::string>();
    } catch (const ServiceError& error) {
      verdict.problem = error.what();
    }
    const std::lock_guard lock(mutex);
    if (on_verdict) on_verdict(verdict);
  });
  return verdicts;
}

Json to_json(const Verdict& v) {
  Json out = {{"pair", v.pair}, {"asked", v.asked}, {"answered", v.answered}};
  for (std::size_t k = 0; k < kCriteria.size(); ++k)
    out[kCriteria[k]] = v.scores ? Json((*v.scores)[k]) : Json(nullptr);
  out["analysis"] = v.analysis;
  out["problem"] = v.problem;
  return out;
}

JudgeSummary summarise(const std::vector<Verdict>& verdicts) {
  JudgeSummary out;
  std::set<std::string> answered;
  for (const auto& verdict : verdicts) {
    out.asked = verdict.asked;
    if (!verdict.scores) {
      ++out.missing;
      continue;
    }
    ++out.scored;
    answered.insert(verdict.answered);
    for (std::size_t k = 0; k < out.mean.size(); ++k) out.mean[k] += (*verdict.scores)[k];
  }
  out.answered.assign(answered.begin(), answered.end());
  for (auto& mean : out.mean)
    mean = out.scored > 0 ? mean / static_cast<double>(out.scored) : std::numeric_limits<double>::quiet_NaN();
  return out;
}

Json to_json(const JudgeSummary& s) {
  Json out = {{"asked", s.asked}, {"answered", s.answered}, {"scored", s.scored}, {"missing", s.missing}};
  for (std::size_t k = 0; k < kCriteria.size(); ++k)
    out[kCriteria[k]] = s.scored > 0 ? Json(s.mean[k]) : Json(nullptr);
  return out;
}

}  // namespace unidg::evaluation
