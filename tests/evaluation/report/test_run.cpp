#include <gmock/gmock.h>

#include "evaluation/report/run_folder.h"
#include "unidg/core/error.h"
#include "unidg/evaluation/report/run.h"
#include "unidg/evaluation/report/summary.h"

namespace unidg::evaluation::report {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RunFolder;
using ::testing::ThrowsMessage;

TEST(ReadRun, HandWrittenFolder) {
  const RunFolder folder;
  folder.write_all();
  const auto run = read_run(folder.path());
  EXPECT_EQ(run.results.size(), 18U);
  EXPECT_TRUE(run.is_complete());
  EXPECT_EQ(run.label("ours"), "UniDG_small 100%");
  const Result& first = run.results.front();
  EXPECT_EQ(first.scores.at("ap_pixel"), 0.6);
  EXPECT_EQ(first.scores.count("f1_image"), 0U);  // null is missing, not 0
  EXPECT_EQ(first.per_type.at("hole").at("n"), 8);
  EXPECT_EQ(first.curves.at("roc_image").size(), 3U);
  EXPECT_EQ(first.worst.front().why, "missed");
  EXPECT_EQ(first.intervals.at("ap_pixel")[1], 0.65);
}

TEST(ReadRun, SaysWhatIsMissingInTheFolder) {
  const RunFolder folder;
  const auto read = [&] { read_run(folder.path()); };
  EXPECT_THAT(read, ThrowsMessage<InputError>(AllOf(HasSubstr("run.json"), HasSubstr("unidg evaluate run"))));
  folder.write_head(RunFolder::head());
  EXPECT_THAT(read,
              ThrowsMessage<InputError>(AllOf(HasSubstr("results.jsonl"), HasSubstr("no results yet"))));
  folder.write_results({});
  EXPECT_THAT(read, ThrowsMessage<InputError>(HasSubstr("no results yet")));
  EXPECT_THAT([&] { read_run(folder.path() / "nowhere"); },
              ThrowsMessage<InputError>(HasSubstr("no such folder")));
}

/// The message for a run whose first result is `line`.
std::string message_for(const Json& line, const Json& head = RunFolder::head()) {
  const RunFolder folder;
  folder.write_head(head);
  folder.write_results({line});
  try {
    read_run(folder.path());
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ReadRun, NamesLineAndFieldOfBadResults) {
  const Json good = RunFolder::line("bottle", "ours", 0, 0.5);
  Json bad = good;
  bad["scors"] = 1;
  EXPECT_THAT(message_for(bad),
              AllOf(HasSubstr("results.jsonl:1"), HasSubstr("'scors'"), HasSubstr("'scores'")));
  bad = good, bad.erase("generator");
  EXPECT_THAT(message_for(bad), AllOf(HasSubstr("results.jsonl:1"), HasSubstr("'generator' is missing")));
  bad = good, bad["seed"] = "one";
  EXPECT_THAT(message_for(bad), AllOf(HasSubstr("'seed'"), HasSubstr("expected an integer")));
  bad = good, bad["scores"]["pro"] = "0.5";
  EXPECT_THAT(message_for(bad), AllOf(HasSubstr("'scores'"), HasSubstr("'pro'")));
  bad = good, bad["curves"]["roc_image"] = {1, 2};
  EXPECT_THAT(message_for(bad), HasSubstr("a curve is a list of [x, y]"));
  bad = good, bad["generator"] = "theirs";
  EXPECT_THAT(message_for(bad), AllOf(HasSubstr("'theirs'"), HasSubstr("run.json does not list")));
  bad = good, bad["product"] = "cable";
  EXPECT_THAT(message_for(bad), HasSubstr("'cable'"));
  Json head = RunFolder::head();
  head["format"] = 2;
  EXPECT_THAT(message_for(good, head), AllOf(HasSubstr("format 2"), HasSubstr("0.1.0")));
  head = RunFolder::head(), head["seedz"] = 1;
  EXPECT_THAT(message_for(good, head), AllOf(HasSubstr("'seedz'"), HasSubstr("'seeds'")));
}

TEST(ReadRun, AnUnreadableLineIsNamedAndOneCutShortIsLeftOut) {
  const RunFolder folder;
  folder.write_head(RunFolder::head());
  const std::string good = RunFolder::line("bottle", "ours", 0, 0.5).dump();
  folder.temp.write("results.jsonl", good + "\n{\"cell\": \n" + good + "\n");
  EXPECT_THAT([&] { read_run(folder.path()); }, ThrowsMessage<FormatError>(HasSubstr("results.jsonl:2")));
  folder.temp.write("results.jsonl", good + "\n{\"cell\": \"loc");
  const auto run = read_run(folder.path());
  EXPECT_EQ(run.results.size(), 1U);
  EXPECT_THAT(run.warnings, ElementsAre(HasSubstr("cut short")));
}

TEST(ReadRun, TwoLinesOfOneCell) {
  const RunFolder folder;
  folder.write_head(RunFolder::head());
  Json later = RunFolder::line("bottle", "ours", 0, 0.7);
  folder.write_results({RunFolder::line("bottle", "ours", 0, 0.5), later});
  EXPECT_EQ(read_run(folder.path()).results.front().scores.at("ap_pixel"), 0.7);
  later["settings_hash"] = "other";
  folder.write_results({RunFolder::line("bottle", "ours", 0, 0.5), later});
  EXPECT_THAT([&] { read_run(folder.path()); }, ThrowsMessage<FormatError>(HasSubstr("other settings")));
}

TEST(ReadRun, ListsMissingCellsWithTheirReason) {
  const RunFolder folder;
  folder.write_head(RunFolder::head());
  auto lines = RunFolder::all_lines();
  lines.resize(16);  // without tile_x, ours, seeds 1 and 2
  folder.write_results(lines);
  const Json failure = {{"cell", "localisation/tile_x/ours/1"},
                        {"task", "localisation"},
                        {"product", "tile_x"},
                        {"generator", "ours"},
                        {"seed", 1},
                        {"error", "NaN loss"}};
  folder.temp.write("failures.jsonl", failure.dump() + "\n");
  const auto run = read_run(folder.path());
  ASSERT_EQ(run.missing.size(), 2U);
  EXPECT_EQ(run.missing[0].error, "NaN loss");
  EXPECT_EQ(run.missing[0].seed, 1);
  EXPECT_EQ(run.missing[1].seed, 2);
  EXPECT_EQ(run.missing[1].error, "");
}

TEST(ReadRun, VerdictsOfJudgesBecomeScores) {
  const RunFolder folder;
  folder.write_all();
  folder.temp.write(
      "judge/ours/pill/seed-1.jsonl",
      R"({"pair": "a", "asked": "m", "answered": "m-2026", "RefAd": 4.0, "Cons": 3, "Reas": 2, "Qual": 5})"
      "\n"
      R"({"pair": "b", "asked": "m", "answered": "m-2026", "RefAd": 3.0, "Cons": 3, "Reas": 2, "Qual": 4})"
      "\n"
      R"({"pair": "c", "asked": "m", "RefAd": null, "Cons": null, "Reas": null, "Qual": null})"
      "\n");
  const auto run = read_run(folder.path());
  const Result& judged = run.results.back();
  EXPECT_EQ(judged.task, "judge");
  EXPECT_EQ(judged.product + judged.generator, "pillours");
  EXPECT_EQ(judged.scores.at("refad"), 3.5);  // the verdict without scores is missing, not 0
  EXPECT_THAT(judged.notes, ElementsAre(HasSubstr("m-2026"), HasSubstr("1 of 3 verdicts")));
  EXPECT_TRUE(run.is_complete());
}

TEST(ReadRun, AnOracleStandsApart) {
  const RunFolder folder;
  Json head = RunFolder::head();
  head["generators"][1]["kind"] = "oracle";
  folder.write_head(head);
  folder.write_results(RunFolder::all_lines());
  const auto run = read_run(folder.path());
  EXPECT_EQ(run.label("ours"), "UniDG_small 100% (other half)");
  std::vector<Cell> cells = {Cell::number(1, 1), Cell::number(2, 1)};
  rank_generators(run, cells, 0, Better::Higher);
  EXPECT_EQ(cells[1].rank, Rank::None);
  EXPECT_FALSE(is_asked("realism", run.generators[1]));
}

TEST(Summaries, MedianRangeAndIncompleteSeeds) {
  const RunFolder folder;
  folder.write_head(RunFolder::head());
  auto lines = RunFolder::all_lines();
  lines.pop_back();  // tile_x, ours, seed 2
  folder.write_results(lines);
  const auto run = read_run(folder.path());
  const auto pick = score("ap_pixel");
  const auto bottle = summarise(over_seeds(run, "localisation", "bottle", "crop-paste", pick));
  ASSERT_TRUE(bottle);
  EXPECT_DOUBLE_EQ(bottle->median, 0.6);
  EXPECT_DOUBLE_EQ(bottle->low, 0.5);
  EXPECT_DOUBLE_EQ(bottle->high, 0.7);
  const auto products = products_with(run, "localisation", pick);
  EXPECT_THAT(products, ElementsAre("bottle", "pill", "tile_x"));
  EXPECT_EQ(means_over_products(run, "localisation", products, "crop-paste", pick).size(), 3U);
  const auto ours = means_over_products(run, "localisation", products, "ours", pick);
  ASSERT_EQ(ours.size(), 2U);  // seed 2 lacks a product: no mean over the other two
  EXPECT_NEAR(ours[0], 0.7 + 0.1 / 3, 1e-12);
  EXPECT_THAT(products_with(run, "localisation", score("f1_image")), IsEmpty());
  EXPECT_FALSE(summarise({}));
  EXPECT_DOUBLE_EQ(summarise({4, 1, 2, 3})->median, 2.5);
}

}  // namespace
}  // namespace unidg::evaluation::report
