#include <cmath>

#include "unidg/agents/caption/captioner.h"
#include "unidg/agents/caption/pictures.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::agents {

extern const char* const kCaptionerPrompt;  // prompts/captioner.txt

const char* captioner_prompt() { return kCaptionerPrompt; }

namespace {

Json object_of_strings(const std::vector<const char*>& names) {
  Json properties = Json::object(), required = Json::array();
  for (const auto* name : names) properties[name] = {{"type", "string"}}, required.push_back(name);
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

Json list_of(const Json& item) { return {{"type", "array"}, {"items", item}, {"minItems", 1}}; }

}  // namespace

Json caption_schema() {
  const Json number = {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
  const Json in_list = {{"type", "array"}, {"items", number}, {"minItems", 1}, {"maxItems", 1}};
  const Json properties = {
      {"image-level", list_of(object_of_strings({"foreground-object", "background"}))},
      {"foreground-object-level", list_of(object_of_strings({"viewpoint", "material", "texture", "structure",
                                                             "color", "shape", "summary"}))},
      {"defect-level",
       list_of(object_of_strings({"type", "shape", "direction", "contrast", "color", "material", "size",
                                  "width", "depth", "edge", "severity", "location", "summary"}))},
      {"summary", {{"type", "string"}}},
      {"Confidence", {{"anyOf", {number, in_list}}}}};
  return {{"type", "object"},
          {"properties", properties},
          {"required", {"image-level", "foreground-object-level", "defect-level", "summary", "Confidence"}},
          {"additionalProperties", false}};
}

void fields(FieldVisitor& visit, ChatCaptionConfig& c) {
  visit("prompt", c.prompt, any(), "file with another prompt; empty: the paper's Fig. 7");
  visit("longest_side", c.longest_side, in(64, 8192),
        "pixels; larger pictures are scaled down for the model");
  visit("hint", c.hint, any(), "tell the model the source's words for object and defect type");
}

chat::Question caption_question(const Triplet& triplet, const std::string& prompt,
                                const ChatCaptionConfig& config) {
  check_triplet(triplet);
  const int side = static_cast<int>(config.longest_side);
  chat::Question question{prompt, {}, caption_schema(), "defect_caption"};
  const auto add = [&](const char* name, chat::Part picture) {
    question.parts.push_back(chat::Part::text(name));
    question.parts.push_back(std::move(picture));
  };
  add("Defect Image:", picture_part(triplet.abnormal, side));
  add("Defect Mask:", picture_part(triplet.mask, side));
  add("Normal Image:", picture_part(triplet.normal, side));
  if (config.hint && !triplet.object.empty())
    question.parts.push_back(chat::Part::text("The source calls the object: " + triplet.object));
  if (config.hint && !triplet.type.empty())
    question.parts.push_back(chat::Part::text("The source calls the defect: " + triplet.type));
  return question;
}

ChatCaptioner::ChatCaptioner(chat::ChatModel& model, ChatCaptionConfig config)
    : model_(model),
      config_(std::move(config)),
      prompt_(config_.prompt.empty() ? captioner_prompt() : read_file(config_.prompt, 1 << 20)) {}

Candidate ChatCaptioner::describe(const Triplet& triplet) {
  Candidate out{nullptr, 0, model_.name(), "", ""};
  const auto question = caption_question(triplet, prompt_, config_);
  try {
    const auto answer = model_.ask(question);
    out.answered = answer.model;
    out.caption = answer.json;
    const auto& confidence = answer.json.at("Confidence");
    out.confidence = (confidence.is_array() ? confidence.at(0) : confidence).get<double>();
    out.caption.erase("Confidence");
  } catch (const ServiceError& error) {
    out.problem = error.what();
  }
  return out;
}

void check_triplet(const Triplet& t) {
  const std::string who = t.id.empty() ? "" : t.id + ": ";
  if (t.abnormal.is_empty() || t.normal.is_empty())
    throw InputError(who, "there is no ", t.abnormal.is_empty() ? "abnormal" : "normal", " picture");
  const auto size = t.abnormal.pixels().size();
  if (t.normal.pixels().size() != size)
    throw InputError(who, "the normal picture is ", t.normal.width(), " x ", t.normal.height(),
                     " pixels but the abnormal one is ", size.width, " x ", size.height);
  if (t.mask.pixels().size() != size)
    throw InputError(who, "the mask is ", t.mask.width(), " x ", t.mask.height(),
                     " pixels but its picture is ", size.width, " x ", size.height);
  if (t.mask.is_empty()) throw InputError(who, "the mask is empty (expected white on the defect)");
}

Json to_json(const Candidate& c) {
  return {{"asked", c.asked},
          {"answered", c.answered},
          {"confidence", std::round(c.confidence * 1e4) / 1e4},
          {"caption", c.caption},
          {"problem", c.problem}};
}

}  // namespace unidg::agents
