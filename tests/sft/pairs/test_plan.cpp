#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/sft/pairs/plan_file.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
namespace sets = dataset::sets;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::TempFolder;

/// Writes sets of noise pictures: every specimen is unlike every other.
class SetMaker {
 public:
  explicit SetMaker(const fs::path& folder) : writer_(folder) {
    Progress::set_default_style(Progress::Style::Quiet);
  }
  sets::SetEntry& add(const std::string& object, const std::string& type, int category, int seed = 0) {
    sets::SetEntry entry;
    entry.id = text("e", entries_.size()), entry.source = "s", entry.object = object, entry.type = type;
    entry.category = category, entry.part = entry.id, entry.width = entry.height = 64,
    entry.domain = "industrial";
    cv::Mat pixels(64, 64, CV_8UC3);
    cv::RNG(static_cast<std::uint64_t>(seed ? seed : 100 + static_cast<int>(entries_.size())))
        .fill(pixels, cv::RNG::UNIFORM, 0, 255);
    Mask mask(64, 64);
    mask.pixels()(cv::Rect(10, 10, 6, 5)).setTo(255);
    entry.abnormal = "abnormal/" + entry.id + ".png", entry.mask = "mask/" + entry.id + ".png";
    entry.normal = "normal/" + entry.id + ".png", entry.mask_area = mask.area();
    const auto bytes = encode_png(Image(pixels));
    entry.sha256 = sha256_hex(bytes);
    writer_.put(entry.abnormal, bytes), writer_.put(entry.normal, bytes),
        writer_.put(entry.mask, encode_png(mask));
    entries_.push_back(entry);
    return entries_.back();
  }
  fs::path done() {
    writer_.append(entries_);
    writer_.write_info({});
    return writer_.folder();
  }

 private:
  sets::SetWriter writer_;
  std::vector<sets::SetEntry> entries_;
};

struct Planned {
  std::unique_ptr<Quadruplets> quadruplets;
  std::vector<PlannedPair> pairs;
  PlanReport report;
  std::map<std::string, std::vector<std::string>> left_out;

  std::vector<const PlannedPair*> of(Distribution distribution) const {
    std::vector<const PlannedPair*> out;
    for (const auto& pair : pairs)
      if (pair.distribution == distribution) out.push_back(&pair);
    return out;
  }
};

Planned planned(const fs::path& set, const PairConfig& sampling, SelectConfig select = {.held_out = 0}) {
  Planned out;
  out.quadruplets =
      std::make_unique<Quadruplets>(std::vector<fs::path>{set}, select, Alg2Config{}, out.left_out, 1);
  out.pairs = plan_pairs(*out.quadruplets, sampling, {}, out.report);
  return out;
}

/// Two metals and a cloth; scratches on all, stains on metal1 alone, one lonely hole.
fs::path three_products(const fs::path& folder) {
  SetMaker maker(folder);
  for (int i = 0; i < 8; ++i) maker.add("metal1", "scratch", 7);
  for (int i = 0; i < 6; ++i) maker.add("metal2", "line", 7);
  for (int i = 0; i < 5; ++i) maker.add("cloth", "scratch", 7);
  for (int i = 0; i < 3; ++i) maker.add("metal1", "stain", 6);
  maker.add("cloth", "hole", 15);
  return maker.done();
}

TEST(PairPlan, DistributionsMeanWhatAppendixC1Says) {
  const TempFolder folder;
  const auto plan = planned(three_products(folder / "set"), {.balance = "all"});
  const auto& q = *plan.quadruplets;
  ASSERT_EQ(q.size(), 23U);
  for (const auto* pair : plan.of(Distribution::SameImage)) EXPECT_EQ(pair->reference, pair->target);
  EXPECT_EQ(plan.of(Distribution::SameImage).size(), 23U);
  const auto alike = plan.of(Distribution::SameObject), across = plan.of(Distribution::OtherObject);
  EXPECT_GE(alike.size(), 20U);
  for (const auto* pair : alike) {
    const auto &target = q[pair->target], &reference = q[pair->reference];
    EXPECT_NE(pair->reference, pair->target);
    EXPECT_EQ(reference.object, target.object);
    EXPECT_EQ(reference.type, target.type);
    EXPECT_NE(reference.part, target.part);
    EXPECT_GT(pair->quality, 0.39);
  }
  EXPECT_GE(across.size(), 15U);
  for (const auto* pair : across) {
    EXPECT_NE(q[pair->reference].name, q[pair->target].name);
    EXPECT_EQ(q[pair->reference].category, q[pair->target].category);
  }
  for (const auto& pairs : {alike, across}) {  // each at most once
    std::set<std::uint32_t> targets, references;
    for (const auto* pair : pairs) {
      EXPECT_TRUE(targets.insert(pair->target).second);
      EXPECT_TRUE(references.insert(pair->reference).second);
    }
  }
  EXPECT_EQ(plan.report.dropped.at("b").at("nothing else of its object and type"), 1);
  EXPECT_EQ(plan.report.dropped.at("c").at("no other object has its category"), 4);
}

