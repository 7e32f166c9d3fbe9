#include <gmock/gmock.h>

#include <fstream>

#include "evaluation/report/run_folder.h"
#include "support/folder_content.h"
#include "unidg/evaluation/report/report.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RunFolder;

const Table& table(const Report& report, const std::string& id) {
  for (const Table* found : report.tables())
    if (found->id == id) return *found;
  throw std::out_of_range("no table " + id);
}

std::string header(const Column& column) { return column.group + ": " + column.name; }

const Cell& cell(const Table& table, const std::vector<std::string>& labels, const std::string& column) {
  for (const Row& row : table.rows)
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      if (row.labels == labels && header(table.columns[i]) == column) return row.cells[i];
  throw std::out_of_range("no cell in column " + column + " of " + table.id);
}

TEST(Report, TableTwelveShowsMediansRangesAndBothAverages) {
  const RunFolder folder;
  folder.write_all();
  const Report report = make_report(folder.path());
  const Table& twelve = table(report, "table-12");
  std::vector<std::string> columns;
  for (const Column& column : twelve.columns) columns.push_back(header(column));
  EXPECT_THAT(columns, ElementsAre("Product: bottle", "Product: pill", "Product: tile_x", "Average: this run",
                                   "Average: common", "Average: of 15"));
  const std::vector<std::string> ours = {"UniDG_small 100%", "AP-P"}, printed = {"UniDG-SFT", "AP-P"};
  const Cell& bottle = cell(twelve, ours, "Product: bottle");
  EXPECT_EQ(bottle.shown + " " + bottle.low + " " + bottle.high, "70.0 60.0 80.0");
  EXPECT_EQ(bottle.rank, Rank::Best);
  EXPECT_EQ(cell(twelve, ours, "Average: this run").shown, "73.3");
  EXPECT_EQ(cell(twelve, ours, "Average: common").shown, "75.0");  // bottle and pill
  EXPECT_TRUE(cell(twelve, ours, "Average: of 15").is_missing());
  EXPECT_EQ(cell(twelve, printed, "Product: bottle").shown, "88.3");
  EXPECT_TRUE(cell(twelve, printed, "Product: tile_x").is_missing());
  EXPECT_TRUE(cell(twelve, printed, "Average: this run").is_missing());
  EXPECT_EQ(cell(twelve, printed, "Average: common").shown, "91.8");  // of 88.3 and 95.3
  EXPECT_EQ(cell(twelve, printed, "Average: of 15").shown, "77.0");
  EXPECT_EQ(cell(twelve, printed, "Average: of 15").rank, Rank::Second);
  EXPECT_EQ(twelve.rows.front().section, "Few-shot Learning Anomaly Generation");
  EXPECT_EQ(twelve.rows.back().section, "This run");
}

TEST(Report, TableOneStandsBesideThePrintedAverages) {
  const RunFolder folder;
  folder.write_all();
  const Report report = make_report(folder.path());
  const Table& one = table(report, "table-1");
  EXPECT_EQ(cell(one, {"AP-P"}, "Training-Free Few-shot Image Insertion: UniDG-RFT").shown, "77.3");
  EXPECT_EQ(cell(one, {"AP-P"}, "Training-Free Few-shot Image Insertion: UniDG-RFT").rank, Rank::Best);
  EXPECT_EQ(cell(one, {"AP-P"}, "This run: Crop-Paste").shown, "63.3");
  EXPECT_EQ(cell(one, {"AP-P"}, "This run: Crop-Paste").rank, Rank::Second);
  EXPECT_TRUE(cell(one, {"Acc"}, "This run: Crop-Paste").is_missing());
  const Table& common = table(report, "table-1-common");
  EXPECT_EQ(cell(common, {"AP-P"}, "This run: Crop-Paste").shown, "65.0");
  EXPECT_EQ(cell(common, {"AP-P"}, "Training-Free Few-shot Image Insertion: UniDG-SFT").shown, "91.8");
}

TEST(Report, DefectTypesAgainstCropPaste) {
  const RunFolder folder;
  folder.write_all();
  const Report report = make_report(folder.path());
  EXPECT_EQ(cell(table(report, "types-localisation"), {"pill", "scratch"}, "This run: Crop-Paste").shown,
            "35.0");
  EXPECT_EQ(cell(table(report, "types-localisation"), {"pill", "hole"}, ": n").shown, "8");
  EXPECT_EQ(cell(table(report, "type-differences"), {"bottle", "hole"}, "This run: UniDG_small 100%").shown,
            "10.0");
  EXPECT_EQ(
      cell(table(report, "type-differences"), {"bottle", "scratch"}, "This run: UniDG_small 100%").shown,
      "5.0");
  const Cell& interval = cell(table(report, "intervals"), {"bottle", "AP-P"}, "This run: Crop-Paste");
  EXPECT_EQ(interval.shown + " " + interval.low + " " + interval.high, "60.0 55.0 65.0");
}

