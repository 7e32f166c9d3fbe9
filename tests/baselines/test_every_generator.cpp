#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drawn_requests.h"
#include "support/temp_folder.h"

namespace unidg::baselines {
namespace {

using generation::Request;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// What holds for every generator that paints into scenes, with masks of both kinds.
class EveryGenerator : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    save_png(folder / "good/0.png", drawn_plate(31, 128));
    save_png(folder / "good/1.png", drawn_plate(32, 128));
    pool.good = {folder / "good/0.png", folder / "good/1.png"};
    config.mask = std::get<1>(GetParam());
    generator = make(std::get<0>(GetParam()), config, pool);
  }
  std::vector<Request> requests() const {
    return {drawn_request(1, "a"), drawn_request(2, "b"), drawn_request(3, "c")};
  }

  ::unidg::testing::TempFolder folder;
  Pool pool;
  Config config;
  std::unique_ptr<generation::Generator> generator;
};

TEST_P(EveryGenerator, KeepsEveryByteOutsideTheUsedMaskAndLabelsWhatItChanged) {
  for (const auto format : {PixelFormat::Rgb8, PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgba8}) {
    auto request = drawn_request();
    cv::Mat pixels;
    if (format == PixelFormat::Rgba8) cv::cvtColor(request.source.pixels(), pixels, cv::COLOR_RGB2RGBA);
    if (format == PixelFormat::Gray8 || format == PixelFormat::Gray16)
      cv::cvtColor(request.source.pixels(), pixels, cv::COLOR_RGB2GRAY);
    if (format == PixelFormat::Gray16) pixels.convertTo(pixels, CV_16U, 257);
    if (!pixels.empty()) request.source = Image(pixels);

    const auto result = generator->generate(request);
    ASSERT_NE(result.status, "failed") << result.reason;
    ASSERT_EQ(result.image.format(), format);
    cv::Mat outside = request.source.pixels().clone();
    result.image.pixels().copyTo(outside, result.used.pixels() == 0);
    EXPECT_EQ(Image(outside), request.source);

    const auto& label = result.label.pixels().empty() ? request.mask : result.label;
    EXPECT_FALSE(label.is_empty());
    if (!result.label.pixels().empty()) {
      EXPECT_EQ(cv::countNonZero(label.pixels() & ~result.used.pixels()), 0);
    }
    if (config.mask == "given") {
      EXPECT_EQ(cv::countNonZero(label.pixels() & ~request.mask.pixels()), 0);
      const bool has_soft_edge = generator->name() == "copy-harmonise" || generator->name() == "collage";
      if (!has_soft_edge) {
        EXPECT_EQ(cv::countNonZero(result.used.pixels() & ~request.mask.pixels()), 0);
      }
    }
    EXPECT_EQ(result.status, "ok") << result.reason;
    EXPECT_GE(result.change, 2.0);
  }
}

TEST_P(EveryGenerator, APictureDependsOnItsOwnRequestAlone) {
  const auto together = generator->generate(requests());
  const auto again = make(std::get<0>(GetParam()), config, pool);
  auto reversed = requests();
  std::reverse(reversed.begin(), reversed.end());
  const auto backwards = again->generate(reversed);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(together[i].image, backwards[2 - i].image);
    EXPECT_EQ(together[i].used, backwards[2 - i].used);
    EXPECT_EQ(together[i].image, generator->generate(requests()[i]).image);
  }
}

TEST_P(EveryGenerator, OneRequestThatCannotBePaintedLeavesTheOthers) {
  auto list = requests();
  list[1].mask = Mask(16, 16);
  const auto results = generator->generate(list);
  EXPECT_EQ(results[1].status, "failed");
  EXPECT_THAT(results[1].reason, HasSubstr("16 x 16"));
  EXPECT_EQ(results[0].status, "ok");
  EXPECT_EQ(results[2].status, "ok");
}

TEST_P(EveryGenerator, NamesItselfAndItsSettings) {
  EXPECT_EQ(generator->name(), std::get<0>(GetParam()));
  EXPECT_TRUE(generator->settings().contains("weak_below"));
  EXPECT_EQ(generator->source(), dataset::PixelSource::Algorithm);
  EXPECT_EQ(generator->steps(), 0);
}

std::vector<std::string> painting() {
  auto all = names();
  std::erase(all, "folder");
  return all;
}

INSTANTIATE_TEST_SUITE_P(Baselines, EveryGenerator,
                         ::testing::Combine(::testing::ValuesIn(painting()),
                                            ::testing::Values("native", "given")),
                         [](const auto& test) {
                           auto name = std::get<0>(test.param) + "_" + std::get<1>(test.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Table, SaysWhichBaselinesThereAre) {
  EXPECT_THAT([] { make("crop-past"); }, ThrowsMessage<UsageError>(HasSubstr("crop-paste")));
  EXPECT_THAT([] { make("folder"); }, ThrowsMessage<UsageError>(HasSubstr("--from")));
  const auto entry = find("crop-paste");
  EXPECT_TRUE(entry.needs_reference);
  auto request = drawn_request();
  request.reference = nullptr;
  const auto result = make("crop-paste")->generate(request);
  EXPECT_EQ(result.status, "failed");
  EXPECT_THAT(result.reason, HasSubstr("--reference"));
  EXPECT_EQ(make("draem")->generate(request).status, "ok");
}

}  // namespace
}  // namespace unidg::baselines
