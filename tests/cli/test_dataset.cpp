#include "unidg/dataset/sets/set_folder.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Two good pictures and four scratches with their masks.
void write_photos(const fs::path& folder) {
  for (int i = 0; i < 6; ++i) {
    Image photo(40, 30, PixelFormat::Rgb8);
    cv::RNG rng(static_cast<std::uint64_t>(i) + 3);
    rng.fill(photo.pixels(), cv::RNG::UNIFORM, 0, 256);
    Mask mask(40, 30);
    mask.pixels()(cv::Rect(4 + i, 5, 12, 6)).setTo(255);
    const auto name = std::to_string(i);
    save_png(folder / (i < 2 ? "good" : "scratch") / (name + ".png"), photo);
    if (i >= 2) save_png(folder / "scratch" / (name + "_mask.png"), mask);
  }
}

TEST(Dataset, GoesFromAFolderToAnExport) {
  const TempFolder folder;
  write_photos(folder / "photos");
  const auto set = (folder / "set").string();
  auto ran = run_here(
      {"dataset", "import", (folder / "photos").string(), "--out", set, "--licence", "own", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto imported = parse_json(ran.out, "stdout");
  EXPECT_EQ(imported.at("added"), 6);
  EXPECT_EQ(imported.at("recognised").at("layout"), "folder");

  ran = run_here({"dataset", "validate", set, "--json"});
  EXPECT_EQ(ran.exit, 0) << ran.out;
  EXPECT_TRUE(fs::exists(parse_json(ran.out, "stdout").at("report").get<std::string>()));
  EXPECT_THAT(run_here({"dataset", "stats", set}).out, HasSubstr("scratch"));
  EXPECT_EQ(run_here({"dataset", "split", set, "--train", "0.5", "--val", "0", "--test", "0.5"}).exit, 0);
  EXPECT_THAT(run_here({"dataset", "dedupe", set, "--near"}).out, HasSubstr("0 entries dropped"));
  EXPECT_TRUE(
      fs::exists(run_here({"dataset", "browse", set}).out.substr(0, set.size()) + "/browse/index.html"));

  const auto drop = dataset::sets::read_set(set).front().id;
  const auto marks =
      folder.write("marks.json", Json{{"format", "unidg marks"}, {"marks", {{drop, "drop"}}}}.dump());
  EXPECT_THAT(run_here({"dataset", "apply", set, marks.string()}).out, HasSubstr("1 dropped, 5 left"));

  ran =
      run_here({"dataset", "export", set, "--format", "coco", "--out", (folder / "coco").string(), "--json"});
  EXPECT_EQ(parse_json(ran.out, "stdout").at("written"), 5);
  EXPECT_THAT(run_here({"dataset", "import", (folder / "coco").string(), "--look"}).out,
              HasSubstr("coco (93 % sure"));
}

TEST(Dataset, RendersAndScoresAQuestionSet) {
  const TempFolder folder;
  write_photos(folder / "photos");
  const auto set = (folder / "set").string(), out = (folder / "out").string();
  ASSERT_EQ(run_here({"dataset", "import", (folder / "photos").string(), "--out", set, "--object", "gear",
                      "--domain", "industrial"})
                .exit,
            0);
  Image query(40, 30, PixelFormat::Rgb8);
  cv::RNG(99).fill(query.pixels(), cv::RNG::UNIFORM, 0, 256);
  save_png(folder / "mmad/Own/gear/test/scratch/0.png", query);
  const Json question = {{"Question", "Is there any defect?"},
                         {"Answer", "A"},
                         {"Options", {{"A", "Yes."}, {"B", "No."}}},
                         {"type", "Anomaly Detection"}};
  const Json entry = {{"conversation", Json::array({question})}};
  const auto questions =
      folder.write("mmad/mmad.json", Json{{"Own/gear/test/scratch/0.png", entry}}.dump()).string();
  const Arguments asked = {"dataset", "mmad-context", set, "--questions", questions, "--out", out, "--json"};
  EXPECT_EQ(run_here(asked).exit, 2);  // no normal counterparts
  auto with = asked;
  with.push_back("--without-normal");
  auto ran = run_here(with);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "stdout").at("questions"), 1);
  const auto line = parse_json(read_file(out + "/context.jsonl"), "context");
  EXPECT_EQ(line.at("context").size(), 2u);

  const auto answers =
      folder.write("answers.jsonl", Json{{"id", line.at("id")}, {"answer", "A."}}.dump()).string();
  ran = run_here({"dataset", "mmad-score", answers, "--questions", questions, "--json"});
  EXPECT_EQ(parse_json(ran.out, "stdout").at("overall").at("average"), 100);
  EXPECT_EQ(run_here({"dataset", "mmad-score", answers}).exit, 2);
}

TEST(Dataset, ExitCodesSayWhoActs) {
  const TempFolder folder;
  write_photos(folder / "photos");
  const auto photos = (folder / "photos").string(), set = (folder / "set").string();
  EXPECT_EQ(run_here({"dataset"}).exit, 2);
  EXPECT_EQ(run_here({"dataset", "import", photos}).exit, 2);
  EXPECT_EQ(run_here({"dataset", "import", photos, "--out", set, "--layout", "visaa"}).exit, 2);
  EXPECT_EQ(run_here({"dataset", "import", (folder / "none").string(), "--out", set}).exit, 3);
  EXPECT_EQ(run_here({"dataset", "validate", photos}).exit, 3);
  EXPECT_EQ(run_here({"dataset", "import", photos, "--out", set}).exit, 0);
  folder.write("set/" + dataset::sets::read_set(set).back().mask, "");
  const auto ran = run_here({"dataset", "validate", set});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.out, HasSubstr("error: unreadable file: 1"));
}

TEST(Dataset, TaxonomyAnswersAndLists) {
  EXPECT_THAT(run_here({"dataset", "taxonomy"}).out, HasSubstr("28 bright line"));
  EXPECT_THAT(run_here({"dataset", "taxonomy", "--type", "bent_lead"}).out, HasSubstr("3 deformation"));
  EXPECT_THAT(run_here({"dataset", "taxonomy", "--type", "cable_swap"}).out, HasSubstr("not mapped"));
  EXPECT_THAT(run_here({"dataset", "import", "--layouts"}).out, HasSubstr("deeppcb"));
}

}  // namespace
}  // namespace unidg::testing
