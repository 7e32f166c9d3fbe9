#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::HasSubstr;

const std::string kConfigs = std::string(UNIDG_SOURCE_DIR) + "/configs/evaluation/";

std::size_t lines_of(const std::filesystem::path& file) {
  const auto content = read_file(file);
  return static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
}

/// The smoke config of the repository through the built program: every task, then the same command again.
TEST(EvaluateRun, SmokeConfigRunsAndGoesOn) {
  TempFolder folder;
  const auto out = (folder / "run").string();
  const Arguments command = {"evaluate", "run", kConfigs + "smoke.json", "--out", out, "--json",
                             "--jobs",   "2"};
  const auto first = run_program(command);
  ASSERT_EQ(first.exit, 0) << first.err;
  const auto result = parse_json(first.out, "stdout");
  EXPECT_EQ(result.at("finished"), result.at("cells"));
  EXPECT_EQ(lines_of(folder / "run/results.jsonl"), result.at("cells").get<std::size_t>());
  std::set<std::string> tasks;
  for (const auto& row : result.at("summary")) tasks.insert(row.at("task"));
  EXPECT_EQ(tasks, (std::set<std::string>{"calibration", "classification", "localisation", "multiclass"}));
  EXPECT_TRUE(std::filesystem::exists(folder / "run/generated/crop-paste/plastic/seed-0/index.html"));

  const auto again = run_program(command);
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(parse_json(again.out, "stdout").at("finished"), 0);

  auto other = command;
  other.insert(other.end(), {"--set", "n=7"});
  const auto refused = run_program(other);
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, HasSubstr("n = 6"));
}

TEST(EvaluateRun, TheDryRunEstimatesAndWritesNothing) {
  TempFolder folder;
  const auto ran = run_here({"evaluate", "run", kConfigs + "smoke.json", "--out", (folder / "run").string(),
                             "--dry-run", "--json", "--as", "published"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_GT(result.at("seconds").get<double>(), 0);
  EXPECT_THAT(result.at("deviations").dump(), HasSubstr("metrics.gt"));
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(EvaluateRun, SaysWhatIsWrong) {
  TempFolder folder;
  const auto run = [&](Arguments more) {
    Arguments all = {"evaluate", "run"};
    all.insert(all.end(), more.begin(), more.end());
    return run_here(all);
  };
  EXPECT_EQ(run({}).exit, 2);
  EXPECT_EQ(run({(folder / "none.json").string()}).exit, 3);
  const auto nearest = run({kConfigs + "smoke.json", "--set", "shot=3", "--dry-run"});
  EXPECT_EQ(nearest.exit, 2);
  EXPECT_THAT(nearest.err, HasSubstr("'shots'"));
  const auto absent = run({kConfigs + "cpu.json", "--products", (folder / "none").string(), "--dry-run"});
  EXPECT_EQ(absent.exit, 3);
  EXPECT_THAT(absent.err, HasSubstr("no such product folder"));
  EXPECT_EQ(run({kConfigs + "smoke.json", "--as", "paper"}).exit, 2);
}

}  // namespace
}  // namespace unidg::testing
