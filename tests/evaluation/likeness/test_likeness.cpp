#include <gmock/gmock.h>

#include "support/golden.h"
#include "support/small_model.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/evaluation/likeness/clusters.h"
#include "unidg/evaluation/likeness/distances.h"
#include "unidg/image/image.h"

namespace unidg::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Golden;
using ::testing::HasSubstr;
using testing::TempFolder;
using ::testing::ThrowsMessage;

cv::Mat picture(const torch::Tensor& stack, std::int64_t i) {  // uint8 [N, H, W(, 3)]
  const auto one = stack[i].contiguous();
  return cv::Mat(static_cast<int>(one.size(0)), static_cast<int>(one.size(1)),
                 one.dim() == 3 ? CV_8UC3 : CV_8UC1, one.data_ptr())
      .clone();
}

/// The fixture's pictures as an MVTec category `part` and a folder of generated ones.
class LikenessGolden : public ::testing::Test {
 protected:
  LikenessGolden()
      : golden(Golden::load("evaluation/likeness/golden/likeness.safetensors")) {  // tools/golden/likeness.py
    Progress::set_default_style(Progress::Style::Quiet);
    const auto write = [&](const char* images, const char* masks, auto image_path, auto mask_path) {
      for (std::int64_t i = 0; i < golden[images].size(0); ++i) {
        save_png(image_path(i), Image(picture(golden[images], i)));
        save_png(mask_path(i), Mask(picture(golden[masks], i)));
      }
    };
    write(
        "real", "real_masks", [&](auto i) { return folder / text("part/test/hole/00", i, ".png"); },
        [&](auto i) { return folder / text("part/ground_truth/hole/00", i, "_mask.png"); });
    write(
        "generated", "masks", [&](auto i) { return folder / text("made/hole/", i, ".png"); },
        [&](auto i) { return folder / text("made/hole/", i, "_mask.png"); });
    const auto scope = golden.weights();
    distance = std::make_unique<LpipsDistance>(
        models::Lpips(scope, scope, models::LpipsConfig::alex().narrowed(16)));
  }
  Golden golden;
  TempFolder folder;
  std::unique_ptr<LpipsDistance> distance;
};

TEST_F(LikenessGolden, AllVariantsMatchTheDirectReimplementation) {
  const auto types = read_likeness_types(folder / "made", folder / "part");
  ASSERT_EQ(types.size(), 1u);
  const auto cases = golden.json("cases");
  for (const auto& [name, expected] : cases.items()) {
    SCOPED_TRACE(name);
    const auto dot = name.find('.');
    const auto area = name.substr(dot + 1);
    LikenessConfig config;
    config.variant = name.substr(0, name.find_first_of("._"));
    config.as_published = name.find("_published") != std::string::npos;
    config.il_a = area == "whole" ? "none" : area;
    const auto result = measure_likeness(types, *distance, config).types.at(0);
    const auto& score = area == "whole" ? result.il : result.il_a;
    ASSERT_TRUE(score.value);
    EXPECT_NEAR(*score.value, expected["value"].get<double>(), 5e-5);
    EXPECT_EQ(Json(score.sizes), expected["sizes"]);
  }
}

TEST_F(LikenessGolden, SaysWhatWasMeasured) {
  LikenessConfig config;
  config.count = 4;
  const auto json =
      to_json(measure_likeness(read_likeness_types(folder / "made", folder / "part"), *distance, config));
  EXPECT_EQ(json["distance"], "LPIPS v0.1 (alex)");
  EXPECT_EQ(json["is_lpips"], true);
  EXPECT_EQ(json["variant_backbone"], "vgg16");
  EXPECT_EQ(json["settings"]["il_a"], "crop");
  EXPECT_EQ(json["types"][0]["generated"], 4);
  EXPECT_EQ(json["il"], json["types"][0]["il"]["value"]);
}

/// Pictures of one number each; their distance is the squared difference.
PictureList numbers(std::vector<float> values) {
  return {values.size(), [values](std::size_t i) {
            return ComparedPicture{{{torch::full({1, 1, 1}, values[i])}, 1, 1}, {}};
          }};
}

