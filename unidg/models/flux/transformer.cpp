#include "unidg/models/flux/transformer.h"

#include "unidg/nn/embeddings.h"
#include "unidg/nn/recompute.h"
#include "unidg/nn/rope.h"

namespace unidg::models {

using nn::make_child;

EmbedderImpl::EmbedderImpl(const Scope& w, std::int64_t in, std::int64_t width) {
  linear_1 = make_child<Linear>(*this, w, "linear_1", in, width);
  linear_2 = make_child<Linear>(*this, w, "linear_2", width, width);
}
Tensor EmbedderImpl::forward(const Tensor& x) { return linear_2(torch::silu(linear_1(x))); }

TimeTextEmbedImpl::TimeTextEmbedImpl(const Scope& w, const FluxConfig& c) {
  timestep_embedder = make_child<Embedder>(*this, w, "timestep_embedder", 256, c.width());
  if (c.guidance_embeds)
    guidance_embedder = make_child<Embedder>(*this, w, "guidance_embedder", 256, c.width());
  text_embedder = make_child<Embedder>(*this, w, "text_embedder", c.pooled_dim, c.width());
}

Tensor TimeTextEmbedImpl::forward(const Tensor& sigma, const Tensor& guidance, const Tensor& pooled) {
  const auto dtype = pooled.scalar_type();
  auto vec = timestep_embedder(nn::sinusoidal(sigma).to(dtype));
  if (guidance_embedder) vec = vec + guidance_embedder(nn::sinusoidal(guidance).to(dtype));
  return vec + text_embedder(pooled);
}

Modulations Modulations::step(std::int64_t index) const {
  const auto row = [&](const Tensor& t) { return t.narrow(0, index, 1); };
  const auto rows = [&](const std::vector<Tensor>& all) {
    std::vector<Tensor> out;
    for (const auto& t : all) out.push_back(row(t));
    return out;
  };
  return {rows(image), rows(text), rows(single), row(out)};
}

FluxTransformerImpl::FluxTransformerImpl(const Scope& w, const FluxConfig& c) : config_(c) {
  x_embedder = make_child<Linear>(*this, w, "x_embedder", c.in_channels, c.width());
  context_embedder = make_child<Linear>(*this, w, "context_embedder", c.joint_dim, c.width());
  time_text_embed = make_child<TimeTextEmbed>(*this, w, "time_text_embed", c);
  register_module("transformer_blocks", transformer_blocks);
  for (std::int64_t i = 0; i < c.layers; ++i)
    transformer_blocks->push_back(DoubleBlock(w[text("transformer_blocks.", i)], c));
  register_module("single_transformer_blocks", single_transformer_blocks);
  for (std::int64_t i = 0; i < c.single_layers; ++i)
    single_transformer_blocks->push_back(SingleBlock(w[text("single_transformer_blocks.", i)], c));
  norm_out = make_child<AdaNorm>(*this, w, "norm_out", c.width(), 2);
  proj_out = make_child<Linear>(*this, w, "proj_out", c.width(), c.out_channels);
}

Modulations FluxTransformerImpl::modulations(const Tensor& sigma, const Tensor& guidance,
                                             const Tensor& pooled) {
  const auto dtype = sigma.is_cuda() ? x_embedder->weight.scalar_type() : torch::kFloat32;
  const auto text_vector = pooled.defined()
                               ? pooled.to(dtype)
                               : torch::zeros({1, config_.pooled_dim}, sigma.options().dtype(dtype));
  const auto vec = torch::silu(time_text_embed(sigma, guidance, text_vector));  // [N, D]
  Modulations rows;
  for (const auto& block : *transformer_blocks) {
    rows.image.push_back(block->as<DoubleBlock>()->norm1(vec));
    rows.text.push_back(block->as<DoubleBlock>()->norm1_context(vec));
  }
  for (const auto& block : *single_transformer_blocks)
    rows.single.push_back(block->as<SingleBlock>()->norm(vec));
  rows.out = norm_out(vec);
  return rows;
}

void FluxTransformerImpl::set_compute(nn::LinearCompute compute) {
  for (const auto& part : named_modules()) {
    const bool in_block = part.key().find("transformer_blocks.") != std::string::npos;
    const bool is_modulation = part.key().find(".norm") != std::string::npos;
    auto* linear = dynamic_cast<nn::LinearImpl*>(part.value().get());
    if (linear && in_block && !is_modulation) linear->set_compute(compute);
  }
}

Tensor FluxTransformerImpl::rope(const Tensor& txt_ids, const Tensor& img_ids) const {
  return nn::rope_table(torch::cat({txt_ids.to(torch::kFloat64), img_ids.to(torch::kFloat64)}), config_.axes);
}

Tensor FluxTransformerImpl::forward(const Tensor& hidden_states, const Tensor& encoder_hidden_states,
                                    const Modulations& modulations, const JointContext& context) {
  auto image = x_embedder(hidden_states);               // [B, L, D]
  auto text = context_embedder(encoder_hidden_states);  // [B, T, D]
  const auto run = [&](const nn::Block& block, std::vector<Tensor> inputs) {
    return recompute_ ? nn::recompute(block, std::move(inputs)) : block(inputs);
  };
  for (std::size_t i = 0; i < transformer_blocks->size(); ++i) {
    auto* block = transformer_blocks[i]->as<DoubleBlock>();
    const auto streams = run(
        [block, context](const std::vector<Tensor>& in) -> std::vector<Tensor> {
          auto out = block->forward(in[0], in[1], in[2], in[3], context);
          return {out.image, out.text};
        },
        {image, text, modulations.image[i], modulations.text[i]});
    image = streams[0], text = streams[1];
  }
  auto x = torch::cat({text, image}, 1);  // [B, T + L, D]
  for (std::size_t i = 0; i < single_transformer_blocks->size(); ++i) {
    auto* block = single_transformer_blocks[i]->as<SingleBlock>();
    x = run(
        [block, context](const std::vector<Tensor>& in) -> std::vector<Tensor> {
          return {block->forward(in[0], in[1], context)};
        },
        {x, modulations.single[i]})[0];
  }
  image = x.narrow(1, text.size(1), image.size(1));
  const auto width = config_.width();
  const auto scale = modulations.out.narrow(1, 0, width).unsqueeze(1);
  const auto shift = modulations.out.narrow(1, width, width).unsqueeze(1);
  return proj_out(modulate(image, shift, scale));  // [B, L, out_channels]
}

}  // namespace unidg::models
