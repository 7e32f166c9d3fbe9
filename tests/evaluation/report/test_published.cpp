#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/published.h"

namespace unidg::evaluation::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Published& printed() { return Published::get(); }

const std::vector<std::string> kDetection = {"auroc_image", "ap_image", "auroc_pixel", "ap_pixel"};
const std::vector<std::string> kJudged = {"refad", "cons", "reas", "qual"};

/// The mean of the printed cells must round to the printed average; a slip of typing would break it.
void expect_average(const std::string& table, const std::string& method, const std::string& metric,
                    const std::vector<std::string>& objects, double half_step) {
  const double mean = printed().mean(table, method, metric, objects, 6).value();
  EXPECT_NEAR(printed().cell(table, method, metric, "average").value(), mean, half_step + 1e-6)
      << "table " << table << ", " << method << ", " << metric;
}

TEST(Published, AveragesFollowFromTheirCells) {
  const auto& mvtec = printed().mvtec_objects();
  const auto& visa = printed().visa_objects();
  ASSERT_EQ(mvtec.size(), 15U);
  ASSERT_EQ(visa.size(), 12U);
  ASSERT_EQ(printed().methods_of("12").size(), 8U);
  ASSERT_EQ(printed().methods_of("15").size(), 3U);
  for (const auto& method : printed().methods_of("12")) {
    for (const auto& metric : kDetection) expect_average("12", method.id, metric, mvtec, 0.05);
    expect_average("13", method.id, "accuracy", mvtec, 0.005);
    for (const std::string metric : {"il", "il_a"}) expect_average("14", method.id, metric, mvtec, 0.007);
  }
  for (const auto& method : printed().methods_of("15")) {
    for (const auto& metric : kDetection) expect_average("15", method.id, metric, visa, 0.005);
    expect_average("16", method.id, "accuracy", visa, 0.005);
  }
}

TEST(Published, JudgedAveragesWeighTypesExceptThoseOfUniDgRft) {  // the footnote on Table 14
  const std::map<std::string, double> types = {
      {"bottle", 3},   {"cable", 8},      {"capsule", 5},    {"carpet", 5}, {"grid", 5},
      {"hazelnut", 4}, {"leather", 5},    {"metal_nut", 4},  {"pill", 7},   {"screw", 5},
      {"tile", 5},     {"toothbrush", 1}, {"transistor", 4}, {"wood", 5},   {"zipper", 7}};
  for (const auto& method : printed().methods_of("14"))
    for (const auto& metric : kJudged) {
      double by_type = 0;
      for (const auto& [object, n] : types)
        by_type += n / 73 * printed().cell("14", method.id, metric, object).value();
      const double by_object = printed().mean("14", method.id, metric, printed().mvtec_objects(), 6).value();
      const double average = printed().cell("14", method.id, metric, "average").value();
      const bool is_rft = method.id == "unidg-rft";
      EXPECT_LT(std::abs(average - (is_rft ? by_object : by_type)), 0.026) << method.id << " " << metric;
      EXPECT_GT(std::abs(average - (is_rft ? by_type : by_object)), 0.02) << method.id << " " << metric;
    }
}

TEST(Published, TableOneRepeatsTheAveragesOfTheLongTables) {
  for (const auto& method : printed().methods_of("1")) {
    for (const auto& metric : kDetection)
      EXPECT_EQ(printed().cell("1", method.id, metric).shown,
                printed().cell("12", method.id, metric, "average").shown);
    for (const auto& metric : kJudged)
      EXPECT_EQ(printed().cell("1", method.id, metric).shown,
                printed().cell("14", method.id, metric, "average").shown);
    EXPECT_NEAR(printed().cell("1", method.id, "accuracy").value(),
                printed().cell("13", method.id, "accuracy", "average").value(), 0.0501);
  }
}

TEST(Published, RelativeChangesAreThePrintedOnes) {  // Table 2
  const std::map<std::string, std::vector<std::string>> changes = {
      {"anodiff", {"+0.0%", "-4.7%", "-9.9%"}},     {"anogen", {"-2.8%", "+0.0%", "+0.0%"}},
      {"dualanodiff", {"-2.3%", "-0.7%", "-0.7%"}}, {"seas", {"-1.0%", "-10.9%", "-22.6%"}},
      {"anydoor", {"-3.3%", "-31.8%", "-58.0%"}},   {"insertany", {"-5.3%", "-21.6%", "-40.9%"}},
      {"unidg-sft", {"+11.2%", "+5.3%", "+7.8%"}},  {"unidg-rft", {"+11.4%", "+11.3%", "+20.5%"}}};
  for (const auto& [method, expected] : changes) {
    const auto change = [&](const char* metric, const char* base) {
      return relative_change(printed().cell("2", method, metric), printed().cell("2", base, metric));
    };
    EXPECT_EQ(change("pro", "anodiff"), expected[0]) << method;
    EXPECT_EQ(change("miou", "anogen"), expected[1]) << method;
    EXPECT_EQ(change("fg_miou", "anogen"), expected[2]) << method;
  }
}