TEST(Clusters, DropOrCountSinglesAndTies) {
  Progress::set_default_style(Progress::Style::Quiet);
  LikenessRules rules;
  // 5 is as far from 0 as from 10; 20 stays alone.
  const auto centres = numbers({0, 10, 20});
  const auto made = numbers({0, 1, 5, 9, 20});
  auto score = score_clusters(centres, made, rules, 0, "test");
  EXPECT_THAT(score.sizes, ElementsAre(3, 1, 1));
  EXPECT_EQ(score.dropped, 2u);
  EXPECT_NEAR(*score.value, (1 + 25 + 16) / 3.0, 1e-6);

  rules.later_centre = true;
  EXPECT_THAT(score_clusters(centres, made, rules, 0, "test").sizes, ElementsAre(2, 2, 1));
  rules.singles_are_zero = true;
  score = score_clusters(centres, made, rules, 0, "test");
  EXPECT_NEAR(*score.value, (1 + 16 + 0) / 3.0, 1e-6);
  EXPECT_NEAR(*score.non_zero, (1 + 16) / 2.0, 1e-6);
}

TEST(Clusters, NoPairGivesNoValue) {
  EXPECT_FALSE(score_clusters(numbers({0, 9}), numbers({1, 8}), {}, 0, "test").value);
}

TEST(Clusters, TheCapDependsOnTheSeedAlone) {
  LikenessRules rules;
  rules.cap = 3;
  std::vector<float> values(40);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i);
  const auto value = [&](std::uint64_t seed) {
    return *score_clusters(numbers({0}), numbers(values), rules, seed, "test").value;
  };
  EXPECT_EQ(value(1), value(1));
  EXPECT_NE(value(1), value(2));
  rules.is_shuffled = false;  // the first three: 0, 1, 4
  EXPECT_NEAR(value(1), (1 + 16 + 9) / 3.0, 1e-5);
}

TEST(Distances, MobileNetIsNamedAndBehaves) {
  const MobileNetDistance distance{models::MobileNetV2(weights::Scope(weights::noise_source(3)))};
  EXPECT_THAT(distance.name(), HasSubstr("not LPIPS"));
  EXPECT_FALSE(distance.is_lpips());
  const auto a = distance.embed(torch::rand({3, 64, 48}) * 2 - 1),
             b = distance.embed(torch::rand({3, 64, 48}) * 2 - 1);
  EXPECT_EQ(PerceptualDistance::distance(a, a), 0);
  const double d = PerceptualDistance::distance(a, b);
  EXPECT_GT(d, 0);
  EXPECT_LE(d, 4);  // of unit vectors
  EXPECT_DOUBLE_EQ(d, PerceptualDistance::distance(b, a));
  EXPECT_EQ(PerceptualDistance::distance_map(a, b).sizes(), (std::vector<std::int64_t>{64, 48}));
  const auto other = distance.embed(torch::zeros({3, 32, 48}));
  EXPECT_THAT([&] { PerceptualDistance::distance(a, other); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("48x64"), HasSubstr("48x32"))));
}

TEST(Distances, OurOwnEncoderNeedsNoDownload) {
  const TempFolder folder;
  testing::write_tiny_model(folder / "tiny");
  const auto distance = open_distance(folder / "tiny", "");
  EXPECT_THAT(distance->name(), HasSubstr("not LPIPS"));
  EXPECT_FALSE(distance->is_lpips());
  const auto image = torch::rand({3, 70, 50}) * 2 - 1;
  const auto same = distance->embed(image), other = distance->embed(torch::rand({3, 70, 50}) * 2 - 1);
  EXPECT_EQ(PerceptualDistance::distance(same, distance->embed(image)), 0);
  EXPECT_GT(PerceptualDistance::distance(same, other), 0);
  EXPECT_LE(PerceptualDistance::distance(same, other), 4);  // of unit vectors
  EXPECT_EQ(PerceptualDistance::distance_map(same, other).sizes(), (std::vector<std::int64_t>{70, 50}));
  EXPECT_THAT([&] { open_distance(folder / "tiny", folder / "vgg.safetensors"); },
              ThrowsMessage<UsageError>(HasSubstr("--heads")));
}

