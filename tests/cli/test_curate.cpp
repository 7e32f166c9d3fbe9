#include "unidg/dataset/sets/set_folder.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace sets = dataset::sets;

/// A folder in MVTec layout, drawn, and an untrained model.
class Curate : public ::testing::Test {
 protected:
  static constexpr int kSide = 128;

  Curate() {
    for (int i = 0; i < 4; ++i) {
      const auto name = std::to_string(i);
      const auto drawn =
          procedural::draw("metal_plate", "scratch", kSide, kSide, static_cast<std::uint64_t>(i));
      save_png(folder / ("plate/train/good/" + name + ".png"), drawn.normal);
      save_png(folder / ("plate/test/scratch/" + name + ".png"), drawn.abnormal);
      save_png(folder / ("plate/ground_truth/scratch/" + name + "_mask.png"), drawn.mask);
    }
    write_tiny_model(folder / "tiny");
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  Ran curate(const Arguments& more) const {
    Arguments words{"curate", "--out", path("udg"), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_here(words);
  }
  TempFolder folder;
};

TEST_F(Curate, FromAFolderToAVerifiedSetOfBothHalves) {
  auto ran = curate({path("plate"), "--synthesise", "3", "--generator", path("tiny")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("read as mvtec-layout"));
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["real"]["planned"], 4);
  EXPECT_GE(result["real"]["kept"], 2) << ran.out;
  EXPECT_EQ(result["synthesised"]["planned"], 3);
  const auto entries = sets::read_set(folder / "udg");
  for (const auto& entry : entries) {
    EXPECT_TRUE(std::filesystem::exists(folder / ("udg/" + entry.caption)));
    EXPECT_GE(entry.other["curation"]["score"], 4.2);
  }
  EXPECT_EQ(sets::read_info(folder / "udg")["complete"], true);
  EXPECT_TRUE(std::filesystem::exists(folder / "udg/curation.html"));

  // The set is one like any other.
  ran = run_here({"dataset", "validate", path("udg"), "--out", path("check"), "--json"});
  EXPECT_THAT(ran.out, HasSubstr("\"errors\":0")) << ran.out;

  const auto before = folder_content(folder / "udg");
  ran = curate({path("plate"), "--synthesise", "3", "--generator", path("tiny")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "stdout")["real"]["skipped"], 4);
  EXPECT_EQ(folder_content(folder / "udg"), before);

  ran = curate({path("plate"), "--seed", "3"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("the real half was begun with"));
}

TEST_F(Curate, InShardsAndJoined) {
  ASSERT_EQ(run_here({"dataset", "import", path("plate"), "--out", path("set")}).exit, 0);
  for (const auto* shard : {"2/2", "1/2"}) ASSERT_EQ(curate({path("set"), "--shard", shard}).exit, 0);
  const auto ran = curate({"--merge"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "stdout")["entries"], sets::read_set(folder / "udg").size());
  EXPECT_THAT(curate({path("set"), "--shard", "1/2", "--synthesise", "2"}).err,
              HasSubstr("the synthesised half is a run of its own"));
}

TEST_F(Curate, DryRunWritesNothing) {
  EXPECT_THAT(curate({path("plate"), "--dry-run"}).err, HasSubstr("unidg dataset import"));
  ASSERT_EQ(run_here({"dataset", "import", path("plate"), "--out", path("set")}).exit, 0);
  const auto ran = curate({path("set"), "--dry-run"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "stdout")["real"]["planned"], 4);
  EXPECT_FALSE(std::filesystem::exists(folder / "udg"));
  const auto asked = run_here({"curate", path("set"), "--out", path("udg"), "--dry-run", "--model", "m",
                               "--base-url", "http://127.0.0.1:9/v1", "--set", "chat.price_in=1"});
  ASSERT_EQ(asked.exit, 0) << asked.err;
  EXPECT_THAT(asked.out, AllOf(HasSubstr("questions to chat models: at most 4"), HasSubstr("currency")));
}

TEST_F(Curate, SaysWhatIsWrong) {
  EXPECT_THAT(curate({}).err, HasSubstr("needs SETs"));
  EXPECT_THAT(curate({"--synthesise", "2"}).err, HasSubstr("--references"));
  EXPECT_EQ(run_here({"curate", path("plate")}).exit, 2);
  folder.write("full/notes.txt", "mine");
  const auto ran = run_here({"curate", path("plate"), "--out", path("full")});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("is not empty"));
}

TEST_F(Curate, ASetBecomesAPlanOfTrainingPairs) {
  auto ran = run_here({"dataset", "import", path("plate"), "--out", path("set"), "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const Arguments plan{"sft",
                       "plan",
                       path("set"),
                       "--out",
                       path("plan"),
                       "--set",
                       "select.test=true",
                       "--set",
                       "sampling.balance=all"};
  ran = run_here(plan);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("4 quadruplets"), HasSubstr("(a) 4 pairs"),
                    HasSubstr("(c) 0 pairs, 0 held out, 0 cut for balance; 4 without: no other object")));
  EXPECT_TRUE(std::filesystem::exists(folder / "plan/sheet.png"));
  ran = run_here(
      {"sft", "plan", path("set"), "--out", path("plan")});  // all of MVTec's defects are of the split test
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("no quadruplet that may train"));
  ran = run_here({"sft", "plan", path("plate"), "--out", path("plan")});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("is no set"), HasSubstr("unidg dataset import")));
  EXPECT_EQ(run_here({"sft"}).exit, 2);
}

}  // namespace
}  // namespace unidg::testing
