#include <gtest/gtest.h>

#include "unidg/models/flux/transformer.h"

namespace unidg::models {
namespace {

TEST(FluxCompute, RoundsTheBlocksProductsAlone) {
  torch::NoGradGuard no_grad;
  auto config = flux_tiny();
  torch::manual_seed(1);
  const auto hidden = torch::randn({1, 16, config.in_channels}),
             tokens = torch::randn({1, 5, config.joint_dim});
  for (const auto compute : {nn::LinearCompute::Bf16, nn::LinearCompute::Int8}) {
    FluxTransformer net(Scope(weights::noise_source(1)), config);
    const JointContext context{net->rope(torch::zeros({5, 3}), torch::randint(0, 4, {16, 3})), {}};
    const auto rows = net->modulations(torch::full({1}, 0.5), torch::full({1}, 30.0));
    const auto exact = net(hidden, tokens, rows, context);
    net->set_compute(compute);
    const auto rounded = net(hidden, tokens, rows, context);
    const auto error = ((rounded - exact).norm() / exact.norm()).item<double>();
    EXPECT_GT(error, 1e-6);
    EXPECT_LT(error, 0.05);
    EXPECT_TRUE(torch::equal(net->modulations(torch::full({1}, 0.5), torch::full({1}, 30.0)).single[0],
                             rows.single[0]));
    EXPECT_GT(net->proj_out->weight.numel(), 0);
    EXPECT_EQ(net->proj_out->weight.scalar_type(), torch::kFloat32);
  }
}

}  // namespace
}  // namespace unidg::models
