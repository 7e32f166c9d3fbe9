#include <gmock/gmock.h>

#include "small_bench.h"
#include "unidg/dataset/mmad/score.h"

namespace unidg::dataset::mmad {
namespace {

using namespace testing_bench;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::TempFolder;

const std::vector<std::pair<std::string, std::string>> kOptions = {
    {"A", "A scratch."}, {"B", "Bent lead."}, {"C", "No defect."}};

TEST(Letter, IsFoundWhereItIsClear) {
  for (const auto* answer : {"B", "b", " B. ", "(B)", "**B**", "B. Bent lead.", "B) it is bent", "Answer: B.",
                             "The answer is B", "A close look shows it. Answer: B", "Bent lead", "bent lead.",
                             "I choose B here", "Answer: option B", "B: Bent lead"})
    EXPECT_EQ(letter_of(answer, kOptions), "B") << answer;
  EXPECT_EQ(letter_of("A. A scratch.", kOptions), "A");
  for (const auto* answer : {"", "D", "it is bent", "A or B", "Both A and C", "Because", "42"})
    EXPECT_EQ(letter_of(answer, kOptions), std::nullopt) << answer;
  EXPECT_EQ(letter_of("A", {}), std::nullopt);
}

Answered answered(const std::string& image, const std::string& task, bool is_right) {
  return {image, task, "A", is_right ? "A" : "B"};
}

TEST(Score, FollowsMmadsSummary) {
  // 4 of 4 good and 1 of 2 defective pictures: (100 + 50) / 2, not 5 of 6.
  std::vector<Answered> answers;
  for (int i = 0; i < 4; ++i)
    answers.push_back(answered("One/cup/test/good/0.png", "Anomaly Detection", true));
  answers.push_back(answered("One/cup/test/bad/0.png", "Anomaly Detection", true));
  answers.push_back(answered("One/cup/test/bad/1.png", "Anomaly Detection", false));
  for (int i = 0; i < 4; ++i) answers.push_back(answered("One/cup/test/bad/0.png", "Defect Analysis", i < 1));
  answers.push_back(answered("Two/pen/test/bad/0.png", "Anomaly Detection", true));
  answers.push_back({"Two/pen/test/bad/0.png", "Defect Analysis", "A", std::nullopt});
  const auto scores = score(answers, false);
  EXPECT_EQ(scores.datasets.at("One").tasks.at("Anomaly Detection"), 75);
  EXPECT_EQ(scores.datasets.at("One").tasks.at("Defect Analysis"), 25);
  EXPECT_EQ(scores.datasets.at("One").average, 50);
  EXPECT_EQ(scores.datasets.at("Two").tasks.at("Anomaly Detection"), 100);
  EXPECT_EQ(scores.datasets.at("Two").tasks.count("Defect Analysis"), 0u);
  EXPECT_EQ(scores.overall.tasks.at("Anomaly Detection"), 87.5);
  EXPECT_EQ(scores.overall.tasks.at("Defect Analysis"), 25);
  EXPECT_EQ(scores.overall.average, 75);  // of 50 and 100
  EXPECT_EQ(scores.unreadable, 1u);
  EXPECT_EQ(score(answers, true).datasets.at("Two").tasks.at("Defect Analysis"), 0);
  EXPECT_THAT(to_text(scores), HasSubstr("Defect Localization"));
  EXPECT_TRUE(score({}, false).datasets.empty());
}

// all_result/answers_1_shot_Qwen2.5-VL-7B-Instruct_accuracy.csv of jam-cc/MMAD: its rows' mean is its last
// row, and that is Table 9's Qwen2.5-VL-Instruct 7B.
TEST(Score, AveragesAsThePublishedTable) {
  const std::map<std::string, std::array<double, 7>> published = {
      {"DS-MVTec", {86.400, 73.112, 74.602, 74.608, 90.705, 99.569, 92.977}},
      {"MVTec-LOCO", {61.519, 44.501, 51.833, 59.856, 72.956, 89.706, 78.928}},
      {"VisA", {75.591, 51.261, 61.069, 63.613, 73.345, 86.417, 82.858}},
      {"GoodsAD", {60.904, 55.225, 55.246, 58.440, 76.027, 90.256, 79.923}}};
  constexpr int kAsked = 5000;
  std::vector<Answered> answers;
  for (const auto& [dataset, percents] : published)
    for (std::size_t task = 0; task < kTasks.size(); ++task)
      for (int i = 0; i < kAsked; ++i)
        answers.push_back(
            answered(dataset + "/x/bad/0.png", kTasks[task], i < percents[task] / 100 * kAsked));
  const auto overall = score(answers, false).overall;
  const std::array<double, 7> table9 = {71.10, 56.02, 60.69, 64.13, 78.26, 91.49, 83.67};
  for (std::size_t task = 0; task < kTasks.size(); ++task)
    EXPECT_NEAR(overall.tasks.at(kTasks[task]), table9[task], 0.03) << kTasks[task];
  EXPECT_NEAR(overall.average, 72.19, 0.03);
}

TEST(Answers, AreReadInBothForms) {
  const TempFolder folder;
  sets::Notes notes;
  const auto pictures = read_questions(write_questions(folder.path()), notes);
  std::size_t missing = 0;
  const auto lines =
      folder.write("answers.jsonl",
                   Json{{"id", pictures[0].questions[1].id}, {"answer", "Broken large."}}.dump() + "\n\n" +
                       Json{{"id", pictures[2].questions[1].id}, {"answer", "no idea"}}.dump() + "\n");
  auto answers = read_answers(lines, pictures, missing);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].letter, "A");
  EXPECT_EQ(answers[0].right, "A");
  EXPECT_EQ(answers[1].task, "Object Analysis");
  EXPECT_EQ(answers[1].letter, std::nullopt);
  EXPECT_EQ(missing, 4u);
  EXPECT_THAT([&] { read_answers(lines, {}, missing); }, ThrowsMessage<UsageError>(HasSubstr("--questions")));
  const auto twice = folder.write("twice.jsonl", read_file(lines) + read_file(lines));
  EXPECT_THAT([&] { read_answers(twice, pictures, missing); },
              ThrowsMessage<FormatError>(HasSubstr("answered before")));

  const Json published = {{{"image", "VisA/candle/test/bad/0.png"},
                           {"question", {{"type", "text"}, {"text", "?"}}},
                           {"question_type", "Object Structure"},
                           {"correct_answer", "C"},
                           {"gpt_answer", "C"}}};
  answers = read_answers(folder.write("answers.json", published.dump(1)), {}, missing);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].task, "Object Analysis");
  EXPECT_EQ(answers[0].letter, "C");
}

}  // namespace
}  // namespace unidg::dataset::mmad
