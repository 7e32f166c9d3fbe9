#include <gmock/gmock.h>

#include "support/golden.h"
#include "unidg/models/vae/autoencoder.h"

namespace unidg::models {
namespace {

// tools/golden/gradients.py: loss = sum(out * r) over mean, logvar and decoded image.
TEST(VaeGolden, GradientsOfInputsAndWeights) {
  const auto golden = testing::Golden::load("models/golden/vae_grad.safetensors");
  AutoencoderKl vae(golden.weights(), VaeConfig::read(HubConfig(golden.json("config"), "fixture")));
  auto parameters = vae->named_parameters();
  for (auto& parameter : parameters) parameter.value().set_requires_grad(true);
  const auto image = golden["in.image"].requires_grad_(true),
             latent = golden["in.latent"].requires_grad_(true);

  const auto posterior = vae->encode(image);
  const auto decoded = vae->decode(latent);
  EXPECT_TENSOR_NEAR(posterior.mean, golden["out.mean"], 1e-5);
  EXPECT_TENSOR_NEAR(decoded, golden["out.image"], 1e-5);
  const auto loss = (posterior.mean * golden["loss.mean"]).sum() +
                    (posterior.logvar * golden["loss.logvar"]).sum() + (decoded * golden["loss.image"]).sum();
  loss.backward();

  EXPECT_TENSOR_NEAR(image.grad(), golden["grad.in.image"], 1e-4);
  EXPECT_TENSOR_NEAR(latent.grad(), golden["grad.in.latent"], 1e-4);
  for (const auto& [name, expected] : golden.below("grad.weights.")) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(parameters.contains(name));
    EXPECT_TENSOR_NEAR(parameters[name].grad(), expected, 1e-4);
  }
}

}  // namespace
}  // namespace unidg::models
