#include <gmock/gmock.h>

#include "run_folder.h"
#include "unidg/core/error.h"
#include "unidg/evaluation/report/paired.h"
#include "unidg/evaluation/report/report.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation::report;
using ::testing::HasSubstr;

Json head_of_ours() {
  auto head = RunFolder::head();
  head["generators"][1]["kind"] = "embedded";
  return head;
}

/// Draws that swing by 20 points; `better` is added to every one of them.
std::string swinging(double better) {
  Json values = Json::array();
  for (int i = 0; i < 40; ++i) values.push_back(0.3 + 0.2 * (i % 2) + better);
  return Json({{"ap_pixel", values}}).dump();
}

/// Two products, two seeds; ours is better by `gain` of each cell.
void write_run(const RunFolder& folder, const std::vector<double>& gain, bool with_draws = true) {
  std::vector<Json> lines;
  std::size_t next = 0;
  for (const std::string product : {"bottle", "pill"})
    for (const int seed : {0, 1}) {
      const double by = gain[next++];
      lines.push_back(RunFolder::line(product, "crop-paste", seed, 0.4));
      lines.push_back(RunFolder::line(product, "ours", seed, 0.4 + by));
      if (!with_draws) continue;
      const auto cell = [&](const std::string& generator) {
        return "cells/localisation+" + product + "+" + generator + "+" + std::to_string(seed) + "/draws.json";
      };
      folder.temp.write(cell("crop-paste"), swinging(0));
      folder.temp.write(cell("ours"), swinging(by));
    }
  folder.write_head(head_of_ours());
  folder.write_results(lines);
}

TEST(Paired, WhatBothShareDoesNotWidenTheInterval) {
  const RunFolder folder;
  write_run(folder, {0.1, 0.1, 0.04, 0.04});
  const auto found =
      paired_difference(read_run(folder.path()), "localisation", "ap_pixel", "ours", "crop-paste");
  ASSERT_TRUE(found && found->low);
  EXPECT_NEAR(found->mean, 0.07, 1e-9);
  EXPECT_NEAR(*found->low, 0.07, 1e-9);
  EXPECT_NEAR(*found->high, 0.07, 1e-9);
  EXPECT_EQ(found->cells, 4);
}

TEST(Paired, SeedsThatDisagreeWidenIt) {
  const RunFolder folder;
  write_run(folder, {0.2, -0.1, 0.04, 0.04});
  const auto found =
      paired_difference(read_run(folder.path()), "localisation", "ap_pixel", "ours", "crop-paste");
  ASSERT_TRUE(found && found->low);
  EXPECT_NEAR(found->mean, 0.045, 1e-9);
  EXPECT_NEAR(*found->low, (-0.1 + 0.04) / 2, 1e-9);
  EXPECT_NEAR(*found->high, (0.2 + 0.04) / 2, 1e-9);
}

TEST(Paired, WithoutDrawsThereIsNoInterval) {
  const RunFolder folder;
  write_run(folder, {0.1, 0.1, 0.04, 0.04}, false);
  const auto report = make_report(folder.path());
  const auto& table = report.own.front();
  EXPECT_EQ(table.id, "paired");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].labels[0], "Crop-Paste");
  const auto& cell = table.rows[0].cells.at(1);  // AUROC-I, AP-P
  EXPECT_EQ(cell.shown, "7.0");
  EXPECT_EQ(cell.low, "");
  EXPECT_THAT(cell.notes, ::testing::ElementsAre(HasSubstr("no draws")));
}

TEST(Paired, AnyGeneratorCanBeNamed) {
  const RunFolder folder;
  write_run(folder, {0.1, 0.1, 0.04, 0.04});
  const auto run = read_run(folder.path());
  EXPECT_EQ(paired_table(run, "crop-paste")->rows.at(0).cells.at(1).shown, "-7.0");
  EXPECT_THAT([&] { paired_table(run, "cop-paste"); },
              ThrowsMessage<UsageError>(HasSubstr("this run compares crop-paste, ours")));
  auto head = RunFolder::head();  // no model of ours
  folder.write_head(head);
  EXPECT_FALSE(paired_table(read_run(folder.path()), "").has_value());
}

TEST(Paired, DamagedDrawsAreNamed) {
  const RunFolder folder;
  write_run(folder, {0.1, 0.1, 0.04, 0.04});
  folder.temp.write("cells/localisation+pill+ours+1/draws.json", R"({"ap_pixel": [0.1, "x"]})");
  EXPECT_THAT([&] { paired_table(read_run(folder.path()), ""); },
              ThrowsMessage<FormatError>(HasSubstr("ap_pixel holds \"x\"")));
}

}  // namespace
}  // namespace unidg::testing
