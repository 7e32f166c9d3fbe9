#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unidg/core/rng.h"

namespace unidg {
namespace {

TEST(Philox, GivesThePublishedKnownAnswers) {  // Random123, kat_vectors, philox4x32 10
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Rng, DependsOnSeedAndStreamAlone) {
  Rng a(1, "item"), b(1, "item"), other_seed(2, "item"), other_stream(1, "item2");
  const auto first = a.bits();
  EXPECT_EQ(first, b.bits());
  EXPECT_NE(first, other_seed.bits());
  EXPECT_NE(first, other_stream.bits());
}

TEST(Rng, NormalHasMeanZeroAndDeviationOne) {
  Rng rng(3, std::uint64_t{0});
  double sum = 0, square = 0;
  constexpr int kCount = 200000;
  for (int i = 0; i < kCount; ++i) {
    const double x = rng.normal();
    sum += x;
    square += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0.0, 0.01);
  EXPECT_NEAR(square / kCount, 1.0, 0.01);
}

TEST(Rng, IntegerCoversItsRangeEvenly) {
  Rng rng(4, std::uint64_t{0});
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[static_cast<std::size_t>(rng.integer(7))];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
}

}  // namespace
}  // namespace unidg
