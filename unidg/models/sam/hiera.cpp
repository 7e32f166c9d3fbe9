#include "unidg/models/sam/hiera.h"

#include <algorithm>

#include "unidg/models/module_list.h"
#include "unidg/nn/attention.h"

namespace unidg::models::sam {

using nn::make_child;

namespace {

/// The largest of each cell of pool x pool: [B, h, w, C] -> [B, h / pool, w / pool, C].
Tensor pooled(const Tensor& x, std::int64_t pool) {
  if (pool == 1) return x;
  return torch::max_pool2d(x.permute({0, 3, 1, 2}), {pool, pool}, {pool, pool}).permute({0, 2, 3, 1});
}

std::int64_t windows_across(std::int64_t side, std::int64_t window) { return (side + window - 1) / window; }

/// Zeros to the right and below until windows fit: [B, h, w, C] -> [B n m, window, window, C].
Tensor into_windows(const Tensor& x, std::int64_t window) {
  const auto n = windows_across(x.size(1), window), m = windows_across(x.size(2), window);
  const auto below = n * window - x.size(1), right = m * window - x.size(2);
  const auto padded = below + right > 0 ? torch::constant_pad_nd(x, {0, 0, 0, right, 0, below}) : x;
  return padded.reshape({x.size(0), n, window, m, window, x.size(3)})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, window, window, x.size(3)});
}

/// The inverse, back to h x w without the padding.
Tensor from_windows(const Tensor& windows, std::int64_t h, std::int64_t w) {
  const auto window = windows.size(1), n = windows_across(h, window), m = windows_across(w, window);
  const auto padded = windows.view({-1, n, m, window, window, windows.size(3)})
                          .permute({0, 1, 3, 2, 4, 5})
                          .reshape({-1, n * window, m * window, windows.size(3)});
  return padded.narrow(1, 0, h).narrow(2, 0, w);
}

}  // namespace

MultiScaleAttentionImpl::MultiScaleAttentionImpl(const Scope& w, std::int64_t in, std::int64_t out,
                                                 std::int64_t heads, std::int64_t pool)
    : heads_(heads), pool_(pool) {
  qkv = make_child<Linear>(*this, w, "qkv", in, 3 * out);
  proj = make_child<Linear>(*this, w, "proj", out, out);
}

Tensor MultiScaleAttentionImpl::forward(const Tensor& x) {
  const auto batch = x.size(0), cells = x.size(1) * x.size(2);
  const auto parts = qkv(x).reshape({batch, cells, 3, -1}).unbind(2);  // q, k, v: [B, hw, out]
  const auto query = pooled(parts[0].reshape({batch, x.size(1), x.size(2), -1}), pool_);
  const auto h = query.size(1), w = query.size(2);
  const auto q = nn::split_heads(query.reshape({batch, h * w, -1}), heads_);
  const auto k = nn::split_heads(parts[1], heads_);
  const auto v = nn::split_heads(parts[2], heads_);
  return proj(nn::attention(q, k, v)).reshape({batch, h, w, -1});
}

MultiScaleBlockImpl::MultiScaleBlockImpl(const Scope& w, const BackboneConfig& c, std::int64_t stage,
                                         std::int64_t block, std::int64_t index) {
  const bool is_first = stage > 0 && block == 0;
  const auto before = is_first ? stage - 1 : stage;
  const auto in = c.embed_dim_per_stage[before], out = c.embed_dim_per_stage[stage];
  const auto& global = c.global_attention_blocks;
  const bool is_global = std::find(global.begin(), global.end(), index) != global.end();
  window_ = is_global ? 0 : c.window_size_per_stage[before];
  pool_ = is_first && stage <= c.num_query_pool_stages ? c.query_stride : 1;
  layer_norm1 = make_child<LayerNorm>(*this, w, "layer_norm1", in, c.layer_norm_eps);
  attn = make_child<MultiScaleAttention>(*this, w, "attn", in, out, c.num_attention_heads_per_stage[stage],
                                         pool_);
  layer_norm2 = make_child<LayerNorm>(*this, w, "layer_norm2", out, c.layer_norm_eps);
  mlp = make_child<FeedForward>(*this, w, "mlp", out,
                                static_cast<std::int64_t>(static_cast<double>(out) * c.mlp_ratio), out,
                                /*depth=*/2, c.hidden_act);
  if (in != out) proj = make_child<Linear>(*this, w, "proj", in, out);
}

Tensor MultiScaleBlockImpl::forward(const Tensor& x) {
  const auto normed = layer_norm1(x);
  const auto shortcut = proj ? pooled(proj(normed), pool_) : x;
  auto attended = attn(window_ > 0 ? into_windows(normed, window_) : normed);
  if (window_ > 0) attended = from_windows(attended, shortcut.size(1), shortcut.size(2));
  const auto mixed = shortcut + attended;
  return mixed + mlp(layer_norm2(mixed));
}

HieraImpl::HieraImpl(const Scope& w, BackboneConfig c) : config_(std::move(c)) {
  const auto& background = config_.window_positional_embedding_background_size;
  const auto width = config_.hidden_size, window = config_.window_size_per_stage.front();
  auto patch_embed = register_module("patch_embed", torch::nn::ModuleList());
  projection = make_child<Conv2d>(*patch_embed, w["patch_embed"], "projection", config_.num_channels, width,
                                  config_.patch_kernel_size, config_.patch_stride, config_.patch_padding);
  pos_embed =
      register_parameter("pos_embed", w.take("pos_embed", {1, width, background[0], background[1]}), false);
  pos_embed_window =
      register_parameter("pos_embed_window", w.take("pos_embed_window", {1, width, window, window}), false);
  std::vector<std::pair<std::int64_t, std::int64_t>> places;  // stage, block inside it
  for (std::int64_t stage = 0; stage < config_.stages(); ++stage)
    for (std::int64_t block = 0; block < config_.blocks_per_stage[stage]; ++block)
      places.emplace_back(stage, block);
  blocks = make_list(*this, w, "blocks", static_cast<std::int64_t>(places.size()),
                     [&](const Scope& at, std::int64_t i) {
                       return MultiScaleBlock(at, config_, places[i].first, places[i].second, i);
                     });
}

Tensor HieraImpl::positions(std::int64_t side) const {
  const auto background = torch::upsample_bicubic2d(pos_embed, {side, side}, /*align_corners=*/false);
  const auto repeats = side / pos_embed_window.size(2);
  return (background + pos_embed_window.repeat({1, 1, repeats, repeats})).permute({0, 2, 3, 1});
}

std::vector<Tensor> HieraImpl::forward(const Tensor& pixels) {
  auto x = projection(pixels).permute({0, 2, 3, 1});  // [B, h, w, C]
  x = (x + positions(x.size(1))).contiguous();
  std::vector<Tensor> stages;
  std::size_t i = 0;
  for (const auto in_stage : config_.blocks_per_stage) {
    for (std::int64_t block = 0; block < in_stage; ++block) x = blocks[i++](x);
    stages.push_back(x);
  }
  return stages;
}

}  // namespace unidg::models::sam
