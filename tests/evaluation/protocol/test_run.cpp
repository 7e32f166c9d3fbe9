#include <gmock/gmock.h>

#include "evaluation/protocol/tiny_product.h"
#include "support/folder_content.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/evaluation/protocol/guard.h"
#include "unidg/evaluation/protocol/run.h"
#include "unidg/evaluation/protocol/summary.h"

namespace unidg::evaluation {
namespace {

namespace fs = std::filesystem;
using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Run : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { Progress::set_default_style(Progress::Style::Quiet); }
  void SetUp() override {
    write_tiny_product(folder / "data/plate", 6, 8, 4);
    config = read_config(folder.write("run.json", R"({
      "products": ["plate"], "preset": "cpu", "n": 3, "bootstrap": 20, "tasks": ["localisation"],
      "generators": [{"name": "crop-paste", "kind": "baseline", "model": "crop-paste"}, {"name": "real", "kind": "real-only"}],
      "localisation": {"recipe": {"size": 64, "epochs": 1, "epoch_samples": 8}, "base_width": 4},
      "multiclass": {"net": {"recipe": {"size": 64, "epochs": 1, "epoch_samples": 8}, "base_width": 4}},
      "classification": {"network": "small", "recipe": {"size": 64, "epochs": 1, "epoch_samples": 8}}})"),
                         {"data=" + (folder / "data").string()}, false);
  }
  RunReport run(int jobs = 1) { return run_evaluation(config, {folder / "run", jobs, false}); }
  std::vector<Json> results() { return read_lines(folder / "run/results.jsonl"); }
  void add_folder(const std::string& name, const fs::path& from) {
    config.generators.push_back(parse_json(
        text(R"({"name": ")", name, R"(", "kind": "folder", "folder": ")", from.string(), "\"}"), "spec"));
  }
  TempFolder folder;
  RunConfig config;
};

TEST_F(Run, ScoresEveryCellAndGoesOnWhereItStopped) {
  config.tasks = {"localisation", "classification", "multiclass", "calibration"};
  auto report = run(2);
  EXPECT_EQ(report.cells, 8u);
  EXPECT_EQ(report.finished, 8u) << (report.lost.empty() ? ""
                                                         : report.lost[0].cell + ": " + report.lost[0].error);
  for (const auto& line : results()) {
    EXPECT_FALSE(line.at("scores").empty()) << line;
    EXPECT_EQ(line.at("settings_hash").get<std::string>().size(), 16u);
    if (line.at("task") != "localisation") continue;
    EXPECT_TRUE(line.at("scores").at("ap_pixel").is_number());
    EXPECT_EQ(line.at("per_type").at("dark").at("n"), 4);
    EXPECT_EQ(line.at("test").at("good"), 4);
    const auto& interval = line.at("intervals").at("auroc_pixel");
    EXPECT_LE(interval[0].get<double>(), interval[1].get<double>());
    EXPECT_FALSE(line.at("curves").at("roc_pixel").empty());
    EXPECT_EQ(line.at("worst").size(), 8u);
  }
  const auto before = read_file(folder / "run/results.jsonl");
  report = run();
  EXPECT_EQ(report.skipped, 8u);
  EXPECT_EQ(report.finished, 0u);
  EXPECT_EQ(read_file(folder / "run/results.jsonl"), before);

  // Cells may be added; what was generated serves on.
  config.seeds = {0, 4};
  config.tasks = {"localisation"};
  const auto pictures = folder_content(folder / "run/generated/crop-paste/plate/seed-0");
  report = run();
  EXPECT_EQ(report.skipped, 2u);
  EXPECT_EQ(report.finished, 2u);
  EXPECT_EQ(folder_content(folder / "run/generated/crop-paste/plate/seed-0"), pictures);
  const auto rows = summarise(folder / "run");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].scores.at("ap_pixel").seeds, 2u);

  config.n = 4;
  EXPECT_THAT([&] { run(); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("n = 3"), HasSubstr("4"), HasSubstr("--out"))));
}