TEST(Distances, ABackboneNeedsItsHeads) {
  const TempFolder folder;
  weights::save_safetensors(folder / "alex.safetensors",
                            {{"features.0.weight", torch::zeros({64, 3, 11, 11})}});
  EXPECT_THAT([&] { open_distance(folder / "alex.safetensors", ""); },
              ThrowsMessage<UsageError>(HasSubstr("--heads")));
  weights::save_safetensors(folder / "net.safetensors", {{"conv1.weight", torch::zeros({1})}});
  EXPECT_THAT([&] { open_distance(folder / "net.safetensors", ""); },
              ThrowsMessage<FormatError>(HasSubstr("none of alex, vgg16")));
}

/// An MVTec category with `count` real pictures of one type and one generated picture.
struct Layout {
  explicit Layout(int count) {
    for (int i = 0; i < count; ++i) {
      save_png(folder / text("part/test/hole/", i, ".png"), Image(8, 8, PixelFormat::Rgb8));
      save_png(folder / text("part/ground_truth/hole/", i, "_mask.png"), Mask(8, 8));
    }
    save_png(folder / "made/hole/a.png", Image(8, 8, PixelFormat::Rgb8));
  }
  std::vector<LikenessType> read() const { return read_likeness_types(folder / "made", folder / "part"); }
  TempFolder folder;
};

TEST(LikenessTypes, SortByNumberAndFindObjectsAndMasks) {
  Layout layout(12);
  save_png(layout.folder / "made/hole/a_mask.png", Mask(8, 8));
  save_png(layout.folder / "made/scratch/b.png", Image(8, 8, PixelFormat::Rgb8));
  const auto types = layout.read();
  ASSERT_EQ(types.size(), 1u);
  EXPECT_EQ(types[0].object, "part");
  EXPECT_EQ(types[0].real.at(2).image.filename(), "2.png");
  EXPECT_EQ(types[0].real.at(11).mask.filename(), "11_mask.png");
  ASSERT_EQ(types[0].generated.size(), 1u);
  EXPECT_EQ(types[0].generated[0].mask.filename(), "a_mask.png");

  save_png(layout.folder / "all/part/hole/image/0.png",
           Image(8, 8, PixelFormat::Rgb8));  // AnomalyDiffusion's layout
  save_png(layout.folder / "all/part/hole/mask/0.png", Mask(8, 8));
  const auto nested = read_likeness_types(layout.folder / "all", layout.folder.path());
  ASSERT_EQ(nested.size(), 1u);
  ASSERT_EQ(nested[0].generated.size(), 1u);
  EXPECT_EQ(nested[0].generated[0].mask.parent_path().filename(), "mask");
}

TEST(LikenessTypes, NameWhatIsMissing) {
  const Layout layout(4);
  const auto read = [&](const char* made, const char* real) {
    return [&, made, real] { read_likeness_types(layout.folder / made, layout.folder / real); };
  };
  std::filesystem::create_directories(layout.folder / "empty");
  EXPECT_THAT(read("nowhere", "part"), ThrowsMessage<InputError>(HasSubstr("no such folder of generated")));
  EXPECT_THAT(read("made", "nowhere"), ThrowsMessage<InputError>(HasSubstr("no such folder of real")));
  EXPECT_THAT(read("empty", "part"), ThrowsMessage<InputError>(HasSubstr("no generated picture")));
  EXPECT_THAT(read("made", "empty"), ThrowsMessage<InputError>(HasSubstr("MVTec layout")));
  save_png(layout.folder / "odd/dent/0.png", Image(8, 8, PixelFormat::Rgb8));
  EXPECT_THAT(read("odd", "part"),
              ThrowsMessage<InputError>(AllOf(HasSubstr("found dent"), HasSubstr("part/hole"))));
}

TEST(Likeness, NamesWhatCannotBeMeasured) {
  Progress::set_default_style(Progress::Style::Quiet);
  const MobileNetDistance distance{models::MobileNetV2(weights::Scope(weights::noise_source(3)))};
  EXPECT_THAT([&] { measure_likeness(Layout(2).read(), distance, {}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("part/hole: 2 real"), HasSubstr("--variant seas"))));
  const Layout layout(3);
  EXPECT_THAT([&] { measure_likeness(layout.read(), distance, {}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("0_mask.png"), HasSubstr("empty"))));
  LikenessConfig config;
  config.il_a = "none";
  const auto result = measure_likeness(layout.read(), distance, config);
  EXPECT_FALSE(result.il);  // one picture has no pair
  EXPECT_EQ(to_json(result)["il"], nullptr);
}

}  // namespace
}  // namespace unidg::evaluation
