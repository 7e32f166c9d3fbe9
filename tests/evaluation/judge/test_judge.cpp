#include <gmock/gmock.h>

#include <cmath>

#include "support/http_server.h"
#include "support/temp_folder.h"
#include "unidg/chat/open_ai.h"
#include "unidg/dataset/writer.h"
#include "unidg/evaluation/judge/agreement.h"

namespace unidg::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpServer;
using testing::TempFolder;
using ::testing::ThrowsMessage;

/// Answers by number, without a server.
class Scripted : public chat::ChatModel {
 public:
  explicit Scripted(std::vector<Json> answers) : answers_(std::move(answers)) {}
  chat::Answer ask(const chat::Question& question) override {
    questions.push_back(question);
    const auto& answer = answers_.at(questions.size() - 1);
    if (answer.is_null()) throw ServiceError("no usable answer");
    return {answer.dump(), answer, "judge-v1"};
  }
  std::string name() const override { return "judge"; }
  chat::Totals totals() const override { return {}; }
  std::vector<chat::Question> questions;

 private:
  std::vector<Json> answers_;
};

Json answer(double adherence, const Json& consistency, double reasonability, double quality) {
  return {{"Analysis", "fine"},
          {"Reference Adherence", adherence},
          {"Consistency", consistency},
          {"Reasonability", reasonability},
          {"Overall Quality", quality}};
}

/// A folder that unidg wrote: two pictures with references, one that failed.
void write_pictures(const std::filesystem::path& folder, const TempFolder& sources) {
  cv::Mat region = cv::Mat::zeros(20, 30, CV_8UC1);
  region(cv::Rect(4, 5, 6, 7)) = 255;
  save_png(sources / "r.png", Image(30, 20, PixelFormat::Rgb8));
  save_png(sources / "r_mask.png", Mask(region));
  dataset::QuadrupletWriter writer(folder, {});
  for (const auto* id : {"a-1", "b-1", "c-1"}) {
    dataset::Record record;
    record.id = id, record.scene = id;
    record.normal = record.abnormal = Image(30, 20, PixelFormat::Rgb8);
    record.mask = record.mask_used = Mask(region);
    record.reference = dataset::Reference{sources / "r.png", sources / "r_mask.png", "", ""};
    if (record.id == "c-1") record.status = "failed", record.reason = "test";
    writer.append(record);
  }
}

TEST(Judge, AsksAboutEveryPairAndKeepsWhatIsMissing) {
  const TempFolder sources, parent;
  write_pictures(parent / "out", sources);
  const auto pairs = pairs_of_folder(parent / "out");
  ASSERT_EQ(pairs.size(), 2u);
  Scripted model({answer(4, {3.5}, 5, 1), nullptr});
  JudgeConfig config;
  config.concurrency = 1;
  std::size_t told = 0;
  const auto verdicts = judge(model, pairs, config, [&](const Verdict&) { ++told; });
  EXPECT_EQ(told, 2u);
  EXPECT_EQ(*verdicts[0].scores, (JudgeScores{4, 3.5, 5, 1}));
  EXPECT_EQ(verdicts[0].answered, "judge-v1");
  EXPECT_FALSE(verdicts[1].scores);
  EXPECT_EQ(to_json(verdicts[1])["RefAd"], nullptr);
  EXPECT_EQ(to_json(verdicts[1])["problem"], "no usable answer");

  const auto summary = summarise(verdicts);
  EXPECT_EQ(summary.scored, 1u);
  EXPECT_EQ(summary.missing, 1u);
  EXPECT_EQ(summary.mean, (JudgeScores{4, 3.5, 5, 1}));
  EXPECT_THAT(summary.answered, ElementsAre("judge-v1"));

  const auto& question = model.questions.at(0);
  EXPECT_THAT(question.system, AllOf(HasSubstr("expert quality assessor"),
                                     HasSubstr("limit the word count for the Analysis to 80 words")));
  ASSERT_EQ(question.parts.size(), 8u);
  EXPECT_EQ(question.parts[0].words, "Reference Image:");
  EXPECT_EQ(question.parts[6].words, "Target Mask:");
  EXPECT_FALSE(question.parts[7].png.empty());
}

TEST(Judge, QuestionsAreScaledDownAndTellTheScenario) {
  const TempFolder folder;
  save_png(folder / "i.png", Image(200, 100, PixelFormat::Gray8));
  cv::Mat thin = cv::Mat::zeros(100, 200, CV_8UC1);
  thin.col(77) = 255;
  save_png(folder / "m.png", Mask(thin));
  const EditedPair pair{
      "x", folder / "i.png", folder / "m.png", folder / "i.png", folder / "m.png", "a bottle's mouth"};
  const auto question = judge_question(pair, "p", 64);
  EXPECT_EQ(question.parts.back().words, "Scenario: a bottle's mouth");
  const auto mask = mask_from_image(decode_image(question.parts[3].png, "part"), "part");
  EXPECT_EQ(mask.width(), 64);
  EXPECT_EQ(mask.height(), 32);
  EXPECT_FALSE(mask.is_empty());

  save_png(folder / "small.png", Mask(20, 10));
  EXPECT_THAT(
      [&] {
        judge_question({"x", folder / "i.png", folder / "small.png", folder / "i.png", folder / "m.png", ""},
                       "p", 64);
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("20x10"), HasSubstr("200x100"))));
}