TEST(PairPlan, RatiosHoldExactlyAndTheRestIsCounted) {
  const TempFolder folder;
  const auto set = three_products(folder / "set");
  for (const char* ratio : {"1:1:1", "2:1:1", "0:1:1", "1:0:2"}) {
    const auto plan = planned(set, {.ratio = ratio});
    double wanted[3];
    std::sscanf(ratio, "%lf:%lf:%lf", wanted, wanted + 1, wanted + 2);
    double unit = -1;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto count = static_cast<double>(plan.of(kDistributions[i]).size());
      if (wanted[i] == 0) {
        EXPECT_EQ(count, 0) << ratio;
        continue;
      }
      if (unit < 0) unit = count / wanted[i];
      EXPECT_NEAR(count / wanted[i], unit, 1) << ratio;
    }
  }
  EXPECT_GT(planned(set, {}).report.cut.at("a"), 0);
  for (const char* bad : {"1:1", "1:1:1:1", "-1:1:1", "0:0:0", "a:b:c"})
    EXPECT_THAT([&] { planned(set, {.ratio = bad}); }, ThrowsMessage<UsageError>(HasSubstr("sampling.ratio")))
        << bad;
}

TEST(PairPlan, NearlyTheSamePictureIsNoOtherPart) {
  const TempFolder folder;
  SetMaker maker(folder / "set");
  maker.add("metal", "scratch", 7, 5);
  maker.add("metal", "scratch", 7, 5);  // the same photo under another name
  maker.add("metal", "scratch", 7, 6).part = "x";
  maker.add("metal", "scratch", 7, 7).part = "x";  // the same specimen again
  const auto plan = planned(maker.done(), {.balance = "all"});
  const auto& q = *plan.quadruplets;
  for (const auto* pair : plan.of(Distribution::SameObject)) {
    const auto a = std::min(pair->target, pair->reference), b = std::max(pair->target, pair->reference);
    EXPECT_FALSE(a == 0 && b == 1);
    EXPECT_FALSE(a == 2 && b == 3);
  }
  EXPECT_TRUE(q.are_alike(0, 1));
  EXPECT_TRUE(q.are_alike(2, 3));
  EXPECT_FALSE(q.are_alike(0, 2));
}

TEST(PairPlan, ASynthesisedDefectIsItsReferences) {
  const TempFolder folder;
  SetMaker maker(folder / "set");
  maker.add("metal", "scratch", 7);
  auto& painted = maker.add("metal", "scratch", 7);
  painted.origin = "synthesised", painted.other["curation"] = {{"reference", "e0"}};
  const auto set = maker.done();
  EXPECT_TRUE(planned(set, {.balance = "all"}).of(Distribution::SameObject).empty());
  EXPECT_EQ(planned(set, {.balance = "all"}, {.origin = "real", .held_out = 0}).quadruplets->size(), 1U);
}

TEST(PairPlan, UsedUpReferencesAreSkippedAndCountedOrReused) {
  const TempFolder folder;
  SetMaker maker(folder / "set");
  for (int i = 0; i < 6; ++i) maker.add("metal1", "scratch", 7);
  maker.add("cloth", "scratch", 7);
  const auto set = maker.done();
  const auto skipped = planned(set, {.balance = "all"});
  EXPECT_EQ(skipped.of(Distribution::OtherObject).size(), 2U);  // the cloth as reference once, as target once
  EXPECT_EQ(skipped.report.dropped.at("c").at("every reference is used"), 5);
  EXPECT_EQ(planned(set, {.balance = "all", .exhausted = "reuse"}).of(Distribution::OtherObject).size(), 7U);
}

TEST(PairPlan, AnEmptyDistributionIsNamedRatherThanCuttingAll) {
  const TempFolder folder;
  SetMaker maker(folder / "set");
  for (int i = 0; i < 4; ++i) maker.add("metal", "scratch", 7);
  const auto set = maker.done();
  EXPECT_THAT(
      [&] { planned(set, {}); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("(c) has no pair (4 x no other object has its category)"),
                                      HasSubstr("sampling.ratio=1:1:0"), HasSubstr("sampling.balance=all"))));
  EXPECT_EQ(planned(set, {.ratio = "1:1:0"}).pairs.size(), 8U);
}

