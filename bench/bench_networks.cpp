// Full-size networks on seeded noise: one denoiser step and the VAE, 256 x 512 diptych.
#include <benchmark/benchmark.h>

#include "unidg/flow/packing.h"
#include "unidg/models/flux/transformer.h"
#include "unidg/models/vae/autoencoder.h"

namespace {

using namespace unidg;
using torch::Tensor;

/// FLUX's width with 2 double and 4 single blocks, on seeded noise, and what a step is given.
struct Denoiser {
  Denoiser() {
    config.layers = 2;
    config.single_layers = 4;
    network = models::FluxTransformer(weights::Scope(weights::noise_source(1)), config);
  }
  models::FluxConfig config = models::flux_fill();
  models::FluxTransformer network{nullptr};
};

/// Modes run in the order fp32, bf16, int8, since rounding a weight cannot be undone.
Denoiser& denoiser(nn::LinearCompute compute) {
  static Denoiser one;
  static auto current = nn::LinearCompute::Stored;
  if (compute != current) {
    if (compute == nn::LinearCompute::Bf16) one = Denoiser();
    one.network->set_compute(current = compute);
  }
  return one;
}

/// 512 pixel tokens, Redux tokens, and the 512 zero text tokens collapsed into one (or kept, with `text`
/// 512).
void denoiser_step(benchmark::State& state) {
  torch::NoGradGuard no_grad;
  const auto text = state.range(0), redux = state.range(1);
  const auto compute = static_cast<nn::LinearCompute>(state.range(2));
  auto& network = denoiser(compute).network;
  torch::manual_seed(7);
  const auto hidden = torch::randn({1, 512, 384}), tokens = torch::randn({1, text + redux, 4096});
  models::JointContext context;
  context.rope = network->rope(torch::zeros({text + redux, 3}), flow::position_ids(16, 32));
  if (text == 1) {
    context.log_key_weight = torch::zeros({text + redux + 512});
    context.log_key_weight[0] = std::log(512.0);
  }
  const auto modulations = network->modulations(torch::full({1}, 0.5), torch::full({1}, 30.0));
  static std::map<std::int64_t, Tensor> exact;  // velocity in fp32, by token count
  const auto velocity = network(hidden, tokens, modulations, context);
  if (compute == nn::LinearCompute::Stored) exact[redux] = velocity;
  for (auto _ : state) benchmark::DoNotOptimize(network(hidden, tokens, modulations, context));
  // Multiply-adds of the linear layers and of attention, times two.
  const double length = 512.0 + static_cast<double>(text + redux), width = 3072;
  const double linear =
      length * width * width * 12 * 6 + 512 * 384 * width + static_cast<double>(text + redux) * 4096 * width;
  const double attention = 6 * 2 * length * length * width;
  state.counters["GFLOP"] = 2 * (linear + attention) / 1e9;
  state.counters["GFLOP/s"] =
      benchmark::Counter(2 * (linear + attention) / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  if (exact.contains(redux))
    state.counters["rel_error"] = ((velocity - exact[redux]).norm() / exact[redux].norm()).item<double>();
}
BENCHMARK(denoiser_step)
    ->ArgNames({"text", "redux", "compute"})
    ->Args({1, 729, 0})
    ->Args({1, 255, 0})
    ->Args({1, 729, 1})
    ->Args({1, 729, 2})
    ->Args({1, 255, 2})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

models::AutoencoderKl vae() {
  static const models::AutoencoderKl network(weights::Scope(weights::noise_source(2)),
                                             models::VaeConfig::flux());
  return network;
}

void vae_encode(benchmark::State& state) {
  torch::NoGradGuard no_grad;
  auto network = vae();
  const auto image = torch::rand({1, 3, 256, 512}) * 2 - 1;
  network->encode(image);
  for (auto _ : state) benchmark::DoNotOptimize(network->encode(image).mean);
}
BENCHMARK(vae_encode)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

void vae_decode(benchmark::State& state) {
  torch::NoGradGuard no_grad;
  auto network = vae();
  const auto latent = torch::randn({1, 16, 32, 64});
  network->decode(latent);
  for (auto _ : state) benchmark::DoNotOptimize(network->decode(latent));
}
BENCHMARK(vae_decode)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
