#include "unidg/conditioning/fill_pipeline.h"

#include <cmath>

#include "unidg/flow/packing.h"
#include "unidg/flow/sampler.h"

namespace unidg::conditioning {

namespace {

constexpr std::int64_t kTextTokens = 512;

// What networks compute in: on a GPU the dtype of their weights, on a CPU always fp32 (bf16 is storage
// there).
torch::ScalarType compute_dtype(const Tensor& weight) {
  return weight.is_cuda() ? weight.scalar_type() : torch::kFloat32;
}

}  // namespace

Tensor defect_bias(const Tensor& mask, const Tensor& reference_mask, const DefectAttention& attention) {
  const auto right = flow::token_mask(mask)[0];
  auto members = torch::zeros_like(right);
  if (attention.set == "both" || attention.set == "right") members = members | right;
  if ((attention.set == "both" || attention.set == "left") && reference_mask.defined())
    members = members | flow::token_mask(reference_mask)[0];
  return members.to(torch::kFloat32) * std::log(attention.alpha);  // Eq. 11
}

FillPipeline::Tokens FillPipeline::condition_tokens(const Tensor& reference, bool collapse_text) {
  const auto width = transformer->config().joint_dim;
  const auto count = collapse_text ? 1 : kTextTokens;
  Tokens out;
  const auto options = transformer->context_embedder->weight.options().dtype(torch::kFloat32);
  out.tokens = torch::zeros({1, count, width}, options);
  out.log_weight = torch::zeros({count}, options);
  if (collapse_text) out.log_weight.fill_(std::log(static_cast<double>(kTextTokens)));
  if (!reference.defined()) return out;
  const auto seen = reference.to(compute_dtype(image_embedder->redux_up->weight));
  out.embeds = image_embedder(image_encoder(seen)).to(torch::kFloat32);  // [1, N, J]
  out.tokens = torch::cat({out.tokens, out.embeds}, 1);
  out.log_weight = torch::cat({out.log_weight, torch::zeros({out.embeds.size(1)}, options)});
  return out;
}

FillOutput FillPipeline::run(const FillInput& input, const FillOptions& options) {
  torch::NoGradGuard no_grad;
  // What stays constant over the steps: the masked picture's latent, the mask, the condition tokens.
  const auto masked =
      input.guess.defined() ? input.guess : input.image * (1 - input.mask) + options.hole * input.mask;
  const auto dtype = compute_dtype(transformer->x_embedder->weight);
  const auto latent = vae->scaled(
      vae->encode(masked.to(dtype)).mean.to(torch::kFloat32));  // posterior mean (docs/choices.md 19)
  const auto constant = torch::cat({flow::pack_latents(latent), flow::pack_mask(input.mask)}, 2);
  const auto tokens = condition_tokens(input.reference, options.collapse_text);

  models::JointContext context;
  const auto rows = input.image.size(2) / 16, columns = input.image.size(3) / 16;
  context.rope =
      transformer->rope(torch::zeros({tokens.tokens.size(1), 3}), flow::position_ids(rows, columns))
          .to(input.image.device());
  const auto bias =
      torch::cat({tokens.log_weight, defect_bias(input.mask, input.reference_mask, options.attention)});
  if (bias.abs().max().item<double>() > 0) context.log_key_weight = bias;

  // Modulations depend on the step alone: all of them at once.
  const auto levels = flow::sigmas(options.steps, rows * columns, options.schedule, options.start);
  const auto sigma = torch::tensor(std::vector<double>(levels.begin(), levels.end() - 1), torch::kFloat32)
                         .to(input.image.device());
  const auto guidance = torch::full_like(sigma, options.guidance);
  const auto modulations = transformer->modulations(sigma, guidance);

  const auto velocity = [&](const Tensor& x, int step, double) {
    const auto hidden = torch::cat({x, constant}, 2).to(dtype);  // [1, L, 384]
    return transformer(hidden, tokens.tokens.to(dtype), modulations.step(step), context);
  };
  FillOutput out;
  out.embeds = tokens.embeds;
  auto x = input.noise;
  if (options.start < 1)
    x = flow::interpolate(flow::pack_latents(latent), x, torch::full({1}, options.start, x.options()));
  out.latent = flow::sample(velocity, x, levels, options.after_step);
  const auto unpacked = flow::unpack_latents(out.latent, rows * 2, columns * 2);
  out.image = vae->decode(vae->unscaled(unpacked).to(dtype)).to(torch::kFloat32);
  return out;
}

}  // namespace unidg::conditioning
