#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/flux/transformer.h"

namespace unidg::models {
namespace {

// tools/golden/gradients.py: loss = sum(velocity * r), with LoRA of rank 2 and scale 1.5 on three layers.
TEST(FluxGolden, GradientsOfInputsWeightsAndLoraFactors) {
  const auto golden = testing::Golden::load("models/golden/flux_grad.safetensors");
  const auto config = flux_config_from_json(golden.json("config"), "fixture");
  FluxTransformer net(golden.weights(), config);
  auto parameters = net->named_parameters();
  for (auto& parameter : parameters) parameter.value().set_requires_grad(true);

  std::map<std::string, Tensor> factors;
  for (const auto& module : net->named_modules()) {
    auto* linear = module.value()->as<nn::LinearImpl>();
    const auto a = module.key() + ".lora_A.weight", b = module.key() + ".lora_B.weight";
    if (!linear || !golden.below("weights.").contains(a)) continue;
    factors[a] = golden["weights." + a].requires_grad_(true);
    factors[b] = golden["weights." + b].requires_grad_(true);
    linear->add_branch(
        {factors[a], factors[b], {}, golden.json("config")["lora_scale"].get<double>(), "test"});
  }
  ASSERT_EQ(factors.size(), 6u);

  const auto image = golden["in.hidden_states"].requires_grad_(true);
  const auto text = golden["in.encoder_hidden_states"].requires_grad_(true);
  const auto pooled = golden["in.pooled"].requires_grad_(true);
  const JointContext context{net->rope(golden["in.txt_ids"], golden["in.img_ids"]), {}};
  const auto velocity =
      net(image, text, net->modulations(golden["in.timestep"], golden["in.guidance"], pooled), context);
  EXPECT_TENSOR_NEAR(velocity, golden["out.velocity"], 1e-5);
  (velocity * golden["loss.velocity"]).sum().backward();

  EXPECT_TENSOR_NEAR(image.grad(), golden["grad.in.hidden_states"], 1e-4);
  EXPECT_TENSOR_NEAR(text.grad(), golden["grad.in.encoder_hidden_states"], 1e-4);
  EXPECT_TENSOR_NEAR(pooled.grad(), golden["grad.in.pooled"], 1e-4);
  for (const auto& [name, expected] : golden.below("grad.weights.")) {
    SCOPED_TRACE(name);
    const bool is_factor = factors.contains(name);
    ASSERT_TRUE(is_factor || parameters.contains(name));
    EXPECT_TENSOR_NEAR((is_factor ? factors[name] : parameters[name]).grad(), expected, 1e-4);
  }
}

}  // namespace
}  // namespace unidg::models
