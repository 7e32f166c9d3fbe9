#include <gmock/gmock.h>

#include "agents/scripted.h"
#include "support/http_server.h"
#include "unidg/agents/verify/verifier.h"
#include "unidg/chat/answer.h"
#include "unidg/chat/open_ai.h"
#include "unidg/core/config.h"

namespace unidg::agents {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpServer;
using testing::Scripted;

Triplet triplet() {
  cv::Mat mask = cv::Mat::zeros(24, 32, CV_8UC1);
  mask(cv::Rect(4, 5, 6, 7)).setTo(255);
  return {Image(32, 24, PixelFormat::Rgb8), Mask(mask), Image(32, 24, PixelFormat::Rgb8), "t", "", ""};
}

Candidate candidate(double confidence, const std::string& model = "m") {
  return {{{"summary", model}}, confidence, model, model, ""};
}

Json scores(const Json& consistency, const Json& existence, const Json& normality) {
  return {{"Analysis", "fine"},
          {"Consistency", consistency},
          {"Defect Existence", existence},
          {"Normality", normality}};
}

std::vector<std::string> outcomes(const Selection& selection) {
  std::vector<std::string> out;
  for (const auto& judged : selection.candidates) out.push_back(judged.outcome);
  return out;
}

TEST(Select, ConfidenceOf08IsVerifiedAndBelowIsNotEvenAsked) {
  Scripted model(std::vector<Json>{scores(5, 5, 5)});
  ChatVerifier verifier(model);
  const auto selection = select(triplet(), {candidate(0.79999), candidate(0.8)}, verifier, {});
  EXPECT_THAT(outcomes(selection), ElementsAre("unsure", "kept"));
  EXPECT_EQ(model.questions.size(), 1u);
  EXPECT_EQ(selection.kept, 1u);
}

TEST(Select, AMeanOf42PassesAndBelowIsInaccurate) {
  Scripted model({scores(4.2, 4.2, 4.2), scores(4.1, 4.2, 4.3), scores(5, 5, 2.6), scores(5, 5, 2.5),
                  scores(4.2, 4.2, 4.1)});
  ChatVerifier verifier(model);
  const auto selection = select(
      triplet(), {candidate(0.8), candidate(0.9), candidate(0.85), candidate(1), candidate(1)}, verifier, {});
  EXPECT_THAT(outcomes(selection), ElementsAre("passed", "kept", "passed", "inaccurate", "inaccurate"));
}

TEST(Select, KeepsTheHighestConfidenceOrOnRequestTheHighestScore) {
  const std::vector<Candidate> candidates = {candidate(0.85), candidate(0.95), candidate(0.95),
                                             candidate(0.99)};
  const std::vector<Json> said = {scores(5, 5, 5), scores(4.3, 4.3, 4.3), scores(5, 5, 5), scores(1, 1, 1)};
  Scripted by_confidence(said), by_score(said);
  ChatVerifier first(by_confidence), second(by_score);
  EXPECT_EQ(select(triplet(), candidates, first, {}).kept, 1u);
  VerifyConfig config;
  config.pick = "score";
  EXPECT_EQ(select(triplet(), candidates, second, config).kept, 0u);
}

TEST(Select, SaysWhyNothingIsKept) {
  Candidate none{nullptr, 0, "m", "", "no usable answer"};
  const auto reason = [&](std::vector<Json> said, const std::vector<Candidate>& candidates) {
    Scripted model(std::move(said));
    ChatVerifier verifier(model);
    const auto selection = select(triplet(), candidates, verifier, {});
    EXPECT_FALSE(selection.kept);
    return selection.reason;
  };
  EXPECT_EQ(reason({}, {}), "no-caption");
  EXPECT_EQ(reason({}, {none}), "no-caption");
  EXPECT_EQ(reason({}, {none, candidate(0.5)}), "unsure");
  EXPECT_EQ(reason({nullptr}, {candidate(0.9), candidate(0.5)}), "unverified");
  EXPECT_EQ(reason({nullptr, scores(4, 4, 4)}, {candidate(0.9), candidate(0.9)}), "inaccurate");
}

TEST(VerifyConfig, HasThePapersThresholds) {
  EXPECT_EQ(echo_fields(VerifyConfig{}),
            (Json{{"min_confidence", 0.8}, {"min_score", 4.2}, {"pick", "confidence"}}));
  VerifyConfig config;
  EXPECT_ANY_THROW(read_fields(config, {{"pick", "first"}}, "test"));
}

TEST(VerifyPrompt, AsksAsPrintedWithPicturesInItsOrder) {
  EXPECT_THAT(
      verifier_prompt(),
      AllOf(HasSubstr("You are an expert quality assessor for industrial defect detection"),
            HasSubstr("### 1. Consistency (Score: 0.0 - 5.0)"),
            HasSubstr("### 2. Defect Existence (Score: 0.0 - 5.0)"),
            HasSubstr("### 3. Normality (Score: 0.0 - 5.0)"), HasSubstr("\"Defect Existence\": [score]"),
            HasSubstr("mentally overlay the defect mask onto the normal image")));
  const auto question = verify_question(triplet(), {{"summary", "a hole"}}, "p", 1024);
  std::vector<std::string> words;
  for (const auto& part : question.parts)
    if (part.png.empty()) words.push_back(part.words.substr(0, part.words.find(':')));
  EXPECT_THAT(words, ElementsAre("Normal Image", "Defect Image", "Defect Mask", "Detailed Descriptions"));
  EXPECT_THAT(question.parts.back().words, HasSubstr("a hole"));
  EXPECT_EQ(chat::schema_problem(scores({4.8}, 5, 0), question.schema), "");
  EXPECT_NE(chat::schema_problem(scores(5.1, 5, 0), question.schema), "");
}

TEST(ChatVerifier, ReadsNumbersAndListsOfOne) {
  Scripted model({scores(Json::array({4.8}), 4.5, Json::array({5})), nullptr});
  ChatVerifier verifier(model);
  const auto verdict = verifier.check(triplet(), {{"summary", "s"}});
  ASSERT_TRUE(verdict.scores);
  EXPECT_EQ(verdict.scores->consistency, 4.8);
  EXPECT_EQ(verdict.scores->existence, 4.5);
  EXPECT_EQ(verdict.scores->normality, 5);
  EXPECT_EQ(verdict.answered, "model-v1");
  EXPECT_EQ(verdict.analysis, "fine");
  const auto missing = verifier.check(triplet(), {{"summary", "s"}});
  EXPECT_FALSE(missing.scores);
  EXPECT_EQ(to_json(missing)["mean"], nullptr);
  EXPECT_EQ(missing.problem, "no usable answer");
}

TEST(ChatVerifier, SpeaksToARealServer) {
  HttpServer server([](std::size_t i, const auto&) {
    auto said = scores(Json::array({4.8}), 4, 4);
    if (i == 1) said.erase("Normality");
    return HttpServer::Reply{
        200, Json{{"model", "m-2"}, {"choices", {{{"message", {{"content", said.dump()}}}}}}}.dump()};
  });
  chat::ChatConfig chat;
  chat.base_url = server.url(), chat.model = "m", chat.key_variable = "", chat.answer_attempts = 1;
  chat::OpenAiChat model(chat);
  ChatVerifier verifier(model);
  EXPECT_NEAR(verifier.check(triplet(), {{"summary", "s"}}).scores->mean(), 12.8 / 3, 1e-12);
  EXPECT_THAT(verifier.check(triplet(), {{"summary", "s"}}).problem, HasSubstr("Normality"));
}

}  // namespace
}  // namespace unidg::agents
