#include <gmock/gmock.h>

#include "agents/curate/fakes.h"
#include "support/folder_content.h"
#include "support/temp_folder.h"
#include "unidg/agents/curate/funnel.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"

namespace unidg::agents {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::fake_agents;
using testing::FakeHalf;
using testing::folder_content;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::TempFolder;
using ::testing::UnorderedElementsAre;

class Curation : public ::testing::Test {
 protected:
  CurationReport run(FakeHalf& half, const std::string& name = "udg",
                     const dataset::Shard& shard = {}) const {
    CurationFiles files(folder / name, shard);
    return curate(half, fake_agents(), files, config);
  }
  std::vector<std::string> kept(const std::string& name = "udg") const {
    std::vector<std::string> out;
    for (const auto& entry : dataset::sets::read_set(folder / name)) out.push_back(entry.id);
    return out;
  }
  std::map<std::string, LedgerLine> ledger(const std::string& name = "udg") const {
    std::map<std::string, LedgerLine> out;
    each_ledger_line(folder / (name + "/ledger.jsonl"),
                     [&](const LedgerLine& line, std::uint64_t) { out[line.id] = line; });
    return out;
  }
  CurateConfig config{.threads = 1};
  TempFolder folder;
};

TEST_F(Curation, EveryItemEndsOnceWithItsReason) {
  FakeHalf half(9);
  const auto report = run(half);
  EXPECT_EQ(report.planned, 9u);
  EXPECT_EQ(report.kept, 4u);
  EXPECT_EQ(report.dropped, 4u);
  EXPECT_EQ(report.unanswered, 1u);
  EXPECT_THAT(kept(), ElementsAre("real-0", "real-2", "real-7", "real-8"));

  const auto lines = ledger();
  ASSERT_EQ(lines.size(), 8u) << "the unanswered one is asked again next time";
  const auto why = [&](int i) {
    const auto& line = lines.at(text("real-", i));
    return text(line.outcome, " ", line.step, " ", line.reason, " ", line.attempts);
  };
  EXPECT_EQ(why(1), "dropped input cannot be used 1");
  EXPECT_EQ(why(2), "kept   2") << "the second try was good";
  EXPECT_EQ(why(3), "dropped quality too weak 3") << "two more tries";
  EXPECT_EQ(why(4), "dropped caption unsure 1");
  EXPECT_EQ(why(5), "dropped verify inaccurate: Normality 1");
  EXPECT_EQ(lines.at("real-5").score, 4.1667);
  EXPECT_EQ(half.tries[3], 3);
  EXPECT_EQ(half.tries[1], 1) << "nothing that another try could mend";
}

TEST_F(Curation, KeptQuadrupletsAreWholeAndTellTheirStory) {
  FakeHalf half(1);
  run(half);
  const auto entry = dataset::sets::read_set(folder / "udg").front();
  for (const auto& file : {entry.abnormal, entry.normal, entry.mask, entry.caption})
    EXPECT_TRUE(std::filesystem::exists(folder / ("udg/" + file))) << file;
  EXPECT_EQ(sha256_hex(read_file(folder / ("udg/" + entry.abnormal))), entry.sha256);
  EXPECT_EQ(parse_json(read_file(folder / ("udg/" + entry.caption)), "caption")["summary"], "a mark");
  const auto& story = entry.other["curation"];
  EXPECT_EQ(story["half"], "real");
  EXPECT_EQ(story["scores"]["Normality"], 4.2);
  EXPECT_EQ(story["confidence"], 0.8) << "0.8 itself passes";
  EXPECT_EQ(story["try"], 0);
}

TEST_F(Curation, ARerunDoesWhatIsLeft) {
  FakeHalf first(9);
  run(first);
  const auto before = folder_content(folder / "udg");
  FakeHalf again(9);
  const auto report = run(again);
  EXPECT_EQ(report.skipped, 8u);
  EXPECT_THAT(again.tries, ElementsAre(Pair(6, 1))) << "only the unanswered one";
  EXPECT_EQ(folder_content(folder / "udg"), before);
  FakeHalf more(12);
  EXPECT_EQ(run(more).kept, 3u);
  EXPECT_THAT(kept(), ElementsAre("real-0", "real-2", "real-7", "real-8", "real-9", "real-10", "real-11"));
}

TEST_F(Curation, SilentModelsEndTheRunWithEverythingKept) {
  config.block = 2;
  FakeHalf half(9);
  {
    CurationFiles files(folder / "udg", {});
    half = FakeHalf(1);
    curate(half, fake_agents(), files, config);
  }
  FakeHalf more(9);
  CurationFiles files(folder / "udg", {});
  try {
    curate(more, fake_agents(true), files, config);
    FAIL();
  } catch (const ServiceError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("the server is down"), HasSubstr("is kept")));
  }
  EXPECT_THAT(kept(), ElementsAre("real-0"));
}

