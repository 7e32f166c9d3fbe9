#include <gtest/gtest.h>

#include "unidg/flow/schedule.h"

namespace unidg::flow {
namespace {

TEST(Sigmas, GiveTheReferenceScheduleOfTheDiptych) {  // N = 28, 4608 tokens
  const std::vector<double> expected = {
      1.000000, 0.989361, 0.978153, 0.966331, 0.953842, 0.940628, 0.926624, 0.911757, 0.895945, 0.879094,
      0.861100, 0.841840, 0.821178, 0.798954, 0.774983, 0.749053, 0.720911, 0.690263, 0.656758, 0.619977,
      0.579416, 0.534459, 0.484351, 0.428153, 0.364684, 0.292433, 0.209444, 0.113129, 0};
  const auto levels = sigmas(28, 4608, {});
  ASSERT_EQ(levels.size(), expected.size());
  for (std::size_t i = 0; i < levels.size(); ++i) EXPECT_NEAR(levels[i], expected[i], 1e-6) << i;
}

TEST(DynamicShift, IsLinearAndNotClamped) {
  EXPECT_NEAR(dynamic_shift(256, {}), 0.5, 1e-12);
  EXPECT_NEAR(dynamic_shift(4096, {}), 1.15, 1e-12);
  EXPECT_NEAR(dynamic_shift(4608, {}), 1.236667, 1e-6);
}

TEST(Sigmas, GuidedStartScalesTheLevels) {
  const auto whole = sigmas(10, 256, {}), part = sigmas(10, 256, {}, 0.4);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(part[i], 0.4 * whole[i], 1e-12);
}

TEST(Sigmas, ConstantShiftIsDiffusersFormula) {
  const auto levels = sigmas(4, 100, {.use_dynamic_shifting = false, .shift = 3.0});
  for (int i = 0; i < 4; ++i) {
    const double s = 1.0 - i / 4.0;
    EXPECT_NEAR(levels[static_cast<std::size_t>(i)], 3 * s / (1 + 2 * s), 1e-12);
  }
}

TEST(Sigmas, RefusesImpossibleRequests) {
  EXPECT_THROW(sigmas(0, 256, {}), UsageError);
  EXPECT_THROW(sigmas(4, 256, {}, 0.0), UsageError);
  EXPECT_THROW(sigmas(4, 256, {}, 1.5), UsageError);
}

}  // namespace
}  // namespace unidg::flow
