#include <gtest/gtest.h>

#include "unidg/core/error.h"
#include "unidg/image/image.h"
#include "unidg/image/pillow_resize.h"

namespace unidg {
namespace {

const std::filesystem::path kGolden = UNIDG_TESTS_DIR "/image/golden";

class GoldenPillowResize : public ::testing::TestWithParam<std::pair<const char*, PillowFilter>> {};

TEST_P(GoldenPillowResize, IsBitEqualToPillow) {  // tools/golden/pillow.py
  const auto [filter_name, filter] = GetParam();
  const auto source = load_image(kGolden / "pillow_source.png");
  for (const auto& [width, height] : {std::pair{16, 16}, {48, 48}, {61, 23}, {37, 40}, {20, 70}}) {
    const auto file = text("pillow_", filter_name, "_", width, "x", height, ".png");
    EXPECT_EQ(Image(pillow_resize(source.pixels(), width, height, filter)), load_image(kGolden / file))
        << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Filters, GoldenPillowResize,
                         ::testing::Values(std::pair{"bilinear", PillowFilter::Bilinear},
                                           std::pair{"bicubic", PillowFilter::Bicubic},
                                           std::pair{"lanczos", PillowFilter::Lanczos}),
                         [](const auto& info) { return std::string(info.param.first); });

TEST(PillowResize, KeepsAConstantAndTheSize) {
  const cv::Mat grey(9, 14, CV_8UC1, cv::Scalar(77));
  const auto out = pillow_resize(grey, 30, 4, PillowFilter::Bicubic);
  EXPECT_EQ(out.size(), cv::Size(30, 4));
  EXPECT_EQ(cv::countNonZero(out != 77), 0);
}

TEST(PillowResize, RefusesWhatItCannotResize) {
  EXPECT_THROW(pillow_resize(cv::Mat(4, 4, CV_32FC3), 2, 2, PillowFilter::Bicubic), Error);
  EXPECT_THROW(pillow_resize(cv::Mat(4, 4, CV_8UC3), 0, 2, PillowFilter::Bicubic), Error);
}

}  // namespace
}  // namespace unidg