TEST_F(Run, SeedsDecideTheScores) {
  config.generators.erase(0);
  run();
  const auto first = results().front().at("scores");
  fs::remove(folder / "run/results.jsonl");
  run();
  EXPECT_EQ(results().front().at("scores"), first);
}

TEST_F(Run, ExchangedMasksLeaveTheTestSetAlone) {
  const auto spec = [](const char* kind) {
    return parse_json(text(R"({"name": ")", kind, R"(", "kind": ")", kind, "\"}"), "spec");
  };
  const auto oracle_after = [&](const std::vector<const char*>& kinds, const char* out) {
    config.generators.clear();
    for (const auto* kind : kinds) config.generators.push_back(spec(kind));
    run_evaluation(config, {folder / out, 1, false});
    for (const auto& line : read_lines(folder / out / "results.jsonl"))
      if (line["generator"] == "oracle") return line["scores"];
    return Json();
  };
  const auto alone = oracle_after({"oracle"}, "alone");
  EXPECT_FALSE(alone.is_null());
  EXPECT_EQ(oracle_after({"shuffled", "oracle"}, "after"), alone);
}

TEST_F(Run, ALostCellKeepsTheOthers) {
  add_folder("gone", folder / "nowhere");
  const auto report = run();
  EXPECT_EQ(report.finished, 2u);
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_EQ(report.lost[0].cell, "localisation/plate/gone/0");
  EXPECT_THAT(report.lost[0].error, HasSubstr("nowhere"));
  EXPECT_EQ(read_lines(folder / "run/failures.jsonl").size(), 1u);
  EXPECT_EQ(run().skipped, 2u);  // and it is tried again
  EXPECT_EQ(read_lines(folder / "run/failures.jsonl").size(), 2u);
}

TEST_F(Run, ATrainingThatDivergesIsNamed) {
  config.generators.erase(0);
  config.localisation.recipe.lr = 1e30;
  const auto report = run();
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_THAT(report.lost[0].error, ::testing::ContainsRegex("[nN]a[nN]|finite"));
}

TEST_F(Run, AnEmptySetIsNamed) {
  fs::create_directories(folder / "set/plate/dark/image");
  add_folder("empty", folder / "set");
  const auto report = run();
  ASSERT_EQ(report.lost.size(), 1u);
  EXPECT_THAT(report.lost[0].error, HasSubstr("set"));
}

TEST_F(Run, AGeneratorThatCopiesTestPicturesStopsTheRun) {
  for (const char* type : {"dark", "line"}) {
    const auto from = folder / "data/plate";
    for (const char* number : {"003", "004", "005"}) {
      fs::create_directories(folder / "set/plate" / type / "image");
      fs::create_directories(folder / "set/plate" / type / "mask");
      fs::copy_file(from / "test" / type / (std::string(number) + ".png"),
                    folder / "set/plate" / type / "image" / (std::string(number) + ".png"));
      fs::copy_file(from / "ground_truth" / type / (std::string(number) + "_mask.png"),
                    folder / "set/plate" / type / "mask" / (std::string(number) + ".png"));
    }
  }
  add_folder("copies", folder / "set");
  EXPECT_THAT([&] { run(); },
              ThrowsMessage<LeakError>(AllOf(HasSubstr("generated/copies"), HasSubstr("test/dark/003"))));
  EXPECT_EQ(results().size(), 2u);  // the cells before it are kept
}

TEST_F(Run, TheDryRunCountsAndWritesNothing) {
  config.seeds = {0, 1};
  const auto estimate = estimate_run(config, folder / "run");
  EXPECT_EQ(estimate.cells, 4u);
  EXPECT_EQ(estimate.pictures, 12u);
  EXPECT_GT(estimate.total_seconds, 0);
  EXPECT_FALSE(estimate.is_measured);
  EXPECT_FALSE(fs::exists(folder / "run"));

  // A small model in a folder of its own costs what the embedded one does, not what FLUX.1 does on a CPU.
  write_file_atomic(folder / "small/model_index.json", R"({"_class_name": "UnidgSmallModel"})");
  const auto seconds_with = [&](const std::string& kind, const fs::path& model) {
    auto one = config;
    one.generators = Json::array({{{"name", "ours"}, {"kind", kind}}});
    if (!model.empty()) one.generators[0]["model"] = model.string();
    return estimate_run(one, folder / "run").generate_seconds;
  };
  EXPECT_EQ(seconds_with("model", folder / "small"), seconds_with("embedded", ""));
  EXPECT_GT(seconds_with("model", folder / "flux"), 100 * seconds_with("embedded", ""));
}

