#include "evaluation/report/run_folder.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::HasSubstr;

TEST(EvaluateReport, WritesThePageAndSaysWhatIsMissing) {
  RunFolder folder;
  folder.write_head(RunFolder::head());
  auto lines = RunFolder::all_lines();
  lines.pop_back();
  folder.write_results(lines);
  const auto ran = run_here({"evaluate", "report", folder.path().string(), "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result.at("complete"), false);
  EXPECT_EQ(result.at("missing"), 1);
  EXPECT_EQ(result.at("report"), (folder.path() / "report/report.html").string());
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "report/report.html"));

  const auto elsewhere = (folder.path() / "pages").string();
  EXPECT_EQ(run_here({"evaluate", "report", folder.path().string(), "--out", elsewhere}).exit, 0);
  EXPECT_TRUE(std::filesystem::exists(elsewhere + "/report.tex"));
}

TEST(EvaluateReport, BadRunsAreNamed) {
  EXPECT_EQ(run_here({"evaluate", "report"}).exit, 2);
  RunFolder folder;
  auto ran = run_here({"evaluate", "report", folder.path().string()});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("run.json"));
  folder.write_head(RunFolder::head());
  folder.temp.write("results.jsonl", "{\"cell\": 1}\n");
  ran = run_here({"evaluate", "report", folder.path().string()});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("results.jsonl:1"));
}

}  // namespace
}  // namespace unidg::testing