TEST(PairPlan, ASeedGivesOnePlanAndHeldOutSpecimensStayApart) {
  const TempFolder folder;
  const auto set = three_products(folder / "set");
  const auto pairs = [&](std::int64_t seed) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
    for (const auto& pair : planned(set, {.seed = seed}).pairs) out.emplace_back(pair.target, pair.reference);
    return out;
  };
  EXPECT_EQ(pairs(1), pairs(1));
  EXPECT_NE(pairs(1), pairs(2));
  const auto plan = planned(set, {.balance = "all"}, {.held_out = 0.4});
  int held_out = 0;
  for (const auto& pair : plan.pairs) {
    EXPECT_EQ((*plan.quadruplets)[pair.target].is_held_out, pair.is_held_out);
    EXPECT_EQ((*plan.quadruplets)[pair.reference].is_held_out, pair.is_held_out);
    held_out += pair.is_held_out;
  }
  EXPECT_GT(held_out, 0);
}

TEST(PairPlan, LeavesOutWhatMayNotTrainAndSaysWhy) {
  const TempFolder folder;
  SetMaker maker(folder / "set");
  for (int i = 0; i < 3; ++i) maker.add("metal", "scratch", 7);
  maker.add("metal", "scratch", 7).split = "test";
  maker.add("metal", "scratch", 7).mask_kind = "box";
  const auto broken = maker.add("metal", "scratch", 7).abnormal,
             empty = maker.add("metal", "scratch", 7).mask;
  const auto set = maker.done();
  write_file_atomic(set / broken, "no picture");
  save_png(set / empty, Mask(64, 64));
  const auto plan = planned(set, {.balance = "all"});
  EXPECT_EQ(plan.quadruplets->size(), 3U);
  EXPECT_EQ(plan.left_out.at("unreadable"), std::vector<std::string>{"e5"});
  EXPECT_EQ(plan.left_out.at("empty mask"), std::vector<std::string>{"e6"});
  EXPECT_EQ(
      planned(set, {.balance = "all"}, {.boxes = true, .test = true, .held_out = 0}).quadruplets->size(), 5U);
  EXPECT_THAT([&] { planned(set, {}, {.origin = "synthesised"}); },
              ThrowsMessage<InputError>(HasSubstr("no quadruplet that may train")));
}

class PlanFile : public ::testing::Test {
 protected:
  PlanFile() : set(three_products(folder / "set")) {
    auto plan = planned(set, config.sampling);
    report = write_plan(folder / "plan", {set}, *plan.quadruplets, plan.pairs, plan.report, plan.left_out,
                        config, 2);
    pairs = plan.pairs;
    for (std::size_t i = 0; i < plan.quadruplets->size(); ++i) ids.push_back((*plan.quadruplets)[i].id);
  }
  TempFolder folder;
  fs::path set;
  PlanConfig config;
  Json report;
  std::vector<PlannedPair> pairs;
  std::vector<std::string> ids;
};

TEST_F(PlanFile, ReadsBackWhatWasPlanned) {
  const auto plan = Plan::open(folder / "plan/plan.jsonl");
  ASSERT_EQ(plan.size(), pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto line = plan.line(i);
    EXPECT_EQ(line.distribution, letter(pairs[i].distribution));
    EXPECT_EQ(line.target.id, ids[pairs[i].target]);
    EXPECT_EQ(line.reference.id, ids[pairs[i].reference]);
    EXPECT_TRUE(fs::equivalent(line.target_set, set));
  }
  EXPECT_EQ(plan.settings()["sampling.ratio"], "1:1:1");
  EXPECT_TRUE(fs::exists(folder / "plan/sheet.png"));
  const auto counts = report["by_category"]["7"];
  EXPECT_EQ(counts["a"].get<int>() + report["by_category"].value("6", Json::object()).value("a", 0) +
                report["by_category"].value("15", Json::object()).value("a", 0),
            report["pairs"]["a"].get<int>());
}

TEST_F(PlanFile, MayMoveTogetherWithItsSet) {
  fs::create_directories(folder / "elsewhere");
  fs::rename(set, folder / "elsewhere/set");
  fs::rename(folder / "plan", folder / "elsewhere/plan");
  EXPECT_EQ(Plan::open(folder / "elsewhere/plan/plan.jsonl").size(), pairs.size());
}

TEST_F(PlanFile, NoticesAnotherVersionOfTheSet) {
  const auto open = [&] { Plan::open(folder / "plan/plan.jsonl"); };
  sets::rewrite_set(set, [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    if (entry.id == "e3") entry.sha256 = std::string(64, '0');
    return entry;
  });
  EXPECT_THAT(open,
              ThrowsMessage<FormatError>(AllOf(HasSubstr("plan.jsonl:"), HasSubstr("another picture"))));
  sets::rewrite_set(set, [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    if (entry.id == "e3") return std::nullopt;
    return entry;
  });
  EXPECT_THAT(open,
              ThrowsMessage<FormatError>(AllOf(HasSubstr("'e3'"), HasSubstr("another version of the set"),
                                               HasSubstr("unidg sft plan"))));
  write_file_atomic(folder / "plan/plan.jsonl", "{\"id\": 3}\n");
  EXPECT_THAT(open, ThrowsMessage<FormatError>(HasSubstr("no header of a pair plan")));
}

}  // namespace
}  // namespace unidg::sft
