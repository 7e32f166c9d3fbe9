#include <gmock/gmock.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/dataset/templates/placement.h"
#include "unidg/dataset/templates/sheets.h"

namespace unidg::dataset::templates {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TempFolder;
using ::testing::ThrowsMessage;

constexpr int kScratch = 7, kHole = 15;

Mask drawn(const std::function<void(cv::Mat&)>& draw, int width = 120, int height = 100) {
  cv::Mat pixels = cv::Mat::zeros(height, width, CV_8UC1);
  draw(pixels);
  return Mask(pixels);
}
Mask stroke(int i) {
  return drawn([&](cv::Mat& m) { cv::line(m, {20 + i % 5, 30 + i}, {100 - i % 7, 40 + i}, 255, 2 + i % 2); });
}
Mask disc(int i, int radius) {
  return drawn([&](cv::Mat& m) { cv::circle(m, {50 + i, 50}, radius, 255, cv::FILLED); });
}

/// A set of twelve scratches, nine small and nine large holes, one picture without a category, one normal.
class Templates : public ::testing::Test {
 protected:
  void SetUp() override {
    Progress::set_default_style(Progress::Style::Quiet);
    std::string lines;
    const auto add = [&](const std::string& id, const Mask& mask, const std::string& type,
                         std::optional<int> category) {
      sets::SetEntry entry;
      entry.id = id, entry.type = type, entry.category = category;
      entry.abnormal = "abnormal/" + id + ".png", entry.mask = "mask/" + id + ".png";
      entry.source = "test", entry.object = "plate", entry.licence = "MIT", entry.category_map = "1";
      entry.width = mask.width(), entry.height = mask.height(), entry.mask_area = mask.area();
      entry.sha256 = std::string(64, 'a');
      save_png(folder / ("set/" + entry.mask), mask);
      lines += to_json(entry).dump() + "\n";
    };
    for (int i = 0; i < 12; ++i) add(text("scratch-", i), stroke(i), "scratch", kScratch);
    for (int i = 0; i < 9; ++i) add(text("small-", i), disc(i, 4), "hole", kHole);
    for (int i = 0; i < 9; ++i) add(text("large-", i), disc(i, 30), "hole", kHole);
    add("what", disc(0, 9), "what", std::nullopt);
    folder.write("set/manifest.jsonl", lines);
    folder.write("set/set.json", R"({"format": "unidg set 1"})");
  }
  TemplateLibrary build(std::int64_t clusters = 2) {
    LibraryConfig config;
    config.clusters = clusters;
    report = {};
    return TemplateLibrary::build({folder / "set"}, config, report);
  }
  TempFolder folder;
  BuildReport report;
};

TEST_F(Templates, SortByCategoryAndByWhatTheyLookLike) {
  const auto library = build();
  EXPECT_THAT(library.categories(), ::testing::ElementsAre(kScratch, kHole));
  EXPECT_EQ(report.read, 31u);
  EXPECT_EQ(report.without_category, 1u);
  const auto& holes = library.clusters(kHole);
  ASSERT_EQ(holes.size(), 2u);
  for (const auto& cluster : holes) {
    EXPECT_EQ(cluster.size(), 9u);
    std::set<std::string> kinds;
    int typical = 0;
    for (const auto i : cluster) {
      kinds.insert(library.members()[i].id.substr(0, 5));
      typical += library.members()[i].is_typical;
    }
    EXPECT_EQ(kinds.size(), 1u);  // small and large ones apart
    EXPECT_EQ(typical, 1);
  }
  EXPECT_FALSE(report.categories.front().is_short);
  build(100);
  EXPECT_EQ(report.categories.front().clusters, 4u);  // three masks each
  EXPECT_TRUE(report.categories.front().is_short);
  EXPECT_TRUE(library.clusters(1).empty());
}

TEST_F(Templates, SurviveTheFile) {
  const auto library = build();
  library.save(folder / "library");
  const auto again = TemplateLibrary::load(folder / "library");
  ASSERT_EQ(again.members().size(), library.members().size());
  for (std::size_t i = 0; i < again.members().size(); ++i)
    EXPECT_EQ(to_json(again.members()[i]), to_json(library.members()[i]));
  EXPECT_EQ(cv::norm(again.members()[0].mask().pixels(), stroke(0).pixels(), cv::NORM_INF), 0);
  EXPECT_EQ(again.config().clusters, 2);
}

TEST_F(Templates, TheSameSeedGivesTheSameLibrary) {
  build(3).save(folder / "a");
  build(3).save(folder / "b");
  EXPECT_EQ(read_file(folder / "a/templates.jsonl"), read_file(folder / "b/templates.jsonl"));
}

TEST(Cluster, EveryRowIsWithItsNearestCentre) {
  cv::Mat rows(60, 5, CV_32FC1);
  cv::RNG(3).fill(rows, cv::RNG::UNIFORM, 0, 1);
  const auto found = cluster(rows, 7, 20, 1);
  ASSERT_EQ(found.cluster.size(), 60u);
  for (int i = 0; i < rows.rows; ++i) {
    const auto distance = [&](int k) { return cv::norm(rows.row(i), found.centres.row(k), cv::NORM_L2SQR); };
    for (int k = 0; k < found.centres.rows; ++k)
      EXPECT_LE(distance(found.cluster[static_cast<std::size_t>(i)]), distance(k));
  }
  for (std::size_t k = 0; k < found.typical.size(); ++k)
    EXPECT_EQ(found.cluster[found.typical[k]], static_cast<int>(k));
}

TEST(Cluster, OfASingleMaskIsThatMask) {
  const cv::Mat row = (cv::Mat_<float>(1, 5) << 1, 2, 3, 4, 5);
  const auto found = cluster(row, 1, 20, 1);
  EXPECT_EQ(found.cluster, std::vector<int>{0});
  EXPECT_EQ(found.typical, std::vector<std::size_t>{0});
  EXPECT_EQ(cv::norm(found.centres, row), 0);
}

TEST(RowOf, IsTheDistanceThatIsDocumented) {
  const auto a = features_of(disc(0, 10)), b = features_of(stroke(0));
  cv::Mat shape_a, shape_b, difference;
  a.shape.convertTo(shape_a, CV_64F, 1 / 255.0), b.shape.convertTo(shape_b, CV_64F, 1 / 255.0);
  difference = shape_a - shape_b;
  const double expected = cv::mean(difference.mul(difference))[0] +
                          std::pow(0.1 * (a.log_area - b.log_area), 2) +
                          std::pow(0.2 * (a.log_aspect - b.log_aspect), 2);
  EXPECT_NEAR(cv::norm(row_of(a, 0.1, 0.2), row_of(b, 0.1, 0.2), cv::NORM_L2SQR), expected, 1e-5);
  EXPECT_NEAR(a.log_aspect, 0, 1e-9);
  EXPECT_NEAR(std::exp(a.log_area), disc(0, 10).area() / 12000.0, 1e-9);
}

TEST_F(Templates, MasksLieOnTheProduct) {
  const auto library = build();
  const auto product = drawn(
      [](cv::Mat& m) {
        cv::ellipse(m, {90, 60}, {70, 40}, 20, 0, 360, 255, cv::FILLED);
      },
      180, 130);
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (const int category : {kScratch, kHole}) {
      Rng rng(seed, "test"), again(seed, "test");
      const auto found = place(library, category, product, {}, rng);
      EXPECT_GT(found.mask.area(), 0);
      cv::Mat outside = found.mask.pixels().clone();
      outside.setTo(0, product.pixels());
      EXPECT_EQ(cv::countNonZero(outside), 0);
      EXPECT_EQ(library.members()[found.member].category, category);
      EXPECT_EQ(cv::norm(found.mask.pixels(), place(library, category, product, {}, again).mask.pixels(),
                         cv::NORM_INF),
                0);
    }
}

TEST_F(Templates, WhatDoesNotFitIsLeftOut) {
  const auto library = build();
  const auto small = drawn([](cv::Mat& m) { cv::circle(m, {60, 50}, 14, 255, cv::FILLED); });
  const auto fit = [&](const char* id) {
    for (const auto& member : library.members())
      if (member.id == id) return fit_of(member, small);
    return -1.0;
  };
  EXPECT_GT(fit("small-0"), 0.9);
  EXPECT_LT(fit("large-0"), 0.1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed, "test");
    EXPECT_THAT(library.members()[place(library, kHole, small, {}, rng).member].id, HasSubstr("small"));
  }
  Rng rng(1, "test");
  EXPECT_THAT([&] { place(library, 1, small, {}, rng); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("missing"), HasSubstr("scratch, hole"))));
}

