#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/resnet/resnet.h"
#include "unidg/models/unet/unet.h"

namespace unidg::models {
namespace {

using testing::Golden;
using torch::Tensor;

// tools/golden/downstream.py: eval mode, then one pass in training mode with loss = sum(out * r).
template <typename Network>
void expect_parity(Network& net, const Golden& golden) {
  auto parameters = net->named_parameters();
  for (auto& parameter : parameters) parameter.value().set_requires_grad(true);

  net->eval();
  EXPECT_TENSOR_NEAR(net->forward(golden["in.x"]), golden["out.eval"], 1e-4);

  net->train();
  const auto x = golden["in.x"].requires_grad_(true);
  const auto out = net->forward(x);
  EXPECT_TENSOR_NEAR(out, golden["out.train"], 1e-4);
  (out * golden["loss.train"]).sum().backward();
  EXPECT_TENSOR_NEAR(x.grad(), golden["grad.in.x"], 1e-4);
  for (const auto& [name, expected] : golden.below("grad.weights.")) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(parameters.contains(name));
    EXPECT_TENSOR_NEAR(parameters[name].grad(), expected, 1e-4);
  }
  const auto buffers = net->named_buffers();
  for (const auto& [name, expected] : golden.below("after.")) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(buffers.contains(name));
    EXPECT_TENSOR_NEAR(buffers[name], expected, 1e-5);
  }
}

TEST(UnetGolden, EvalAndTrainingModeGradientsAndRunningStatistics) {
  const auto golden = Golden::load("models/golden/unet.safetensors");
  const auto config = golden.json("config");
  const auto weights = golden.weights();
  Unet net(weights, UnetConfig{config["outputs"], config["base_width"]});
  weights.require_all_used();
  expect_parity(net, golden);
}

TEST(ResnetGolden, EvalAndTrainingModeGradientsAndRunningStatistics) {
  const auto golden = Golden::load("models/golden/resnet.safetensors");
  const auto config = golden.json("config");
  const auto weights = golden.weights();
  Resnet net(weights, ResnetConfig{config["blocks"], config["width"], config["outputs"]});
  weights.require_all_used();
  expect_parity(net, golden);
}

TEST(Resnet, The34LayersHaveTorchvisionsKeys) {
  const Resnet net(weights::Scope(weights::noise_source(1)), ResnetConfig{.width = 2, .outputs = 29});
  std::vector<std::string> keys = net->named_parameters().keys();
  for (const auto& key : net->named_buffers().keys()) keys.push_back(key);
  EXPECT_EQ(keys.size(), 218u);
  for (const auto* key :
       {"conv1.weight", "bn1.num_batches_tracked", "layer1.2.conv2.weight", "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.running_var", "layer3.5.bn2.bias", "layer4.2.bn1.running_mean", "fc.bias"})
    EXPECT_THAT(keys, ::testing::Contains(key));
}

TEST(Unet, AFreshOneIsDraemsAndFollowsItsSeed) {
  const UnetConfig config{.outputs = 2, .base_width = 8};
  const auto one = fresh_unet(config, 1)->named_parameters(),
             again = fresh_unet(config, 1)->named_parameters(),
             other = fresh_unet(config, 2)->named_parameters();
  const auto key = "decoder_segment.db_b.0.weight", scale = "encoder_segment.block4.4.weight";
  EXPECT_TRUE(torch::equal(one[key], again[key]));
  EXPECT_FALSE(torch::equal(one[key], other[key]));
  EXPECT_NEAR(one[key].std().item<double>(), 0.02, 1e-3);
  EXPECT_NEAR(one[scale].mean().item<double>(), 1, 0.01);
  EXPECT_NEAR(one[scale].std().item<double>(), 0.02, 0.006);
  EXPECT_EQ(one["encoder_segment.block4.4.bias"].abs().max().item<double>(), 0);
  EXPECT_NEAR(one["decoder_segment.fin_out.0.bias"].abs().max().item<double>(), 0.06, 0.06);
}

}  // namespace
}  // namespace unidg::models
