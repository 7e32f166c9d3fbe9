#include <gmock/gmock.h>

#include <cmath>

#include "drawn_maps.h"
#include "support/temp_folder.h"
#include "unidg/evaluation/metrics/draws.h"
#include "unidg/evaluation/metrics/ranking.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation;

/// The same draws as DetectionScorer::bootstrap, each scored from its pixels.
std::map<std::string, Interval> slow_bootstrap(const std::vector<DrawnMap>& maps, int rounds,
                                               std::uint64_t seed) {
  std::map<std::string, std::vector<double>> seen;
  for (int round = 0; round < rounds; ++round) {
    Rng rng(seed, static_cast<std::uint64_t>(round));
    DetectionScorer scorer;
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const auto& drawn = rng.pick(maps);
      scorer.add(drawn.score, drawn.truth);
    }
    for (const auto& [name, value] : named(scorer.result()))
      if (value) seen[name].push_back(*value);
  }
  std::map<std::string, Interval> out;
  for (auto& [name, values] : seen) {
    std::ranges::sort(values);
    const auto last = static_cast<double>(values.size() - 1);
    out[name] = {values[static_cast<std::size_t>(std::lround(0.025 * last))],
                 values[static_cast<std::size_t>(std::lround(0.975 * last))]};
  }
  return out;
}

TEST(Bootstrap, AsIfEveryRoundWereScoredFromItsPixels) {
  const auto maps = drawn_maps(12, 60);
  const auto quick = scorer_of(maps).bootstrap(100, 7), slow = slow_bootstrap(maps, 100, 7);
  ASSERT_EQ(quick.size(), 7u);
  for (const auto& [name, interval] : slow) {
    EXPECT_NEAR(quick.at(name).low, interval.low, 1e-3) << name;
    EXPECT_NEAR(quick.at(name).high, interval.high, 1e-3) << name;
    EXPECT_LT(interval.low, interval.high) << name;
  }
}

TEST(Bootstrap, ItsSeedDecides) {
  const auto scorer = scorer_of(drawn_maps(12, 40));
  const auto first = scorer.bootstrap(60, 1), again = scorer.bootstrap(60, 1),
             other = scorer.bootstrap(60, 2);
  EXPECT_EQ(first.at("ap_pixel").low, again.at("ap_pixel").low);
  EXPECT_NE(first.at("ap_pixel").low, other.at("ap_pixel").low);
}

TEST(Bootstrap, HoldsTheScoreAndNarrowsWithImages) {
  const auto few = scorer_of(drawn_maps(12, 40)), many = scorer_of(drawn_maps(120, 40));
  const auto wide = few.bootstrap(200, 1), narrow = many.bootstrap(200, 1);
  for (const auto& [name, value] : named(many.result())) {
    EXPECT_LE(narrow.at(name).low, *value) << name;
    EXPECT_GE(narrow.at(name).high, *value) << name;
  }
  EXPECT_LT(narrow.at("pro").high - narrow.at("pro").low, wide.at("pro").high - wide.at("pro").low);
}

TEST(Bootstrap, OneSeedDrawsTheSameImagesForTwoDetectors) {
  auto maps = drawn_maps(12, 40);
  const auto first = scorer_of(maps).draws(30, 5);
  for (auto& map : maps) map.score = map.score * 3 + 1;  // another detector that ranks alike
  const auto second = scorer_of(maps).draws(30, 5);
  for (const auto& [name, values] : first)
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], second.at(name)[i], 1e-6) << name;
}

TEST(Draws, ComeBackFromTheirFile) {
  const TempFolder folder;
  const Draws draws = {{"ap_pixel", {0.25, std::nan(""), 0.123456789}}, {"pro", {std::nan("")}}};
  write_draws(folder / "draws.json", draws);
  const auto back = read_draws(folder / "draws.json");
  EXPECT_EQ(back.at("ap_pixel")[0], 0.25);
  EXPECT_TRUE(std::isnan(back.at("ap_pixel")[1]));
  EXPECT_NEAR(back.at("ap_pixel")[2], 0.123456789, 1e-5);
  EXPECT_EQ(intervals_of(draws, 0.95).count("pro"), 0u);
  EXPECT_EQ(intervals_of(draws, 0.95).at("ap_pixel").high, 0.25);
}

TEST(Bootstrap, UndefinedScoresHaveNoInterval) {
  auto maps = drawn_maps(12, 40);
  std::erase_if(maps, [](const DrawnMap& map) { return cv::countNonZero(map.truth) == 0; });
  const auto intervals = scorer_of(maps).bootstrap(50, 1);
  EXPECT_FALSE(intervals.contains("auroc_image"));
  EXPECT_TRUE(intervals.contains("auroc_pixel"));
  EXPECT_TRUE(DetectionScorer().bootstrap(10, 1).empty());
}

}  // namespace
}  // namespace unidg::testing
