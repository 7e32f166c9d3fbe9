#include <gmock/gmock.h>

#include "unidg/core/error.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// 4 wide, 3 high:  . # # .
///                  . # . .
///                  # . . #
Mask drawn() {
  Mask out(4, 3);
  for (const auto& at : {cv::Point(1, 0), cv::Point(2, 0), cv::Point(1, 1), cv::Point(0, 2), cv::Point(3, 2)})
    out.pixels().at<std::uint8_t>(at) = 255;
  return out;
}

Mask scattered(int width, int height, std::uint64_t seed) {
  Mask out(width, height);
  Rng rng(seed, "mask");
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out.pixels().at<std::uint8_t>(y, x) = rng.chance(0.4) ? 255 : 0;
  return out;
}

TEST(RunLengths, ByHandInBothOrders) {
  EXPECT_THAT(run_lengths(drawn(), true).counts, ElementsAre(2, 3, 1, 1, 4, 1));
  EXPECT_THAT(run_lengths(drawn(), false).counts, ElementsAre(1, 2, 2, 1, 2, 1, 2, 1));
}

TEST(RunLengths, ComeBackInBothOrders) {
  for (const bool by_columns : {true, false})
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto mask = scattered(3 + static_cast<int>(seed), 17, seed);
      EXPECT_TRUE(from_run_lengths(run_lengths(mask, by_columns), "test") == mask);
    }
  Mask full(3, 2);
  full.pixels().setTo(255);
  EXPECT_THAT(run_lengths(full).counts, ElementsAre(0, 6));
  EXPECT_THAT(run_lengths(Mask(3, 2)).counts, ElementsAre(6));
}

TEST(RunLengths, RefuseAWrongSum) {
  EXPECT_THAT(
      [] {
        from_run_lengths({{4, 3}, {2, 3}, true}, "x.json");
      },
      ThrowsMessage<FormatError>(HasSubstr("x.json: run lengths add up to 5, expected 4 x 3 = 12")));
}

TEST(CocoString, ComesBackForShortAndLongRuns) {
  const std::vector<std::uint32_t> counts = {0, 1, 15, 16, 31, 32, 1000, 3, 2000000, 0, 7};
  EXPECT_EQ(from_coco_string(coco_string(counts), "test"), counts);
}

TEST(CocoString, RefusesDamage) {
  EXPECT_THROW(from_coco_string("P", "test"), FormatError);     // says "more", then ends
  EXPECT_THROW(from_coco_string("\x01", "test"), FormatError);  // below the alphabet
  EXPECT_THROW(from_coco_string("~", "test"), FormatError);
  EXPECT_THROW(from_coco_string("ooooooooooo0", "test"), FormatError);  // longer than any number
}

TEST(StartLength, CountsFromOneDownTheColumns) {  // Severstal: 1-based, column-major
  const auto runs = from_start_length("3 3 7 1 12 1", {4, 3}, "train.csv:2");
  EXPECT_TRUE(from_run_lengths(runs, "test") == drawn());
  EXPECT_TRUE(from_run_lengths(from_start_length("1 2", {4, 3}, "x"), "x").pixels().at<std::uint8_t>(1, 0) ==
              255);
}

TEST(StartLength, RefusesWhatOverlapsOrLeaves) {
  for (const auto* words : {"0 1", "3 3 5 1", "12 2", "1", "a b", "4 1 1 1", "-1 2"})
    EXPECT_THROW(from_start_length(words, {4, 3}, "train.csv:2"), FormatError) << words;
}

TEST(Cvat, RunsGoRowByRowInsideTheBox) {
  const auto runs = from_cvat("0, 2, 1, 1, 2", {1, 0, 3, 2}, {4, 3}, "annotations.xml");  // ##. / #..
  const auto mask = from_run_lengths(runs, "test");
  EXPECT_EQ(mask.area(), 3);
  EXPECT_EQ(mask.box(), cv::Rect(1, 0, 2, 2));
  EXPECT_EQ(mask.pixels().at<std::uint8_t>(1, 2), 0);
  EXPECT_THROW(from_cvat("6", {2, 2, 3, 2}, {4, 3}, "annotations.xml"), FormatError);
}

}  // namespace
}  // namespace unidg::dataset::sets
