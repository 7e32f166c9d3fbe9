#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drawn_requests.h"
#include "support/temp_folder.h"
#include "unidg/baselines/folder.h"
#include "unidg/dataset/manifest.h"
#include "unidg/dataset/mask_library.h"
#include "unidg/generation/batch.h"

namespace unidg::baselines {
namespace {

namespace fs = std::filesystem;
using generation::Result;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

/// The pictures of a published set: bottle/<type>/{image,mask}/N, each of one grey that tells its number.
class Folder : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* type : {"broken", "dirty"})
      for (int i = 0; i < 12; ++i) {
        Image image(48, 48, PixelFormat::Rgb8);
        image.pixels() = cv::Scalar::all(10 + i);
        const auto at = folder / ("bottle/" + std::string(type));
        save_png(at / "image" / (std::to_string(i) + ".png"), image);
        save_png(at / "mask" / (std::to_string(i) + ".png"), drawn_ellipse(48, {20.0f + i, 24}, {10, 6}, 0));
      }
  }
  generation::Request request(const std::string& type, std::size_t number) const {
    auto out = drawn_request();
    out.type = type, out.number = number;
    return out;
  }
  int grey(const Result& result) const { return result.image.pixels().at<cv::Vec3b>(0, 0)[0] - 10; }

  ::unidg::testing::TempFolder folder;
};

TEST_F(Folder, TakesTheFirstPicturesOfATypeInNumericalOrder) {
  const FolderGenerator generator(folder / "bottle", {});
  EXPECT_EQ(generator.counts().at("broken"), 12u);
  for (const std::size_t number : {0u, 1u, 2u, 10u, 11u}) {
    const auto result = generator.generate(request("dirty", number));
    ASSERT_EQ(result.status, "ok") << result.reason;
    EXPECT_EQ(grey(result), static_cast<int>(number));
    EXPECT_TRUE(result.is_foreign);
    EXPECT_EQ(result.label.pixels().at<std::uint8_t>(24, 20 + static_cast<int>(number)), 255);
  }
  EXPECT_THAT(generator.generate(request("dirty", 12)).reason, HasSubstr("holds 12"));
  EXPECT_THAT(generator.generate(request("bent", 0)).reason, HasSubstr("broken, dirty"));
}

TEST_F(Folder, PicksEvenly) {
  const FolderGenerator generator(folder / "bottle", {.pick = "uniform", .count = 4});
  for (std::size_t number = 0; number < 4; ++number)
    EXPECT_EQ(grey(generator.generate(request("broken", number))), static_cast<int>(3 * number));
  EXPECT_THAT([&] { FolderGenerator(folder / "bottle", {.pick = "uniform", .count = 0}); },
              ThrowsMessage<UsageError>(HasSubstr("folder.count")));
}

TEST_F(Folder, ABatchOfThemHasPicturesAndMasksButNoNormals) {
  const FolderGenerator generator(folder / "bottle/broken", {});
  generation::BatchRequest what;
  save_png(folder / "scenes/0.png", drawn_plate(1, 64));
  what.scenes = folder / "scenes", what.masks = "auto", what.count = 3, what.needs_reference = false;
  const auto plan = generation::plan_batch(what);
  for (int run = 0; run < 2; ++run) {
    dataset::QuadrupletWriter writer(folder / "out", {});
    const auto report = generation::run_batch(plan, generator, {}, writer, {});
    EXPECT_EQ(report.made, run == 0 ? 3u : 0u);
    EXPECT_EQ(report.skipped, run == 0 ? 0u : 3u);
  }
  const auto entries = dataset::read_manifest(folder / "out");
  ASSERT_THAT(entries, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(entries[i].normal, "");
    EXPECT_EQ(load_mask(folder / "out" / entries[i].mask),
              load_mask(folder / ("bottle/broken/mask/" + std::to_string(i) + ".png")));
  }
  EXPECT_TRUE(fs::exists(generation::finish_folder(folder / "out")));
}

TEST_F(Folder, ItsMasksServeOtherGenerators) {
  const auto library = dataset::MaskLibrary::parse("from:" + (folder / "bottle/dirty").string());
  ASSERT_TRUE(library);
  EXPECT_THAT(library->files, SizeIs(12));
  Rng rng(1);
  const Mask everywhere(cv::Mat(48, 48, CV_8UC1, cv::Scalar(255)));
  EXPECT_EQ(library->draw(everywhere, {}, 10, {}, rng), load_mask(folder / "bottle/dirty/mask/10.png"));
  EXPECT_EQ(library->draw(everywhere, {}, 12, {}, rng), load_mask(folder / "bottle/dirty/mask/0.png"));
  // The mask folder itself is one too, and its masks fit other sizes.
  const auto masks = dataset::MaskLibrary::parse("from:" + (folder / "bottle/dirty/mask").string());
  const auto large = masks->draw(Mask(cv::Mat(96, 96, CV_8UC1, cv::Scalar(255))), {}, 3, {}, rng);
  EXPECT_NEAR(large.area_ratio(), load_mask(folder / "bottle/dirty/mask/3.png").area_ratio(), 0.005);
  EXPECT_FALSE(dataset::MaskLibrary::parse("auto"));
}

}  // namespace
}  // namespace unidg::baselines