TEST_F(Templates, NeedSetsWithMasks) {
  LibraryConfig config;
  EXPECT_THROW(TemplateLibrary::build({folder / "nothing"}, config, report), InputError);
  folder.write("empty/manifest.jsonl", "");
  folder.write("empty/set.json", R"({"format": "unidg set 1"})");
  EXPECT_THAT([&] { TemplateLibrary::build({folder / "empty"}, config, report); },
              ThrowsMessage<InputError>(HasSubstr("no usable mask")));
}

TEST_F(Templates, ADamagedLibraryIsNamed) {
  EXPECT_THAT([&] { TemplateLibrary::load(folder / "set"); },
              ThrowsMessage<InputError>(HasSubstr("unidg masks build")));
  build().save(folder / "library");
  const auto good = read_file(folder / "library/templates.jsonl");
  folder.write("library/templates.jsonl", good + "{\"id\": 3}\n");
  EXPECT_THAT([&] { TemplateLibrary::load(folder / "library"); },
              ThrowsMessage<FormatError>(HasSubstr("templates.jsonl:31")));
  folder.write("library/library.json", "{}");
  EXPECT_THROW(TemplateLibrary::load(folder / "library"), FormatError);
}

/// A scene of one even product on a dark ground.
struct Stage {
  Stage() {
    cv::Mat picture(80, 120, CV_8UC3, cv::Scalar(20, 20, 25));
    picture(cv::Rect(20, 15, 80, 50)).setTo(cv::Scalar(190, 180, 170));
    save_png(folder / "good/a.png", Image(picture));
    image = load_image(folder / "good/a.png");
    scenes = read_scenes(folder / "good");
  }
  Mask of(const RegionOfInterest& roi) { return Allowed(roi, scenes).of(scenes.front(), image); }
  TempFolder folder;
  Image image;
  std::vector<Scene> scenes;
};

