#include "unidg/sft/step/loss.h"

#include <cmath>

#include "unidg/flow/loss.h"
#include "unidg/flow/packing.h"
#include "unidg/flow/sampler.h"

namespace unidg::sft {
namespace {

constexpr std::int64_t kTextTokens = 512;

/// Tokens that flow matching counts; undefined: all.
Tensor counted(const Batch& batch, const LossConfig& config) {
  if (config.loss_region == "target") return batch.right;
  if (config.loss_region != "right") return {};
  const auto column = torch::arange(batch.rows * batch.columns, batch.x0.device()) % batch.columns;
  return (column >= batch.columns / 2).unsqueeze(0).expand({batch.size(), -1});
}

/// Items that Eq. 9 counts.
Tensor regularised(const Batch& batch, const Tensor& t, const LossConfig& config) {
  return batch.has_normal & batch.right.any(1) & (t <= config.reg_t_max);
}

/// ln of the keys' weights: zero text, Redux tokens, then ln(alpha) on M (Eq. 11). [B, T + N + L]
Tensor key_bias(const Batch& batch, std::int64_t text_tokens, const LossConfig& config) {
  auto members = torch::zeros_like(batch.right);
  if (config.attention_set == "both" || config.attention_set == "left") members = members | batch.left;
  if (config.attention_set == "both" || config.attention_set == "right") members = members | batch.right;
  const auto image = members.to(torch::kFloat32) * std::log(config.attention_alpha);
  const auto text =
      torch::full({batch.size(), text_tokens},
                  text_tokens == 1 ? std::log(static_cast<double>(kTextTokens)) : 0.0, image.options());
  return torch::cat({text, torch::zeros({batch.size(), batch.redux.size(1)}, image.options()), image}, 1);
}

}  // namespace

void fields(FieldVisitor& visit, LossConfig& c) {
  visit("t_mean", c.t_mean, any(), "mean of the logit-normal noise levels");
  visit("t_deviation", c.t_deviation, above(0), "their deviation");
  visit("guidance", c.guidance, in(0, 100), "fed to the guidance embedding");
  visit("loss_region", c.loss_region, one_of({"all", "right", "target"}),
        "tokens that flow matching counts: the whole diptych, its right half, or the target mask");
  visit("attention_alpha", c.attention_alpha, above(0), "weight of the defect's keys, Eq. 11; 1: off");
  visit("attention_set", c.attention_set, one_of({"both", "left", "right", "off"}), "keys that weigh alpha");
  visit("reg_weight", c.reg_weight, in(0, 1e3), "weight of the normal regularisation, Eq. 9; 0: off");
  visit("reg_tau", c.reg_tau, in(-1, 1), "tau of Eq. 9");
  visit("reg_t_max", c.reg_t_max, in(0, 1), "largest noise level at which Eq. 9 counts");
  visit("reg_space", c.reg_space, one_of({"packed", "latent"}),
        "vectors of Eq. 9: a token's or a latent pixel's");
  visit("collapse_text", c.collapse_text, any(), "the 512 zero text tokens as one key of weight 512");
}

Batch Batch::part(std::int64_t first, std::int64_t count) const {
  const auto rows_of = [&](const Tensor& t) { return t.narrow(0, first, count); };
  return {rows,           columns,         rows_of(x0),         rows_of(condition),
          rows_of(redux), rows_of(normal), rows_of(has_normal), rows_of(left),
          rows_of(right)};
}

Batch Batch::to(torch::Device device) const {
  return {rows,
          columns,
          x0.to(device),
          condition.to(device),
          redux.to(device),
          normal.to(device),
          has_normal.to(device),
          left.to(device),
          right.to(device)};
}

Counts count(const Batch& batch, const Tensor& t, const LossConfig& config) {
  return {flow::counted_elements(batch.x0, counted(batch, config)),
          config.reg_weight > 0 ? regularised(batch, t, config).sum().item<std::int64_t>() : 0};
}

Tensor velocity(models::FluxTransformer& transformer, const Batch& batch, const Tensor& x_t, const Tensor& t,
                double guidance, const LossConfig& config) {
  const auto& weight = transformer->x_embedder->weight;
  const auto dtype = weight.is_cuda() ? weight.scalar_type() : torch::kFloat32;
  const auto text_tokens = config.collapse_text ? 1 : kTextTokens;
  const auto text =
      torch::zeros({batch.size(), text_tokens, transformer->config().joint_dim}, batch.x0.options());
  const auto tokens = torch::cat({text, batch.redux}, 1);
  models::JointContext context;
  context.rope =
      transformer->rope(torch::zeros({tokens.size(1), 3}), flow::position_ids(batch.rows, batch.columns))
          .to(batch.x0.device());
  context.log_key_weight = key_bias(batch, text_tokens, config);
  const auto modulations = transformer->modulations(t, torch::full_like(t, guidance));
  return transformer(torch::cat({x_t, batch.condition}, 2).to(dtype), tokens.to(dtype), modulations, context)
      .to(torch::kFloat32);
}

Loss loss(models::FluxTransformer& transformer, const Batch& batch, const Tensor& t, const Tensor& noise,
          const Counts& counts, const LossConfig& config) {
  const auto x_t = flow::interpolate(batch.x0, noise, t.view({-1, 1, 1}));  // Eq. 3
  const auto predicted = velocity(transformer, batch, x_t, t, config.guidance, config);

  Loss out;
  const auto flow = flow::flow_matching_sum(predicted, batch.x0, noise, counted(batch, config)) /
                    static_cast<double>(std::max<std::int64_t>(counts.elements, 1));
  out.flow = flow.item<double>(), out.total = flow;
  if (config.reg_weight > 0 && counts.items > 0) {
    const auto estimate = x_t - t.view({-1, 1, 1}) * predicted;  // of x0, in one step (docs/choices.md 42)
    const auto space = config.reg_space == "latent" ? flow::LatentSpace::Latent : flow::LatentSpace::Packed;
    const auto sum = flow::normal_regularisation_sum(estimate, batch.normal, batch.right,
                                                     regularised(batch, t, config), config.reg_tau, space) /
                     static_cast<double>(counts.items);
    out.regularisation = sum.item<double>();
    out.total = flow + config.reg_weight * sum;
  }
  return out;
}

}  // namespace unidg::sft