TEST_F(Curation, ALineMissingAfterACrashIsMended) {
  FakeHalf half(3);
  run(half);
  const auto whole = read_file(folder / "udg/ledger.jsonl");
  // Killed between manifest and ledger, and in the middle of a line.
  write_file_atomic(folder / "udg/ledger.jsonl", whole.substr(0, whole.find('\n') + 10));
  FakeHalf again(3);
  const auto report = run(again);
  EXPECT_EQ(report.kept, 0u);
  EXPECT_THAT(again.tries, ElementsAre(Pair(1, 1))) << "kept ones are known by the manifest";
  EXPECT_THAT(kept(), ElementsAre("real-0", "real-2"));
  EXPECT_EQ(ledger().size(), 3u);

  // A ledger that is ahead of the manifest is not believed.
  write_file_atomic(folder / "udg/manifest.jsonl", "");
  FakeHalf third(3);
  run(third);
  EXPECT_THAT(kept(), ElementsAre("real-0", "real-2"));
}

TEST_F(Curation, ShardsJoinToTheSameSet) {
  FakeHalf whole(40);
  run(whole, "whole");
  for (int i = 3; i >= 1; --i) {
    FakeHalf part(40);
    run(part, "shards", {i, 3});
  }
  EXPECT_FALSE(dataset::sets::is_set(folder / "shards")) << "not before the merge";
  EXPECT_EQ(merge_shards(folder / "shards"), kept("whole").size());
  EXPECT_EQ(read_file(folder / "shards/manifest.jsonl"), read_file(folder / "whole/manifest.jsonl"));
  EXPECT_EQ(read_file(folder / "shards/ledger.jsonl"), read_file(folder / "whole/ledger.jsonl"));
  EXPECT_EQ(merge_shards(folder / "shards"), kept("whole").size()) << "merging again changes nothing";

  FakeHalf part(40);
  EXPECT_EQ(run(part, "shards", {2, 3}).kept, 0u) << "a shard knows what was merged";
}

TEST_F(Curation, MergeNamesMissingShards) {
  FakeHalf part(10);
  run(part, "shards", {1, 3});
  try {
    merge_shards(folder / "shards");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("2/3, 3/3"));
  }
}

TEST_F(Curation, OtherSettingsAreRefused) {
  claim_settings(folder / "udg", "real", {{"seed", 1}, {"inpainter", "patch-v1"}});
  claim_settings(folder / "udg", "synthesised", {{"seed", 2}});
  EXPECT_NO_THROW(claim_settings(folder / "udg", "real", {{"seed", 1}, {"inpainter", "patch-v1"}}));
  try {
    claim_settings(folder / "udg", "real", {{"seed", 4}, {"inpainter", "patch-v1"}});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("seed = 1"), HasSubstr("now it is 4")));
  }
}

TEST_F(Curation, ForecastCountsAndWritesNothing) {
  FakeHalf half(9);
  const auto agents = fake_agents();
  const auto before = forecast(half, &agents, folder / "udg", {}, config);
  EXPECT_EQ(before.planned, 9u);
  EXPECT_EQ(before.finished, 0u);
  EXPECT_GT(before.seconds_an_item, 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "udg"));
  run(half);
  EXPECT_EQ(forecast(half, nullptr, folder / "udg", {}, config).finished, 8u);
}

TEST_F(Curation, TheReportShowsTheFunnelAndWhatWasDropped) {
  FakeHalf half(9), painted(2, "synthesised");
  config.previews = 1;
  run(half);
  run(painted);
  const auto funnels = count_funnels(folder / "udg");
  const auto& real = funnels.at("real");
  EXPECT_EQ(real.items, 8u);
  EXPECT_EQ(real.kept, 4u);
  EXPECT_EQ(real.retried, 2u);
  EXPECT_EQ(real.dropped_at("quality"), 1u);
  EXPECT_EQ(real.sources.at("fake").kept, 4u);
  EXPECT_THAT(to_text(funnels), AllOf(HasSubstr("real: 4 of 8 kept"), HasSubstr("1  inaccurate: Normality")));

  const auto page = read_file(write_curation_report(folder / "udg"));
  EXPECT_THAT(page, AllOf(HasSubstr("5 with a sure caption"), HasSubstr("4 verified: kept"),
                          HasSubstr("Dropped at quality: too weak"), HasSubstr("real-7"),
                          HasSubstr("Synthesised half")));
  EXPECT_EQ(parse_json(read_file(folder / "udg/curation_report.json"), "report")["real"]["kept"], 4);
  EXPECT_TRUE(std::filesystem::exists(folder / "udg/previews/real-quality-too-weak/real-3.jpg"));
}

TEST_F(Curation, InterruptionKeepsWholeBlocks) {
  config.block = 4;
  FakeHalf half(9);
  request_interrupt();
  const auto report = run(half);
  clear_interrupt();
  EXPECT_TRUE(report.is_interrupted);
  EXPECT_EQ(report.kept, 0u);
  FakeHalf again(9);
  run(again);
  EXPECT_THAT(kept(), ElementsAre("real-0", "real-2", "real-7", "real-8"));
}

}  // namespace
}  // namespace unidg::agents