TEST_F(Run, StopsWhenAsked) {
  request_interrupt();
  EXPECT_THROW(run(), Interrupted);
  clear_interrupt();
  EXPECT_EQ(run().finished, 2u);
}

TEST_F(Run, DoesNotTouchAFolderOfSomethingElse) {
  folder.write("run/letter.txt", "dear");
  EXPECT_THAT([&] { run(); }, ThrowsMessage<UsageError>(HasSubstr("no run.json")));
}

TEST(Ledger, ALineCutShortIsLeftOut) {
  TempFolder folder;
  folder.write("results.jsonl", "{\"cell\": \"a\", \"task\": \"t\", \"seconds\": 4}\n{\"cell\": \"b\", \"ta");
  Ledger ledger(folder.path());
  EXPECT_TRUE(ledger.finished("a"));
  EXPECT_FALSE(ledger.finished("b"));
  ledger.append_result({{"cell", "c"}, {"task", "t"}, {"seconds", 8}});
  Ledger again(folder.path());
  EXPECT_TRUE(again.finished("c"));
  EXPECT_EQ(again.seconds_of("t"), 6);
  EXPECT_LT(again.seconds_of("other"), 0);
}

TEST(Spread, IsMedianAndRange) {
  EXPECT_EQ(spread({3, 1, 2}).median, 2);
  EXPECT_EQ(spread({4, 1}).median, 2.5);
  EXPECT_EQ(spread({3, 1, 2}).low, 1);
  EXPECT_EQ(spread({3, 1, 2}).high, 3);
}

/// Sanity laws through the whole protocol: an oracle beats every generator on the half that it has not seen,
/// masks exchanged between its pictures at least halve its AP-P, and whoever learns from pictures in which
/// nothing is painted scores chance.
TEST(SlowRun, LawsHold) {
  Progress::set_default_style(Progress::Style::Quiet);
  TempFolder folder;
  const auto file = folder.write("run.json", R"({
      "products": ["procedural:fabric"], "preset": "cpu", "n": 20, "bootstrap": 0, "tasks": ["localisation"],
      "generators": [{"name": "oracle", "kind": "oracle"}, {"name": "nothing", "kind": "nothing"},
                     {"name": "shuffled", "kind": "shuffled"},
                     {"name": "crop-paste", "kind": "baseline", "model": "crop-paste"},
                     {"name": "cutpaste", "kind": "baseline", "model": "cutpaste"}],
      "drawn": {"size": 96, "good_train": 40, "good_test": 24, "per_type": 60, "types": 2},
      "localisation": {"recipe": {"size": 96, "epochs": 12, "epoch_samples": 200}, "base_width": 8,
                       "input": "plain"}})");
  run_evaluation(read_config(file, {}, false), {folder / "run", 2, false});
  std::map<std::string, Json> other_half;
  for (const auto& line : read_lines(folder / "run/results.jsonl"))
    other_half[line.at("generator")] = line.at("other_half");
  ASSERT_EQ(other_half.size(), 5u);
  std::string table;
  for (const auto& [name, scores] : other_half) table += name + " " + scores.dump() + "\n";
  SCOPED_TRACE(table);
  for (const char* score : {"ap_pixel", "auroc_pixel"})
    for (const char* generator : {"nothing", "crop-paste", "cutpaste"})
      EXPECT_GT(other_half["oracle"][score].get<double>(), other_half[generator][score].get<double>())
          << generator;
  EXPECT_LT(other_half["shuffled"]["ap_pixel"].get<double>(),
            other_half["oracle"]["ap_pixel"].get<double>() / 2);
  EXPECT_NEAR(other_half["nothing"]["auroc_image"].get<double>(), 0.5, 0.25);
}

}  // namespace
}  // namespace unidg::evaluation