TEST(Judge, SchemaViolationsBecomeMissing) {
  const TempFolder sources, parent;
  write_pictures(parent / "out", sources);
  HttpServer server([](std::size_t i, const auto&) {
    auto said = answer(4, 4, 4, i == 0 ? 6 : 4);
    if (i == 1) said.erase("Consistency");
    return HttpServer::Reply{
        200, Json{{"model", "m-2"}, {"choices", {{{"message", {{"content", said.dump()}}}}}}}.dump()};
  });
  chat::ChatConfig chat;
  chat.base_url = server.url(), chat.model = "m", chat.key_variable = "", chat.answer_attempts = 2;
  chat::OpenAiChat model(chat);
  JudgeConfig config;
  config.concurrency = 1;
  const auto verdicts = judge(model, pairs_of_folder(parent / "out"), config);
  EXPECT_THAT(verdicts[0].problem, HasSubstr("answer lacks \"Consistency\""));
  EXPECT_EQ(*verdicts[1].scores, (JudgeScores{4, 4, 4, 4}));
  EXPECT_EQ(verdicts[1].answered, "m-2");
}

TEST(Pairs, ComeFromALineFileAndAreSpread) {
  const TempFolder folder;
  const auto file = folder.write(
      "pairs.jsonl",
      R"({"id": "a", "reference": "r.png", "reference_mask": "rm.png", "target": "t.png", "target_mask": "tm.png", "scenario": "s"}

{"reference": "r.png", "reference_mask": "rm.png", "target": "t.png", "target_mask": "tm.png"}
)");
  const auto pairs = pairs_of_file(file);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].scenario, "s");
  EXPECT_EQ(pairs[1].id, "3");
  EXPECT_EQ(pairs[1].target, folder / "t.png");
  const auto broken = folder.write("broken.jsonl", "{\"reference\": \"r.png\"}\n");
  EXPECT_THAT([&] { pairs_of_file(broken); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr("line 1"), HasSubstr("reference_mask"))));
  const auto odd = folder.write("odd.jsonl", "{\"refrence\": \"r.png\"}\n");
  EXPECT_THAT([&] { pairs_of_file(odd); }, ThrowsMessage<FormatError>(HasSubstr("refrence")));
  EXPECT_THAT([&] { pairs_of_file(folder.write("none.jsonl", "\n")); },
              ThrowsMessage<InputError>(HasSubstr("no pair")));

  std::vector<EditedPair> many(10);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].id = std::to_string(i);
  const auto some = spread(many, 3);
  EXPECT_THAT((std::vector<std::string>{some[0].id, some[1].id, some[2].id}), ElementsAre("0", "3", "6"));
  EXPECT_EQ(spread(many, 0).size(), 10u);
}

using Scores = std::vector<double>;

TEST(Agreement, MatchesScipy) {  // scipy.stats.pearsonr, spearmanr of these lists
  const auto found = agreement(Scores{4.0, 3.5, 2.0, 5.0, 3.5}, Scores{3.7, 3.9, 2.0, 4.0, 3.0});
  EXPECT_EQ(found.pairs, 5u);
  EXPECT_NEAR(found.pearson, 0.881242, 1e-5);
  EXPECT_NEAR(found.spearman, 0.820783, 1e-5);
  EXPECT_NEAR(found.mean_difference, (0.3 + 0.4 + 0 + 1 + 0.5) / 5, 1e-9);
  EXPECT_NEAR(found.within_03, 0.4, 1e-9);
  EXPECT_NEAR(found.within_05, 0.8, 1e-9);
  EXPECT_TRUE(std::isnan(agreement(Scores{1, 1}, Scores{1, 2}).pearson));
  EXPECT_EQ(to_json(agreement(Scores{}, Scores{}))["within_0.3"], nullptr);
}

TEST(Agreement, LooksAtPairsThatBothScored) {
  const auto verdict = [](const char* pair, std::optional<JudgeScores> scores) {
    return Verdict{pair, "", "", scores, "", ""};
  };
  const std::vector<Verdict> a = {verdict("x", JudgeScores{1, 2, 3, 4}), verdict("y", std::nullopt),
                                  verdict("z", JudgeScores{5, 5, 5, 5})};
  const std::vector<Verdict> b = {verdict("z", JudgeScores{4, 5, 5, 5}),
                                  verdict("y", JudgeScores{1, 1, 1, 1}),
                                  verdict("x", JudgeScores{1, 2, 3, 5})};
  const auto found = agreement(a, b);
  EXPECT_EQ(found[0].pairs, 2u);
  EXPECT_DOUBLE_EQ(found[0].mean_difference, 0.5);
  EXPECT_DOUBLE_EQ(found[1].pearson, 1);
  EXPECT_DOUBLE_EQ(found[4].mean_difference, 0.25);
}

}  // namespace
}  // namespace unidg::evaluation