TEST(
    Published,
    AccuraciesAreFractionsOfTheTestSet) {  // those that are not carry a footnote: docs/evaluation.md, Reports
  const std::map<std::string, int> counts = {
      {"bottle", 43},   {"cable", 64},      {"capsule", 75},    {"carpet", 62}, {"grid", 40},
      {"hazelnut", 48}, {"leather", 63},    {"metal_nut", 64},  {"pill", 96},   {"screw", 81},
      {"tile", 57},     {"toothbrush", 20}, {"transistor", 28}, {"wood", 42},   {"zipper", 82}};
  int doubtful = 0;
  for (const auto& [object, n] : counts)
    for (const auto& method : printed().methods_of("13")) {
      const Cell cell = printed().cell("13", method.id, "accuracy", object);
      const double nearest = 100 * std::round(cell.value() / 100 * n) / n;
      const bool is_fraction = std::abs(cell.value() - nearest) < 0.0101;
      EXPECT_EQ(cell.notes.empty(), is_fraction) << object << " " << method.id;
      doubtful += is_fraction ? 0 : 1;
    }
  EXPECT_EQ(doubtful, 7);
}

TEST(Published, FootnotesStandOnCellsThatCannotBeRight) {
  EXPECT_THAT(printed().cell("12", "unidg-rft", "ap_image", "average").notes,
              ElementsAre(HasSubstr("swapped")));
  EXPECT_THAT(printed().cell("1", "unidg-rft", "auroc_pixel").notes, ElementsAre(HasSubstr("swapped")));
  EXPECT_THAT(printed().cell("12", "anodiff", "auroc_pixel", "cable").notes, ElementsAre(HasSubstr("AP-P")));
  EXPECT_EQ(printed().cell("12", "anodiff", "auroc_pixel", "cable").shown,
            printed().cell("12", "anodiff", "ap_pixel", "cable").shown);
  for (const auto& object : printed().visa_objects()) {
    EXPECT_EQ(printed().cell("16", "seas", "accuracy", object).value(),
              printed().cell("15", "seas", "auroc_image", object).value());
    EXPECT_THAT(printed().cell("16", "seas", "accuracy", object).notes,
                ElementsAre(HasSubstr("copying error")));
  }
  EXPECT_THAT(printed().cell("12", "unidg-sft", "ap_pixel", "average").notes, IsEmpty());
}

TEST(Published, AnchorsOfBothTables) {  // docs/evaluation.md, Reports
  EXPECT_EQ(printed().cell("1", "unidg-sft", "accuracy").shown, "74.9");
  EXPECT_EQ(printed().cell("1", "unidg-rft", "qual").shown, "4.24");
  EXPECT_EQ(printed().cell("2", "unidg-rft", "fg_miou").shown, "31.87");
  EXPECT_EQ(printed().cell("17", "unidg-rft", "miou").shown, "36.23");
  EXPECT_EQ(printed().cell("17", "seas", "auroc_image").shown, "81.72");
}

TEST(Published, UnknownCellsAreMissing) {
  EXPECT_TRUE(printed().cell("12", "unidg-rft", "pro", "cable").is_missing());
  EXPECT_TRUE(printed().cell("12", "unidg-rft", "ap_pixel", "magnetic_tile").is_missing());
  EXPECT_TRUE(printed().mean("12", "seas", "ap_pixel", {"bottle", "magnetic_tile"}, 1).is_missing());
  EXPECT_TRUE(printed().mean("12", "seas", "ap_pixel", {}, 1).is_missing());
}

TEST(Published, ARowOfAnotherLengthIsRefused) {
  const Json json = parse_json(R"({"paper": "p", "methods": [], "objects": {}, "tables": [
    {"table": "1", "rows": "metric", "columns": "method", "keys": "a b", "values": {"acc": "1"}}]})",
                               "test");
  EXPECT_THAT([&] { Published{json}; },
              ::testing::ThrowsMessage<FormatError>(HasSubstr("1 values for 2 keys")));
}

}  // namespace
}  // namespace unidg::evaluation::report