TEST(Report, MultiClassChangesAreAgainstCropPaste) {
  const RunFolder folder;
  Json head = RunFolder::head();
  head["tasks"] = {"multiclass"}, head["cells"] = 2, head["seeds"] = {0};
  folder.write_head(head);
  std::vector<Json> lines;
  for (const auto& [generator, miou] :
       std::vector<std::pair<std::string, double>>{{"crop-paste", 0.4}, {"ours", 0.5}})
    lines.push_back({{"cell", "multiclass/all/" + generator + "/0"},
                     {"task", "multiclass"},
                     {"product", "*"},
                     {"generator", generator},
                     {"seed", 0},
                     {"scores", {{"miou", miou}, {"fg_miou", nullptr}}},
                     {"per_product", {{"bottle", {{"fg_miou", 0.25}}}}},
                     {"notes", {"a network from scratch"}}});
  folder.write_results(lines);
  const Report report = make_report(folder.path());
  const Table& two = table(report, "table-2");
  const std::string miou = "Semantic Segmentation Metrics: mIoU";
  EXPECT_EQ(cell(two, {"UniDG_small 100%"}, miou).shown, "50.00");
  EXPECT_EQ(cell(two, {"UniDG_small 100%"}, miou).change, "+25.0%");
  EXPECT_EQ(cell(two, {"SeaS"}, miou).change, "-10.9%");
  EXPECT_TRUE(cell(two, {"UniDG_small 100%"}, "Semantic Segmentation Metrics: FG-mIoU").is_missing());
  EXPECT_THAT(two.caption, HasSubstr("a network from scratch"));
  EXPECT_TRUE(report.run.is_complete());
  EXPECT_EQ(cell(table(report, "multiclass-products"), {"bottle", "FG-mIoU"}, "This run: Crop-Paste").shown,
            "25.0");
}

TEST(Report, CostsStandBesideThePrintedOnes) {
  const RunFolder folder;
  folder.write_all();
  const Json set = {{"generator", "ours"},
                    {"product", "bottle"},
                    {"seed", 0},
                    {"folder", "x"},
                    {"n", 100},
                    {"weak", 2},
                    {"failed", 1},
                    {"seconds", 25},
                    {"seconds_per_picture", 0.25},
                    {"width", 128},
                    {"height", 96},
                    {"steps", 28},
                    {"parameters", nullptr},
                    {"model", "m"}};
  folder.temp.write("generated.jsonl", set.dump() + "\n");
  const Report report = make_report(folder.path());
  const Table& ten = table(report, "table-10");
  EXPECT_EQ(cell(ten, {"UniDG"}, ": Seconds").shown, "11.59");
  EXPECT_EQ(cell(ten, {"UniDG_small 100%"}, ": Seconds").shown, "0.250");
  EXPECT_EQ(cell(ten, {"UniDG_small 100%"}, ": Resolution").shown, "128 x 96");
  EXPECT_EQ(cell(ten, {"UniDG_small 100%"}, ": Iterations").shown, "28");
  EXPECT_TRUE(cell(ten, {"Crop-Paste"}, ": Seconds").is_missing());
  const Table& five = table(report, "table-5");
  EXPECT_EQ(cell(five, {"Image Embedder"}, ": Counted").shown, "64,503,808");
  EXPECT_THAT(cell(five, {"Image Embedder"}, ": Printed").notes, Not(IsEmpty()));
  EXPECT_EQ(cell(five, {"UniDG_small 100%"}, ": Counted").shown, "1,234,567");
  EXPECT_EQ(cell(table(report, "sets"), {"UniDG_small 100%"}, ": Weak").shown, "2");
}

