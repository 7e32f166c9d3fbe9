#include <gtest/gtest.h>

#include "unidg/nn/attention.h"
#include "unidg/nn/embeddings.h"
#include "unidg/nn/rope.h"

namespace unidg::nn {
namespace {

// softmax(Q K^T / sqrt(d) + B) V with B_ij = ln(alpha) for j in M (Eq. 10-12), written out as matrices.
Tensor explicit_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
  const auto logits = torch::matmul(q, k.transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(-1)));
  const auto weights = torch::softmax(logits + bias.view({1, 1, 1, -1}), -1);
  return torch::matmul(weights, v).transpose(1, 2).flatten(2);
}

TEST(Attention, DefectAttentionIsTheMatrixFormula) {
  torch::manual_seed(1);
  const auto q = torch::randn({2, 3, 7, 8}), k = torch::randn({2, 3, 7, 8}), v = torch::randn({2, 3, 7, 8});
  auto bias = torch::zeros({7});
  bias[2] = bias[5] = std::log(2.0);
  EXPECT_TRUE(torch::allclose(attention(q, k, v, bias), explicit_attention(q, k, v, bias), 1e-5, 1e-6));
  EXPECT_FALSE(torch::allclose(attention(q, k, v), explicit_attention(q, k, v, bias), 1e-5, 1e-6));
  EXPECT_TRUE(
      torch::allclose(attention(q, k, v), explicit_attention(q, k, v, torch::zeros({7})), 1e-5, 1e-6));
}

TEST(Attention, WeightsDifferByBatchRow) {
  torch::manual_seed(2);
  const auto q = torch::randn({2, 1, 4, 8}), k = torch::randn({2, 1, 4, 8}), v = torch::randn({2, 1, 4, 8});
  const auto rows = torch::randn({2, 4});
  const auto both = attention(q, k, v, rows);
  for (int b = 0; b < 2; ++b) {
    const auto one = [&](const Tensor& t) { return t.narrow(0, b, 1); };
    EXPECT_TRUE(torch::allclose(one(both), explicit_attention(one(q), one(k), one(v), rows[b]), 1e-5, 1e-6));
  }
}

TEST(Attention, OneKeyOfWeightNStandsForNEqualKeys) {  // docs/choices.md 24
  torch::manual_seed(3);
  constexpr std::int64_t kEqual = 512;
  const auto q = torch::randn({1, 2, 5, 8}), k = torch::randn({1, 2, 6, 8}), v = torch::randn({1, 2, 6, 8});
  const auto many = [&](const Tensor& t) {
    return torch::cat({t.narrow(2, 0, 1).expand({1, 2, kEqual, 8}), t.narrow(2, 1, 5)}, 2);
  };
  auto bias = torch::zeros({6});
  bias[0] = std::log(static_cast<double>(kEqual));
  EXPECT_TRUE(torch::allclose(attention(q, k, v, bias), attention(q, many(k), many(v)), 1e-5, 1e-5));
}

TEST(Rope, TurnsPairsByTheirAngle) {
  const auto ids = torch::tensor({{0.0f, 3.0f, 5.0f}});
  const auto table = rope_table(ids, {2, 4, 2});  // pairs: axis 0, axis 1 twice, axis 2
  const auto x = torch::randn({1, 1, 1, 8});
  const auto y = apply_rope(x, table);
  const double angles[] = {0.0, 3.0, 3.0 / 100.0, 5.0};
  for (int p = 0; p < 4; ++p) {
    const double a = x.flatten()[2 * p].item<double>(), b = x.flatten()[2 * p + 1].item<double>();
    EXPECT_NEAR(y.flatten()[2 * p].item<double>(), std::cos(angles[p]) * a - std::sin(angles[p]) * b, 1e-5);
    EXPECT_NEAR(y.flatten()[2 * p + 1].item<double>(), std::sin(angles[p]) * a + std::cos(angles[p]) * b,
                1e-5);
  }
}

TEST(Sinusoidal, CosinesFirstAndTimesThousand) {
  const auto e = sinusoidal(torch::tensor({0.25f}), 8);
  EXPECT_NEAR(e[0][0].item<double>(), std::cos(250.0), 1e-4);
  EXPECT_NEAR(e[0][4].item<double>(), std::sin(250.0), 1e-4);
  EXPECT_NEAR(e[0][3].item<double>(), std::cos(250.0 * std::pow(10000.0, -0.75)), 1e-5);
}

}  // namespace
}  // namespace unidg::nn
