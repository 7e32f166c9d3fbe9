#include <gtest/gtest.h>

#include "unidg/flow/packing.h"
#include "unidg/flow/residual.h"
#include "unidg/flow/sampler.h"

namespace unidg::flow {
namespace {

TEST(Packing, FeatureOrderIsChannelThenRowThenColumn) {
  const auto latent = torch::arange(2 * 4 * 6, torch::kFloat32).view({1, 2, 4, 6});
  const auto tokens = pack_latents(latent);
  ASSERT_EQ(tokens.sizes(), (std::vector<std::int64_t>{1, 6, 8}));
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 3; ++column)
      for (int c = 0; c < 2; ++c)
        for (int dy = 0; dy < 2; ++dy)
          for (int dx = 0; dx < 2; ++dx)
            EXPECT_EQ(tokens[0][row * 3 + column][c * 4 + dy * 2 + dx].item<float>(),
                      latent[0][c][2 * row + dy][2 * column + dx].item<float>());
  EXPECT_TRUE(torch::equal(unpack_latents(tokens, 4, 6), latent));
}

TEST(Packing, MaskFollowsFluxMd15) {  // pixel row 16 R + 8 dy + py, column 16 C + 8 dx + px
  const auto mask = torch::rand({1, 1, 32, 48});
  const auto tokens = pack_mask(mask);
  ASSERT_EQ(tokens.sizes(), (std::vector<std::int64_t>{1, 6, 256}));
  for (const auto& [R, C, py, px, dy, dx] :
       {std::tuple{0, 0, 0, 0, 0, 0}, {1, 2, 7, 3, 1, 0}, {0, 1, 5, 5, 0, 1}, {1, 0, 2, 7, 1, 1}})
    EXPECT_EQ(tokens[0][R * 3 + C][((py * 8 + px) * 2 + dy) * 2 + dx].item<float>(),
              mask[0][0][16 * R + 8 * dy + py][16 * C + 8 * dx + px].item<float>());
}

TEST(TokenMask, OnePixelIsEnough) {
  auto mask = torch::zeros({1, 1, 32, 32});
  mask[0][0][17][3] = 1;
  EXPECT_TRUE(torch::equal(token_mask(mask), torch::tensor({false, false, true, false}).view({1, 4})));
}

TEST(PositionIds, AreRowAndColumn) {
  const auto ids = position_ids(2, 3);
  EXPECT_EQ(ids[4][0].item<float>(), 0);
  EXPECT_EQ(ids[4][1].item<float>(), 1);
  EXPECT_EQ(ids[4][2].item<float>(), 1);
}

TEST(Sample, IntegratesAConstantVelocityExactly) {  // Eq. 2: from x1 to x1 - v
  const auto x1 = torch::randn({2, 3}), v = torch::randn({2, 3});
  const auto x0 = sample([&](const Tensor&, int, double) { return v; }, x1, {1.0, 0.7, 0.3, 0.0});
  EXPECT_TRUE(torch::allclose(x0, x1 - v, 1e-5, 1e-6));
}

TEST(Noise, IsAFunctionOfSeedAndId) {
  EXPECT_TRUE(torch::equal(noise({3, 5}, 1, "a"), noise({3, 5}, 1, "a")));
  EXPECT_FALSE(torch::equal(noise({3, 5}, 1, "a"), noise({3, 5}, 1, "b")));
  EXPECT_FALSE(torch::equal(noise({3, 5}, 1, "a"), noise({3, 5}, 2, "a")));
}

TEST(Residual, TargetAndEstimateAreInverse) {
  const auto z = torch::randn({2, 4, 3}), guess = torch::randn({2, 4, 3}), e = torch::randn({2, 4, 3});
  const auto t = torch::tensor({0.1, 0.5}), deviation = torch::tensor({0.2, 1.0, 0.05});
  const auto x_t = interpolate(z, e, t.view({-1, 1, 1}));
  const auto r_t = residual_of(x_t, guess, t);
  const auto scales = residual_scales(t, deviation);
  const auto raw = residual_target(z, guess, r_t, scales);
  EXPECT_TRUE(torch::allclose(residual_estimate(raw, guess, r_t, scales), z, 1e-4, 1e-5));
}

TEST(Residual, TargetHasUnitVarianceForUnitResiduals) {  // what the preconditioning is for
  torch::manual_seed(0);
  const auto deviation = torch::full({8}, 0.3);
  const auto guess = torch::randn({4, 5000, 8}), z = guess + 0.3 * torch::randn_like(guess);
  for (const double level : {0.05, 0.3, 0.8}) {
    const auto t = torch::full({4}, level);
    const auto scales = residual_scales(t, deviation);
    const auto r_t = residual_of(interpolate(z, torch::randn_like(z), t.view({-1, 1, 1})), guess, t);
    EXPECT_NEAR(residual_target(z, guess, r_t, scales).std().item<double>(), 1.0, 0.02) << level;
    EXPECT_NEAR((r_t * scales.in).std().item<double>(), 1.0, 0.02) << level;
  }
}

}  // namespace
}  // namespace unidg::flow