TEST(Report, AnIncompleteRunSaysSo) {
  const RunFolder folder;
  folder.write_head(RunFolder::head());
  auto lines = RunFolder::all_lines();
  lines.resize(15);  // tile_x of ours is missing
  folder.write_results(lines);
  const Report report = make_report(folder.path());
  EXPECT_THAT(html_page(report), HasSubstr("Incomplete run"));
  EXPECT_THAT(markdown_file(report), HasSubstr("INCOMPLETE, 3 cells"));
  EXPECT_EQ(json_file(report)["missing"].size(), 3U);
  EXPECT_EQ(cell(table(report, "missing"), {"localisation", "tile_x", "UniDG_small 100%"}, ": Seeds").shown,
            "0, 1, 2");
  EXPECT_TRUE(
      cell(table(report, "table-12"), {"UniDG_small 100%", "AP-P"}, "Average: this run").is_missing());
  EXPECT_EQ(cell(table(report, "table-12"), {"UniDG_small 100%", "AP-P"}, "Average: common").shown, "75.0");
}

TEST(Report, PageIsSelfContainedAndEscaped) {
  const RunFolder folder;
  folder.write_all();
  folder.write_set("ours");
  const std::string page = html_page(make_report(folder.path()));
  EXPECT_THAT(page, HasSubstr("small &amp; &lt;hand-written&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<hand-written>")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, HasSubstr("<svg class=\"plot\""));
  EXPECT_THAT(page, HasSubstr("data:image/jpeg;base64,"));
  for (std::size_t at = page.find(" src=\""); at != std::string::npos; at = page.find(" src=\"", at + 1))
    EXPECT_EQ(page.substr(at + 6, 5), "data:");
  for (const char* tag : {"section", "table", "figure", "details", "svg", "div", "span", "ul", "ol", "dl"}) {
    const auto count = [&](const std::string& what) {
      std::size_t n = 0;
      for (std::size_t at = page.find(what); at != std::string::npos; at = page.find(what, at + 1))
        n += std::string(" >").find(page[at + what.size()]) != std::string::npos ? 1 : 0;
      return n;
    };
    EXPECT_EQ(count(std::string("<") + tag), count(std::string("</") + tag)) << tag;
  }
}

TEST(Report, SamplesShowTheSameTargetsForEveryGenerator) {
  const RunFolder folder;
  folder.write_all();
  folder.write_set("ours"), folder.write_set("crop-paste");
  folder.temp.write(
      "targets/bottle/seed-0/plan.jsonl",
      "{\"id\": \"a-0000000000\", \"type\": \"hole\"}\n{\"id\": \"b-0000000000\", \"type\": \"scratch\"}\n");
  const Report report = make_report(folder.path());
  ASSERT_EQ(report.samples.size(), 2U);
  EXPECT_EQ(report.samples[0].type, "hole");
  EXPECT_EQ(report.samples[1].type, "scratch");
  for (const Sample& sample : report.samples) {
    EXPECT_THAT(sample.scene, HasSubstr("data:image/jpeg"));
    ASSERT_EQ(sample.painted.size(), 2U);
    for (const Painted& painted : sample.painted) EXPECT_THAT(painted.zoom, HasSubstr("data:image/jpeg"));
  }
}

TEST(Report, AMissingPictureIsAWarning) {
  const RunFolder folder;
  folder.write_all();
  folder.write_set("ours");
  std::filesystem::remove(folder.path() / "generated/ours/bottle/seed-0/abnormal/a-0000000000.png");
  const Report report = make_report(folder.path());
  EXPECT_EQ(report.samples.size(), 1U);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("a-0000000000.png")));
}

TEST(Report, WorstPicturesComeFromTheProductsFolder) {
  const RunFolder folder;
  folder.write_all();
  EXPECT_EQ(worst_pictures(read_run(folder.path()), {}).size(), 6U);  // first seed only
  EXPECT_EQ(worst_pictures(read_run(folder.path()), {}).front().picture, "");
  save_png(folder.path() / "products/bottle/test/hole/000.png", Image(20, 20, PixelFormat::Gray8));
  const auto worst = worst_pictures(read_run(folder.path()), {}).front();
  EXPECT_THAT(worst.picture, HasSubstr("data:image/jpeg"));
  EXPECT_EQ(worst.why, "missed");
}

TEST(Report, WritesFiveFilesAndTheSameTwice) {
  const RunFolder folder;
  folder.write_all();
  const auto out = folder.path() / "report";
  EXPECT_EQ(write_report(make_report(folder.path()), out), out / "report.html");
  const auto first = testing::folder_content(out);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : first) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("report.csv", "report.html", "report.json", "report.md", "report.tex"));
  write_report(make_report(folder.path()), out);
  EXPECT_EQ(testing::folder_content(out), first);
}

TEST(Base64, KnownVectors) {  // RFC 4648, 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace unidg::evaluation::report
