#include "unidg/models/vae/decoder.h"

#include "unidg/models/module_list.h"

namespace unidg::models {

using nn::make_child;

UpBlockImpl::UpBlockImpl(const Scope& w, std::int64_t in, std::int64_t out, bool doubles,
                         const VaeConfig& c) {
  resnets = make_list(*this, w, "resnets", c.layers_per_block + 1, [&](const Scope& at, std::int64_t i) {
    return ResnetBlock(at, i == 0 ? in : out, out, c);
  });
  upsamplers = make_list(*this, w, "upsamplers", doubles ? 1 : 0,
                         [&](const Scope& at, std::int64_t) { return Upsample(at, out); });
}

Tensor UpBlockImpl::forward(Tensor x) {
  for (auto& resnet : resnets) x = resnet(x);
  for (auto& upsample : upsamplers) x = upsample(x);
  return x;
}

VaeDecoderImpl::VaeDecoderImpl(const Scope& w, const VaeConfig& c) {
  const std::vector<std::int64_t> widths(c.block_out_channels.rbegin(),
                                         c.block_out_channels.rend());  // coarse first
  const auto last = static_cast<std::int64_t>(widths.size()) - 1;
  conv_in = make_child<Conv2d>(*this, w, "conv_in", c.latent_channels, widths.front(), 3, 1, 1);
  mid_block = make_child<MidBlock>(*this, w, "mid_block", widths.front(), c);
  up_blocks = make_list(*this, w, "up_blocks", last + 1, [&](const Scope& at, std::int64_t i) {
    return UpBlock(at, widths[i == 0 ? 0 : i - 1], widths[i], /*doubles=*/i < last, c);
  });
  conv_norm_out =
      make_child<ActivatedNorm>(*this, w, "conv_norm_out", c.norm_num_groups, widths.back(), "silu");
  conv_out = make_child<Conv2d>(*this, w, "conv_out", widths.back(), c.out_channels, 3, 1, 1);
}

Tensor VaeDecoderImpl::forward(const Tensor& latent) {
  auto x = conv_in(latent.contiguous(torch::MemoryFormat::ChannelsLast));  // 1.4 times faster on a CPU
  x = mid_block(x);
  for (auto& block : up_blocks) x = block(x);
  return conv_out(conv_norm_out(std::move(x)));
}

}  // namespace unidg::models
