#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>

#include "support/golden.h"
#include "unidg/sft/pairs/alg2.h"

namespace unidg::sft {
namespace {

/// The fixture's pictures with their masks.
std::vector<MaskedImage> pictures(const testing::Golden& golden) {
  const auto images = golden["images"].contiguous(), masks = golden["masks"].contiguous();
  const int height = static_cast<int>(images.size(1)), width = static_cast<int>(images.size(2));
  std::vector<MaskedImage> out;
  for (std::int64_t i = 0; i < images.size(0); ++i)
    out.push_back({Image(cv::Mat(height, width, CV_8UC3, images[i].data_ptr()).clone()),
                   Mask(cv::Mat(height, width, CV_8UC1, masks[i].data_ptr()).clone())});
  return out;
}

TEST(Alg2Golden, ScoresAndRanksAsTheTranscription) {
  const auto golden = testing::Golden::load("sft/pairs/golden/alg2.safetensors");
  for (const int neighbours : {8, 4}) {
    Alg2Config config;
    config.connectivity = neighbours;
    std::vector<DefectFacts> facts;
    for (const auto& picture : pictures(golden)) facts.push_back(measure_defect(picture, config));
    const auto quality = golden["quality." + std::to_string(neighbours)];
    const auto top = golden["top3." + std::to_string(neighbours)];
    for (std::uint32_t target = 0; target < facts.size(); ++target) {
      std::vector<std::uint32_t> candidates;
      for (std::uint32_t i = 0; i < facts.size(); ++i) {
        EXPECT_NEAR(candidate_quality(facts[i], facts[target], config), quality[target][i].item<double>(),
                    1e-6)
            << neighbours << ": " << i << " for " << target;
        if (i != target) candidates.push_back(i);
      }
      const auto best = best_candidates(facts[target], facts, candidates, 3, config);
      ASSERT_EQ(best.size(), 3U);
      for (std::int64_t k = 0; k < 3; ++k)
        EXPECT_EQ(best[static_cast<std::size_t>(k)].index, top[target][k].item<std::int64_t>())
            << neighbours << ": place " << k << " for " << target;
    }
  }
}

TEST(Alg2, AreaBinsHoldAtTheirEnds) {
  const auto score = [](std::int64_t area, const char* bins = "printed") {
    return area_score(area, 100'000, bins);
  };
  EXPECT_EQ(score(0), 0.1);
  EXPECT_EQ(score(99), 0.1);
  EXPECT_EQ(score(100), 0.5);
  EXPECT_EQ(score(499), 0.5);
  EXPECT_EQ(score(500), 1.0);
  EXPECT_EQ(score(1000), 1.0);
  EXPECT_EQ(score(1001), 0.7);
  EXPECT_EQ(score(5000), 0.7);
  EXPECT_EQ(score(5001), 0.1);
  EXPECT_EQ(score(1000, "half-open"), 0.7);
  EXPECT_EQ(score(5000, "half-open"), 0.1);
}

TEST(Alg2, ConnectivityCountsPiecesWithoutTheBackground) {
  EXPECT_EQ(connectivity_score(0), 0.0);
  EXPECT_EQ(connectivity_score(1), 1.0);
  EXPECT_EQ(connectivity_score(2), 0.5);
  EXPECT_EQ(connectivity_score(3), 0.5);
  EXPECT_EQ(connectivity_score(4), 0.0);
  const Image picture(20, 20, PixelFormat::Rgb8);
  EXPECT_EQ(measure_defect({picture, Mask(20, 20)}, {}).components, 0);
  EXPECT_THROW(measure_defect({picture, Mask(20, 19)}, {}), InputError);
}

TEST(Alg2, ColorCountsBySigma) {
  EXPECT_EQ(color_score({0.2F, 0.3F, 0.4F}, {0.2F, 0.3F, 0.4F}, 0.1), 1.0);
  EXPECT_NEAR(color_score({0.2F, 0.3F, 0.4F}, {0.3F, 0.3F, 0.4F}, 0.1), std::exp(-0.5), 1e-6);
}

}  // namespace
}  // namespace unidg::sft
