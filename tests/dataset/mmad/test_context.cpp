#include <gmock/gmock.h>

#include "small_bench.h"
#include "unidg/dataset/mmad/pictures.h"
#include "unidg/dataset/mmad/words.h"

namespace unidg::dataset::mmad {
namespace {

using namespace testing_bench;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;
using unidg::testing::TempFolder;

const Json kCaption = {{"defect-level",
                        {{{"type", "scratch"},
                          {"shape", "line"},
                          {"direction", ""},
                          {"contrast", "high"},
                          {"summary", "A thin line"}}}},
                       {"summary", "A cup with a scratch."}};

fs::path small_set(const TempFolder& folder) {
  auto one = quadruplet("one", "bottle", "scratch", 7, 1);
  one.caption = kCaption;
  return write_set(folder / "set", {one, quadruplet("two", "cup", "rust", 25, 2)});
}

std::vector<std::string> urls(const Json& line) {
  std::vector<std::string> out;
  for (const auto& piece : line.at("messages").at(1).at("content"))
    if (piece.at("type") == "image_url") out.push_back(piece.at("image_url").at("url"));
  return out;
}

std::string words(const Json& line) {
  std::string out;
  for (const auto& piece : line.at("messages").at(1).at("content"))
    if (piece.at("type") == "text") out += piece.at("text").get<std::string>() + "\n";
  return out;
}

TEST(Context, IsOneQuestionALineWithFilesThatExist) {
  const TempFolder folder;
  ContextOptions options;
  options.choice.count = 1;
  const auto file = write_questions(folder / "mmad");
  const auto result = write_context(small_set(folder), file, folder / "mmad", folder / "out", options);
  EXPECT_EQ(result.pictures, 4u);
  EXPECT_EQ(result.questions, 6u);
  EXPECT_EQ(result.fewer, 0u);
  const auto lines = read_lines(result.file);
  ASSERT_EQ(lines.size(), 6u);

  const auto& line = lines[1];
  EXPECT_EQ(line.at("id"), "DS-MVTec/bottle/image/broken_large/000.png#2");
  EXPECT_EQ(line.at("task"), "Defect Classification");
  EXPECT_EQ(line.at("context").at(0).at("id"), "one");
  EXPECT_FALSE(line.contains("answer"));
  EXPECT_EQ(line.at("messages").at(0).at("content"), instruction());
  EXPECT_THAT(urls(line),
              ElementsAre("pictures/one-normal.png", "pictures/one-abnormal.png", "pictures/one-outline.png",
                          "../mmad/MVTec-AD/bottle/train/good/001.png",
                          "../mmad/DS-MVTec/bottle/image/broken_large/000.png"));
  for (const auto& each : lines)
    for (const auto& url : urls(each)) EXPECT_TRUE(fs::is_regular_file(folder / "out" / url)) << url;
  EXPECT_THAT(words(line), HasSubstr("bottle without a defect:"));
  EXPECT_THAT(words(line), HasSubstr("with a defect (scratch):"));
  EXPECT_THAT(
      words(line),
      HasSubstr("top-left: from 13 % to 38 % of the width and from 13 % to 25 % of the height, 3.1 %"));
  EXPECT_THAT(words(line),
              HasSubstr("Description: scratch: shape line, contrast high. A thin line. A cup with"));
  EXPECT_THAT(words(line),
              HasSubstr("Question: What is the type of the defect?\nA. Broken large.\nB. Contamination.\n"));

  const auto settings = parse_json(read_file(folder / "out" / "settings.json"), "settings");
  EXPECT_EQ(settings.at("match"), "object");
  EXPECT_EQ(settings.at("questions"), 6);
}

TEST(Context, WithoutQuadrupletsIsMmadsOwn) {
  const TempFolder folder;
  ContextOptions options;
  options.choice.count = 0, options.similar = true;
  const auto file = write_questions(folder / "mmad");
  const auto result = write_context(small_set(folder), file, folder / "mmad", folder / "out", options);
  EXPECT_THAT(urls(read_lines(result.file)[0]),
              ElementsAre("../mmad/MVTec-AD/bottle/train/good/002.png",
                          "../mmad/DS-MVTec/bottle/image/broken_large/000.png"));
}

TEST(Context, CanBeEmbeddedAsSheets) {
  const TempFolder folder;
  ContextOptions options;
  options.choice.count = 2, options.embed = true, options.sheet = true, options.shots = 0, options.side = 32;
  options.limit = 1;
  const auto file = write_questions(folder / "mmad");
  const auto result = write_context(small_set(folder), file, folder / "mmad", folder / "out", options);
  const auto all = urls(read_lines(result.file)[0]);
  ASSERT_EQ(all.size(), 3u);
  for (const auto& url : all) EXPECT_THAT(url, StartsWith("data:image/png;base64,iVBOR"));
  const auto sheet = load_image(folder / "out/pictures/one-sheet.png");
  EXPECT_EQ(sheet.width(), 3 * 32 + 2 * 8);
  EXPECT_EQ(sheet.height(), 24);
  EXPECT_EQ(result.pictures, 1u);
}

TEST(Context, ShowsTheMaskAsAsked) {
  const TempFolder folder;
  ContextOptions options;
  options.choice.count = 1, options.shots = 0, options.mask = "both", options.side = 0;
  const auto file = write_questions(folder / "mmad");
  const auto result = write_context(small_set(folder), file, folder / "mmad", folder / "out", options);
  EXPECT_THAT(urls(read_lines(result.file)[0]),
              ElementsAre("pictures/one-normal.png", "pictures/one-abnormal.png", "pictures/one-outline.png",
                          "pictures/one-mask.png", "../mmad/DS-MVTec/bottle/image/broken_large/000.png"));
  const auto mask = load_mask(folder / "out/pictures/one-mask.png");
  EXPECT_EQ(mask, load_mask(folder / "set/mask/one.png"));
  // The line lies outside the mask: inside, and far away, the picture is as it was.
  const cv::Mat drawn = load_image(folder / "out/pictures/one-outline.png").rgb8(), before = photo(1).rgb8();
  EXPECT_EQ(cv::norm(drawn(mask.box()), before(mask.box()), cv::NORM_INF), 0);
  EXPECT_EQ(drawn.at<cv::Vec3b>(4, 12), cv::Vec3b(255, 0, 0));
  EXPECT_EQ(cv::norm(drawn(cv::Rect(40, 20, 20, 20)), before(cv::Rect(40, 20, 20, 20)), cv::NORM_INF), 0);
}

TEST(Context, MissingFilesAreNamedAndOtherFoldersRefused) {
  const TempFolder folder;
  const auto set = small_set(folder);
  const auto file = write_questions(folder / "mmad");
  fs::remove(folder / "mmad/VisA/candle/test/bad/000.png");
  fs::remove(folder / "mmad/MVTec-AD/bottle/train/good/001.png");
  const auto result = write_context(set, file, folder / "mmad", folder / "out", {});
  EXPECT_EQ(result.pictures, 3u);
  EXPECT_EQ(result.notes.count("normal template that is missing"), 3u);
  EXPECT_EQ(result.fewer, 0u);
  folder.write("full/thing.txt", "mine");
  EXPECT_THAT([&] { write_context(set, file, folder / "mmad", folder / "full", {}); },
              ThrowsMessage<UsageError>(HasSubstr("not empty")));
  ContextOptions options;
  options.mask = "blob";
  EXPECT_THAT([&] { write_context(set, file, folder / "mmad", folder / "out", options); },
              ThrowsMessage<UsageError>(HasSubstr("blob")));
}

TEST(Words, TakeWhatIsThere) {
  EXPECT_EQ(caption_words(Json()), "");
  EXPECT_EQ(caption_words({{"defect-level", 7}, {"summary", 3}}), "");
  EXPECT_EQ(caption_words({{"defect-level", {{"type", "hole"}, {"size", 3}}}, {"summary", "Bad"}}),
            "hole. Bad.");
  Mask mask(100, 50);
  mask.pixels().at<std::uint8_t>(49, 99) = 255;
  EXPECT_THAT(place_words(mask), HasSubstr("bottom-right: from 99 % to 100 %"));
  EXPECT_THAT(place_words(mask), HasSubstr("less than 0.1 %"));
}

}  // namespace
}  // namespace unidg::dataset::mmad