TEST(Allowed, IsTheProductInsideTheRegions) {
  Stage stage;
  const auto all = stage.of({});
  EXPECT_NEAR(all.area(), 4000, 300);
  const auto left = drawn([](cv::Mat& m) { m(cv::Rect(0, 0, 60, 80)).setTo(255); }, 120, 80);
  save_png(stage.folder / "left.png", left);
  EXPECT_LT(stage.of({.include = stage.folder / "left.png"}).box().br().x, 61);
  EXPECT_GE(stage.of({.exclude = stage.folder / "left.png"}).box().x, 60);
  // Another foreground takes the colours' place, also where it goes beyond them.
  const auto beyond = drawn([](cv::Mat& m) { m(cv::Rect(0, 0, 30, 80)).setTo(255); }, 120, 80);
  save_png(stage.folder / "products/a_mask.png", beyond);
  EXPECT_EQ(stage.of({.foreground = stage.folder / "products"}), beyond);
  EXPECT_LT(stage.of({.include = stage.folder / "products"}).area(), beyond.area());
  stage.folder.write("roi.json",
                     R"([{"image_path": "x/a.png", "boxes": [[30, 20, 50, 40], [60, 20, 70, 30]]}])");
  EXPECT_EQ(stage.of({.boxes = stage.folder / "roi.json"}).area(), 400 + 100);
}

TEST(Allowed, SaysWhatIsWrongWithARegion) {
  Stage stage;
  const auto with = [&](const std::string& content) {
    stage.folder.write("roi.json", content);
    return [&] { stage.of({.boxes = stage.folder / "roi.json"}); };
  };
  EXPECT_THAT(with("{}"), ThrowsMessage<FormatError>(HasSubstr("expected a list")));
  EXPECT_THAT(with(R"([{"boxes": []}])"), ThrowsMessage<FormatError>(HasSubstr("entry 0")));
  EXPECT_THAT(with(R"([{"image_path": "a.png", "boxes": [[5, 5, 5, 9]]}])"),
              ThrowsMessage<FormatError>(HasSubstr("empty box")));
  EXPECT_THAT(with(R"([{"image_path": "b.png", "boxes": [[5, 5, 8, 9]]}])"),
              ThrowsMessage<InputError>(HasSubstr("no entry for")));
  EXPECT_THAT(with(R"([{"image_path": "a.png", "boxes": [[0, 0, 5, 5]]}])"),
              ThrowsMessage<InputError>(HasSubstr("no place is left")));
  save_png(stage.folder / "small.png", Mask(cv::Mat(8, 8, CV_8UC1, cv::Scalar(255))));
  EXPECT_THAT([&] { stage.of({.include = stage.folder / "small.png"}); },
              ThrowsMessage<InputError>(HasSubstr("8 x 8")));
}

TEST_F(Templates, AreShownOnASheet) {
  const auto sheet = library_sheet(build());
  EXPECT_GT(sheet.width(), 500);
  EXPECT_GT(cv::countNonZero(Image(sheet).rgb8().reshape(1) == 255), 500);
}

}  // namespace
}  // namespace unidg::dataset::templates
