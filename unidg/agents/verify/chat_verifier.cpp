#include "unidg/agents/caption/pictures.h"
#include "unidg/agents/verify/verifier.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::agents {

extern const char* const kVerifierPrompt;  // prompts/verifier.txt

const char* verifier_prompt() { return kVerifierPrompt; }

namespace {

Json answer_schema() {
  const Json score = {{"type", "number"}, {"minimum", 0}, {"maximum", 5}};
  const Json in_list = {{"type", "array"}, {"items", score}, {"minItems", 1}, {"maxItems", 1}};
  Json properties = {{"Analysis", {{"type", "string"}}}}, required = {"Analysis"};
  for (const auto* key : kVerifyCriteria) {
    properties[key] = {{"anyOf", {score, in_list}}};
    required.push_back(key);
  }
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

}  // namespace

void fields(FieldVisitor& visit, ChatVerifyConfig& c) {
  visit("prompt", c.prompt, any(), "file with another prompt; empty: the paper's Fig. 8");
  visit("longest_side", c.longest_side, in(64, 8192),
        "pixels; larger pictures are scaled down for the model");
}

chat::Question verify_question(const Triplet& t, const Json& caption, const std::string& prompt,
                               int longest_side) {
  check_triplet(t);
  chat::Question question{prompt, {}, answer_schema(), "quadruplet_scores"};
  const auto add = [&](const char* name, chat::Part picture) {
    question.parts.push_back(chat::Part::text(name));
    question.parts.push_back(std::move(picture));
  };
  add("Normal Image:", picture_part(t.normal, longest_side));
  add("Defect Image:", picture_part(t.abnormal, longest_side));
  add("Defect Mask:", picture_part(t.mask, longest_side));
  question.parts.push_back(chat::Part::text("Detailed Descriptions:\n" + caption.dump(1)));
  return question;
}

VerifyScores read_verify_scores(const Json& answer) {
  const auto score = [&](const char* key) {
    const auto& value = answer.at(key);
    return (value.is_array() ? value.at(0) : value).get<double>();
  };
  return {score(kVerifyCriteria[0]), score(kVerifyCriteria[1]), score(kVerifyCriteria[2])};
}

ChatVerifier::ChatVerifier(chat::ChatModel& model, ChatVerifyConfig config)
    : model_(model),
      config_(std::move(config)),
      prompt_(config_.prompt.empty() ? verifier_prompt() : read_file(config_.prompt, 1 << 20)) {}

Verdict ChatVerifier::check(const Triplet& triplet, const Json& caption) {
  Verdict out{model_.name(), "", std::nullopt, "", nullptr, ""};
  const auto question = verify_question(triplet, caption, prompt_, static_cast<int>(config_.longest_side));
  try {
    const auto answer = model_.ask(question);
    out.answered = answer.model;
    out.scores = read_verify_scores(answer.json);
    out.analysis = answer.json.at("Analysis").get<std::string>();
  } catch (const ServiceError& error) {
    out.problem = error.what();
  }
  return out;
}

}  // namespace unidg::agents
