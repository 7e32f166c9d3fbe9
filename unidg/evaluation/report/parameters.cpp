#include "unidg/evaluation/report/parameters.h"

#include "unidg/core/error.h"

namespace unidg::evaluation::report {
namespace {

using Count = std::int64_t;

Count linear(Count in, Count out) { return in * out + out; }
Count norm(Count width) { return 2 * width; }  // weight and bias
Count conv3(Count in, Count out) { return 9 * in * out + out; }

Count resnet(Count in, Count out) {
  const Count shortcut = in == out ? 0 : linear(in, out);
  return norm(in) + conv3(in, out) + norm(out) + conv3(out, out) + shortcut;
}

/// resnet, attention (norm and four 1x1), resnet
Count vae_middle(Count width) { return 2 * resnet(width, width) + norm(width) + 4 * linear(width, width); }

/// A pre-norm transformer block with biases everywhere.
Count encoder_block(Count width, Count mlp) {
  return 2 * norm(width) + 4 * linear(width, width) + linear(width, mlp) + linear(mlp, width);
}

}  // namespace

Count parameters(const MmditSizes& s) {
  const Count d = s.width, qk_norm = 2 * s.head_dim;
  const Count stream = linear(d, 6 * d) + linear(d, 3 * d) + qk_norm + linear(d, d) + linear(d, 4 * d) +
                       linear(4 * d, d);  // modulation, qkv, out, MLP
  const Count single =
      linear(d, 3 * d) + linear(d, 7 * d) + qk_norm + linear(5 * d, d);  // modulation, in, out
  const Count embedder = linear(256, d) + linear(d, d);                  // timestep, guidance
  const Count inputs = linear(s.in, d) + linear(s.joint, d) + embedder * (s.has_guidance ? 2 : 1) +
                       linear(s.pooled, d) + linear(d, d);
  return inputs + s.double_blocks * 2 * stream + s.single_blocks * single + linear(d, 2 * d) +
         linear(d, s.out);
}

Count encoder_parameters(const VaeSizes& s) {
  Count sum = conv3(s.pixels, s.channels.front());
  Count in = s.channels.front();
  for (std::size_t level = 0; level < s.channels.size(); ++level) {
    const Count out = s.channels[level];
    for (Count i = 0; i < s.resnets; ++i, in = out) sum += resnet(in, out);
    if (level + 1 < s.channels.size()) sum += conv3(out, out);  // downsample
  }
  return sum + vae_middle(in) + norm(in) + conv3(in, 2 * s.latent);
}

Count decoder_parameters(const VaeSizes& s) {
  Count in = s.channels.back();
  Count sum = conv3(s.latent, in) + vae_middle(in);
  for (std::size_t level = s.channels.size(); level-- > 0;) {
    const Count out = s.channels[level];
    for (Count i = 0; i < s.resnets + 1; ++i, in = out) sum += resnet(in, out);
    if (level > 0) sum += conv3(out, out);  // upsample
  }
  return sum + norm(in) + conv3(in, s.pixels);
}

Count parameters(const SiglipSizes& s) {
  const Count embeddings = linear(3 * s.patch * s.patch, s.width) + s.tokens * s.width;
  const Count head = s.width + encoder_block(s.width, s.mlp) - norm(s.width);  // a probe, one norm
  return embeddings + s.layers * encoder_block(s.width, s.mlp) + norm(s.width) + head;
}

Count parameters(const ReduxSizes& s) { return linear(s.features, s.hidden) + linear(s.hidden, s.joint); }

Count parameters(const ClipTextSizes& s) {
  return (s.words + s.positions) * s.width + s.layers * encoder_block(s.width, s.mlp) + norm(s.width);
}

Count parameters(const T5Sizes& s) {
  const Count block = 4 * s.width * s.attention + 3 * s.width * s.mlp + 2 * s.width;  // no biases, RMS norms
  return s.words * s.width + s.buckets * s.heads + s.layers * block + s.width;
}

Count component_parameters(const std::string& id) {
  if (id == "clip") return parameters(ClipTextSizes{});
  if (id == "t5") return parameters(T5Sizes{});
  if (id == "vae") return encoder_parameters({}) + decoder_parameters({});
  if (id == "mmdit") return parameters(MmditSizes{});
  if (id == "siglip") return parameters(SiglipSizes{});
  if (id == "redux") return parameters(ReduxSizes{});
  throw UsageError("no component '", id, "' in Table 5; known: clip, t5, vae, mmdit, siglip, redux");
}

}  // namespace unidg::evaluation::report
